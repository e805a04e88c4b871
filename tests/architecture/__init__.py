"""The house's rules, as far as a program can tell."""
