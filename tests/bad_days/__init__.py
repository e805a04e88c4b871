"""Every fault of the sandbox on every call, as the whole application lives through it."""
