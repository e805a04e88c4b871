"""Which volunteers have the benefit."""

from collections.abc import Mapping
from typing import Any

from app.scenario.contract import AtLeast, Condition, Equals


def conditions(terms: Mapping[str, Any]) -> Condition:
    """By stars, by hours, or by the list of outstanding young volunteers; only that one fact is asked for."""
    if terms["by"] == "stars":
        return AtLeast("volunteer.stars", terms["min_stars"], why="stars_too_few")
    if terms["by"] == "hours":
        return AtLeast("volunteer.hours", terms["min_hours"], why="hours_too_few")
    return Equals("volunteer.outstanding", True, why="not_outstanding")
