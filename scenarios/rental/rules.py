"""Who may rent without a deposit."""

from collections.abc import Mapping
from typing import Any

from app.scenario.contract import AtLeast, AtMost, Condition


def conditions(terms: Mapping[str, Any]) -> list[Condition]:
    """A grade that is good enough, and not too many things out already.

    This claim comes on top of those that are open, so there must be one fewer than the ceiling.
    """
    return [
        AtLeast("credit.grade", terms["min_grade"], why="grade_too_low"),
        AtMost("usage.count_open", terms["max_open"] - 1, why="too_many_open"),
    ]
