"""Owns the proofs of the supervisor: what it starts, names, survives and ends."""
