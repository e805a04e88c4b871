"""Whole stories over HTTP, through the real processes, with their refusals."""
