"""What registering asks for in a region: ages and terms are configuration (config/volunteers.toml)."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).parents[2] / "config" / "volunteers.toml"


@dataclass(frozen=True)
class Rules:
    """Full years of age from which one may register, may do so on own earnings without a guardian, and is of age;
    days after which a transfer that nobody answered is over.
    """

    least_age: int
    own_income_age: int
    adult_age: int
    transfer_days: int

    def guardian_needed(self, age: int, own_income: bool) -> bool:
        """`own_income`: lives mainly on own earnings."""
        return age < self.adult_age and not (own_income and age >= self.own_income_age)


@cache
def rules(region: str) -> Rules:
    """Those of this region (GB/T 2260, six digits), or the default's."""
    told = _told()
    return Rules(**told["regions"].get(region[:2], told["regions"][told["default"]]))


@cache
def _told() -> dict[str, Any]:
    return tomllib.loads(FILE.read_text(encoding="utf-8"))
