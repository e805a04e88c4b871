"""Citizens: signing in, real name, tokens, guards, export, erasure."""
