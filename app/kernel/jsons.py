"""JSON, strictly: what RFC 8259 leaves open is refused, since others read it differently (promises C20)."""

import json
import re
from collections.abc import Iterable
from typing import Any

import orjson

DEEPEST = 32
LONGEST_INT = 18
STRINGS = re.compile(r'"(?:[^"\\]|\\.)*+"', re.DOTALL)
BRACKETS = re.compile(r"[][{}]")


class NotJson(ValueError):
    """The text isn't JSON that we take; the message never quotes it."""


def dumps(value: Any) -> bytes:
    """Compact UTF-8."""
    return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS)


def loads(raw: bytes) -> Any:
    """UTF-8 JSON without duplicate names, NaN, huge numbers, deep nests, lone surrogates or U+0000."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise NotJson("not UTF-8") from None
    if text.count("[") + text.count("{") > DEEPEST and _depth(text) > DEEPEST:
        raise NotJson("nested too deep")
    try:
        value = json.loads(text, object_pairs_hook=_pairs, parse_constant=_constant, parse_int=_int,
                           parse_float=_float)
    except (json.JSONDecodeError, RecursionError):
        raise NotJson("not JSON") from None
    if "\\u" in text:  # only an escape can say what UTF-8 and the parser don't let through as it is
        _clean(value)
    return value


def _depth(text: str) -> int:
    """How deep brackets outside strings go; the parser itself would recurse."""
    deepest = level = 0
    for bracket in BRACKETS.findall(STRINGS.sub("", text)):
        level += 1 if bracket in "[{" else -1
        deepest = max(deepest, level)
    return deepest


def _pairs(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name, value in pairs:
        if name in made:
            raise NotJson("a name stands twice")
        made[name] = value
    return made


def _constant(name: str) -> Any:
    raise NotJson(f"{name} is no JSON number")


def _int(text: str) -> int:
    if len(text.lstrip("-")) > LONGEST_INT:
        raise NotJson("a number is too long")
    return int(text)


def _float(text: str) -> float:
    value = float(text) if len(text) <= 40 else float("inf")
    if value in (float("inf"), float("-inf")):
        raise NotJson("a number is too large")
    return value


def _clean(value: Any) -> None:
    if isinstance(value, str):
        _clean_text(value)
    elif isinstance(value, dict):
        for name, inner in value.items():
            _clean_text(name)
            _clean(inner)
    elif isinstance(value, list):
        for inner in value:
            _clean(inner)


def _clean_text(text: str) -> None:
    if "\x00" in text:
        raise NotJson("U+0000 in a text")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise NotJson("half a surrogate pair in a text") from None
