"""Proofs of signing in, real names, export and erasure."""
