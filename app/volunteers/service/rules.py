"""What hours are measured by in a region (config/hours.toml)."""

import tomllib
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).parents[3] / "config" / "hours.toml"


@dataclass(frozen=True)
class Rules:
    """More than `most_minutes_a_day` of one person are looked at by a second one; `sample_percent` of what was
    confirmed, `sample_least` entries at least, are looked at by the organisation above.
    """

    most_minutes_a_day: int
    sign_in_before_minutes: int
    sign_out_after_minutes: int
    sample_percent: int
    sample_least: int
    undo_minutes: int

    @property
    def before(self) -> timedelta:
        return timedelta(minutes=self.sign_in_before_minutes)

    @property
    def after(self) -> timedelta:
        return timedelta(minutes=self.sign_out_after_minutes)

    @property
    def undo(self) -> timedelta:
        return timedelta(minutes=self.undo_minutes)


@cache
def rules(region: str) -> Rules:
    """Those of this region (GB/T 2260, six digits), or the default's."""
    told = _told()
    return Rules(**told["regions"].get(region[:2], told["regions"][told["default"]]))


@cache
def _told() -> dict[str, Any]:
    return tomllib.loads(FILE.read_text(encoding="utf-8"))
