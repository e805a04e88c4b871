"""Owns the proofs of the portal: anybody's pages, which know nobody and tell of nobody."""
