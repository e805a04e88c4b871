"""The scale of grades, from config/grades.toml: which is better, and what people call them."""

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).parents[2] / "config" / "grades.toml"


def scale() -> Sequence[str]:
    """The grades, best first; without the word for "not enough records"."""
    return tuple(_told()["scale"])


def labels() -> Mapping[str, str]:
    """The label of each grade of the scale, best first."""
    return {grade: _told()["labels"][grade] for grade in _told()["scale"]}


def label(grade: str) -> str:
    """What people call this grade; the grade itself where the file gives no word for it."""
    return str(_told()["labels"].get(grade, grade))


@cache
def _told() -> dict[str, Any]:
    return tomllib.loads(FILE.read_text(encoding="utf-8"))
