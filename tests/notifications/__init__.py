"""What merchants are told, and what becomes of it."""
