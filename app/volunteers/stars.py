"""Stars by hours of service; the ladder is configuration and differs by region (config/stars.toml)."""

import tomllib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).parents[2] / "config" / "stars.toml"


def ladder(region: str) -> Sequence[int]:
    """Whole hours for one star, two stars, … in this region (GB/T 2260, six digits)."""
    told = _told()
    named = told["ladders"].get(region[:2], told["ladders"][told["default"]])
    return tuple(named["hours"])


def stars(hours: int, region: str) -> int:
    """0 to 5."""
    return sum(hours >= needed for needed in ladder(region))


def hours_to_next(hours: int, region: str) -> int | None:
    """How many hours the next star takes; None at the top."""
    return next((needed - hours for needed in ladder(region) if needed > hours), None)


def ladders() -> dict[str, tuple[int, ...]]:
    """Every ladder by the first two digits of its regions; the one of "" is for all others."""
    told = _told()
    named = {prefix: tuple(one["hours"]) for prefix, one in told["ladders"].items()}
    return {**named, "": named[told["default"]]}


@cache
def _told() -> dict[str, Any]:
    return tomllib.loads(FILE.read_text(encoding="utf-8"))
