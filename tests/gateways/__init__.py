"""Owns the proofs of the gateways: vectors, good days, bad days."""
