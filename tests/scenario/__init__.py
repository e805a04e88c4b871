"""Proofs of the scenarios' socket."""
