"""The socket of the scenarios: what a plugin may say, and how it is found, checked and read."""
