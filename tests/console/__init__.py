"""Proofs of the console: log-in, guards, forms, tables, pages in a real browser."""
