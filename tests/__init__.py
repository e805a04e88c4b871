"""Owns the proofs."""
