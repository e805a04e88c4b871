"""The only reader of the environment."""

from config.loading import ConfigRefused, Settings, load

__all__ = ["ConfigRefused", "Settings", "load"]
