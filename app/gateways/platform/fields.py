"""Reads single fields of the platform's JSON strictly; what is not as platform.md says raises Unreadable."""

import re
from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime
from typing import Any

# the platform's numbers: as long as ours, of what can be seen; the page says no more of them
IDENTIFIER = re.compile(r"[^\s\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]{1,64}")
CODE = re.compile(r"[A-Za-z0-9_.:\[\]-]{1,128}")
HEX_DIGEST = re.compile(r"[0-9a-f]{64}")
MOMENT = re.compile(
    r"[0-9]{4}(-[0-9]{2}){2}T[0-9]{2}(:[0-9]{2}){2}(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
GRADES = frozenset({"AAA", "AA", "A", "B", "C", "D", "NONE"})
FIRST_YEAR, LAST_YEAR = 1900, 2200  # so that no later arithmetic overflows
LARGEST = 10**15
LONGEST_CURSOR = 1024

Data = Mapping[str, Any]


class Unreadable(ValueError):
    """A field is missing, null, of another type, or holds a value that the page does not name."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


def pattern(data: Data, name: str, form: re.Pattern[str]) -> str:
    value = data.get(name)
    if not isinstance(value, str) or not form.fullmatch(value):
        raise Unreadable(name)
    return value


def identifier(data: Data, name: str) -> str:
    return pattern(data, name, IDENTIFIER)


def one_of(data: Data, name: str, values: Collection[str]) -> str:
    value = data.get(name)
    if not isinstance(value, str) or value not in values:
        raise Unreadable(name)
    return value


def same(data: Data, name: str, expected: str) -> str:
    return one_of(data, name, (expected,))


def boolean(data: Data, name: str) -> bool:
    value = data.get(name)
    if not isinstance(value, bool):
        raise Unreadable(name)
    return value


def whole_number(data: Data, name: str) -> int:
    """An integer of 0 to 10^15."""
    value = data.get(name)
    if type(value) is not int or not 0 <= value <= LARGEST:
        raise Unreadable(name)
    return value


def text(data: Data, name: str, longest: int) -> str:
    """Not empty; any characters."""
    value = data.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= longest:
        raise Unreadable(name)
    return value


def moment(data: Data, name: str) -> datetime:
    """RFC 3339 with offset."""
    value = pattern(data, name, MOMENT)
    try:
        read = datetime.fromisoformat(value)
    except ValueError:
        raise Unreadable(name) from None
    if not FIRST_YEAR <= read.year <= LAST_YEAR:
        raise Unreadable(name)
    return read


def day(data: Data, name: str) -> date:
    """`YYYY-MM-DD`, a day in Asia/Shanghai."""
    try:
        read = date.fromisoformat(pattern(data, name, DAY))
    except ValueError:
        raise Unreadable(name) from None
    if not FIRST_YEAR <= read.year <= LAST_YEAR:
        raise Unreadable(name)
    return read


def codes(data: Data, name: str, most: int) -> list[str]:
    """An open list of codes: unknown ones are kept."""
    return several(data, name, most, lambda item: pattern(item, name, CODE))


def several(data: Data, name: str, most: int, read: Callable[[Data], str]) -> list[str]:
    """A list of texts; `read` takes each as if it stood alone under the same name."""
    value = data.get(name)
    if not isinstance(value, list) or len(value) > most:
        raise Unreadable(name)
    return [read({name: item}) for item in value]


def rows(data: Data, name: str, most: int) -> list[dict[str, Any]]:
    """A list of objects."""
    value = data.get(name)
    if not isinstance(value, list) or len(value) > most or not all(isinstance(row, dict) for row in value):
        raise Unreadable(name)
    return value


def next_cursor(data: Data, cursor: str | None) -> str | None:
    """Where the next page is; None (told, never left out) where this was the last."""
    if "next_cursor" not in data:
        raise Unreadable("next_cursor")
    if data["next_cursor"] is None:
        return None
    following = text(data, "next_cursor", LONGEST_CURSOR)
    if following == cursor:  # would go round for ever
        raise Unreadable("next_cursor")
    return following
