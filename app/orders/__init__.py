"""Deposit-free service orders in PayScore's shape, and the permissions to open them without asking each time."""
