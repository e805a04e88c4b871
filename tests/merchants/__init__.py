"""Proofs of enrolling merchants."""
