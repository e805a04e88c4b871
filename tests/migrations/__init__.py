"""The way of the tables, there and back."""
