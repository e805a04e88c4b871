"""Proofs of the merchants' door."""
