"""Pages on a phone for who has no account: applying to join."""
