"""Proofs of showing, verifying and redeeming."""
