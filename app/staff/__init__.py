"""Accounts of staff and merchants: who they are, what they may do, how they prove it, and where they are logged in."""
