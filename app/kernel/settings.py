"""The settings that this process was started with, for verbs that need one."""

from typing import cast

from flask import current_app

from config import Settings


def settings() -> Settings:
    """Values by declared name, e.g. `settings().CONSENT_DAYS`."""
    return cast(Settings, current_app.extensions["settings"])
