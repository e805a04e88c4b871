"""Owns every call that leaves this system over HTTP, and checks what comes back."""
