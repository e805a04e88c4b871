"""The registry that the factory loaded."""

from typing import cast

from flask import current_app

from app.scenario.registry import Registry


def scenarios() -> Registry:
    return cast(Registry, current_app.extensions["scenarios"])
