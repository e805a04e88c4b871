"""The settings that this process was started with, for verbs that need one."""

from typing import Any, cast

from flask import current_app

from config import Settings


def settings() -> Settings:
    """Values by declared name, e.g. `settings().CONSENT_DAYS`."""
    return cast(Settings, current_app.extensions["settings"])


def memory() -> dict[str, Any]:
    """What this process keeps with its application, by name: for what is read seldom and used often."""
    return cast(dict[str, Any], current_app.extensions)
