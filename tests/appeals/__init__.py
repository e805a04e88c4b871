"""Proofs of appeals."""
