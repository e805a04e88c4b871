"""The League's red list as it is shared with the platform (platform.md 4.7)."""
