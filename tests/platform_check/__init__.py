"""Owns the proofs of `flask platform`: an operator puts keys in place and is told what each call came to."""
