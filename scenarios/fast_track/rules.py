"""Who may hand documents in later."""

from collections.abc import Mapping
from typing import Any

from app.scenario.contract import AnyOf, AtLeast, Condition, Equals


def conditions(terms: Mapping[str, Any]) -> Condition:
    """A grade that is good enough or, where the offer says so, a place on the list of the League."""
    good_grade = AtLeast("credit.grade", terms["min_grade"], why="grade_too_low")
    if not terms["accept_outstanding"]:
        return good_grade
    outstanding = Equals("volunteer.outstanding", True, why="not_outstanding")
    return AnyOf(good_grade, outstanding, why="grade_or_outstanding")
