"""Proofs that the sandbox is as strict as the pages it speaks."""
