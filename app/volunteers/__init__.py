"""Volunteers: who is registered, their hours, and the stars that follow from them."""
