"""Proofs of accounts: passwords, second factor, lock-out, roles, sessions."""
