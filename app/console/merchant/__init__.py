"""The pages of merchants' managers and clerks."""
