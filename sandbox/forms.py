"""Strict reading: every field named, typed and bounded; null, unknown and doubled names are refused."""

import json
import re
from collections.abc import Callable, Collection
from datetime import date
from typing import Any

from sandbox.clock import moment

Check = Callable[[Any], bool]
SCOPES = ("grade.read", "report.read", "usage.report")
SCENARIOS = (
    "rental",
    "library",
    "transit",
    "tourism",
    "medical",
    "parking",
    "fast_track",
    "finance",
    "volunteer",
)
OUTCOMES = ("fulfilled", "cancelled", "breached", "reversed")
CONTROL = re.compile(r"[\x00-\x1f\x7f]")
USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
USCC = re.compile(rf"[{USCC_ALPHABET}]{{2}}\d{{6}}[{USCC_ALPHABET}]{{10}}", re.ASCII)
USCC_WEIGHTS = tuple(pow(3, i, 31) for i in range(17))


class BadForm(Exception):
    """A body that cannot be; `field` names where, never what stood there."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


def parse(body: bytes) -> dict[str, Any]:
    """The JSON object of a body: UTF-8, no doubled names, no NaN; BadForm otherwise."""
    try:
        value = json.loads(body.decode("utf-8"), object_pairs_hook=_pairs, parse_constant=_constant)
    except (ValueError, RecursionError) as wrong:
        raise BadForm("body") from wrong
    if not isinstance(value, dict):
        raise BadForm("body")
    return value


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({name for name, _ in pairs}) != len(pairs):
        raise ValueError("a name twice")
    return dict(pairs)


def _constant(name: str) -> Any:
    raise ValueError(name)


def take(body: Any, required: dict[str, Check], optional: dict[str, Check] | None = None) -> dict[str, Any]:
    """The body, when it has exactly these fields and each passes its check; BadForm names the first that fails."""
    checks = {**required, **(optional or {})}
    if not isinstance(body, dict):
        raise BadForm("body")
    for name in body:
        if name not in checks:
            raise BadForm(f"unknown field {name[:64]}")
    for name, fits in checks.items():
        if name not in body and name in required:
            raise BadForm(f"{name} is missing")
        if name in body and not fits(body[name]):
            raise BadForm(name)
    return body


def text(longest: int = 200, pattern: str | None = None) -> Check:
    """A string of 1 to `longest` characters without control characters, fully matching where a pattern is given."""
    form = re.compile(pattern, re.ASCII) if pattern else None
    return lambda value: (
        isinstance(value, str)
        and 1 <= len(value) <= longest
        and not CONTROL.search(value)
        and (form is None or form.fullmatch(value) is not None)
    )


def prose(longest: int) -> Check:
    """A string of 1 to `longest` characters that may run over several lines."""
    return lambda value: isinstance(value, str) and 1 <= len(value) <= longest


def word(longest: int = 64) -> Check:
    """1 to `longest` visible ASCII characters: the numbers that we and they give out."""
    return text(longest, r"[\x21-\x7e]+")


def among(choices: Collection[str]) -> Check:
    """One of these strings."""
    return lambda value: isinstance(value, str) and value in choices


def some_of(fits: Check, most: int) -> Check:
    """A list of 1 to `most` different values that each fit."""
    return lambda value: (
        isinstance(value, list)
        and 1 <= len(value) <= most
        and all(fits(item) for item in value)
        and len(set(value)) == len(value)
    )


def whole(value: Any) -> bool:
    """An integer from 0, far below what overflows; true and 1.0 are none."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 10**15


def instant(value: Any) -> bool:
    """RFC 3339 with offset."""
    try:
        return isinstance(value, str) and moment(value) is not None
    except (ValueError, OverflowError):
        return False


def day(value: Any) -> bool:
    """YYYY-MM-DD, a day that exists."""
    try:
        return isinstance(value, str) and date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def sealed(value: Any) -> bool:
    """Something that may be a sealed field; whether it opens is asked later (BAD_SEAL)."""
    return isinstance(value, dict)


def uscc(value: Any) -> bool:
    """A unified social credit code with its check character (GB 32100)."""
    if not isinstance(value, str) or not USCC.fullmatch(value):
        return False
    total = sum(USCC_ALPHABET.index(c) * w for c, w in zip(value[:17], USCC_WEIGHTS, strict=True))
    return USCC_ALPHABET[-total % 31] == value[17]


HEX64 = text(64, r"[0-9a-f]{64}")
REGION = text(6, r"\d{6}")
PERIOD = text(7, r"\d{4}-(0[1-9]|1[0-2])")
