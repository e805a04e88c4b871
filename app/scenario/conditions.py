"""Conditions as JSON, the facts they read, and their evaluation: pure, so that decisions can be replayed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from app.scenario.contract import (
    AllOf,
    AnyOf,
    AtLeast,
    AtMost,
    Condition,
    Conditions,
    Contains,
    Equals,
    OneOf,
    Value,
)
from app.scenario.facts import FACTS, FactKind

MAX_DEPTH = 4
MAX_CONDITIONS = 50
NO_GRADE = "NONE"

_SINGLE: dict[str, type[AtLeast] | type[AtMost] | type[Equals] | type[Contains]] = {
    "at_least": AtLeast, "at_most": AtMost, "equals": Equals, "contains": Contains,
}
_OP_OF: dict[type, str] = {
    **{kind: op for op, kind in _SINGLE.items()}, OneOf: "one_of", AllOf: "all_of", AnyOf: "any_of",
}


class MalformedConditions(ValueError):
    """Not conditions: what is wrong with them, in English for developers."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """`unmet`: each reason once, in the rules' order; `seen`: the facts read, with their values or None."""

    eligible: bool
    unmet: tuple[str, ...]
    seen: Mapping[str, object]


# -- evaluating ------------------------------------------------------------------------------------------


def evaluate(conditions: Conditions, facts: Mapping[str, object], scale: Sequence[str]) -> Evaluation:
    """Whether all conditions hold for `facts`; `scale` lists the grades best first.

    A fact that is missing, None or of another type satisfies nothing. Nothing is asked and nothing raised:
    the same input gives the same answer for ever.
    """
    unmet = tuple(dict.fromkeys(why for condition in conditions for why in _unmet(condition, facts, scale)))
    seen = {name: facts.get(name) for name in sorted(facts_of(conditions))}
    return Evaluation(not unmet, unmet, MappingProxyType(seen))


def _unmet(condition: Condition, facts: Mapping[str, object], scale: Sequence[str]) -> Iterator[str]:
    if isinstance(condition, AllOf):
        for part in condition.of:
            yield from _unmet(part, facts, scale)
    elif isinstance(condition, AnyOf):
        if all(any(True for _ in _unmet(part, facts, scale)) for part in condition.of):
            yield condition.why
    elif not _holds(condition, facts.get(condition.fact), scale):
        yield condition.why


def _holds(
    condition: AtLeast | AtMost | Equals | OneOf | Contains, seen: object, scale: Sequence[str]
) -> bool:
    if isinstance(condition, AtLeast):
        if _kind(condition.fact) is FactKind.GRADE:
            return _grade_at_least(seen, condition.value, scale)
        return _number(seen) and _number(condition.value) and seen >= condition.value  # type: ignore[operator]
    if isinstance(condition, AtMost):
        return _number(seen) and _number(condition.value) and seen <= condition.value  # type: ignore[operator]
    if isinstance(condition, Contains):
        return isinstance(seen, list | tuple) and any(_same(entry, condition.value) for entry in seen)
    wanted = condition.values if isinstance(condition, OneOf) else (condition.value,)
    if _kind(condition.fact) is FactKind.REGION:
        return any(_within(seen, region) for region in wanted)
    if _kind(condition.fact) is FactKind.GRADE and seen not in _grades(scale):
        return False
    return any(_same(seen, value) for value in wanted)


def _grade_at_least(seen: object, wanted: object, scale: Sequence[str]) -> bool:
    grades = _grades(scale)
    return seen in grades and wanted in grades and grades.index(str(seen)) <= grades.index(str(wanted))


def _grades(scale: Sequence[str]) -> list[str]:
    return [grade for grade in scale if grade != NO_GRADE]


def _number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _same(seen: object, value: object) -> bool:
    return type(seen) is type(value) and seen == value  # True is not 1 here


def _within(seen: object, region: object) -> bool:
    if not (isinstance(seen, str) and isinstance(region, str) and len(seen) == len(region) == 6):
        return False
    held = region[:2] if region.endswith("0000") else region[:4] if region.endswith("00") else region
    return seen.startswith(held)


def _kind(fact: str) -> FactKind | None:
    return FACTS[fact].kind if fact in FACTS else None


# -- reading ---------------------------------------------------------------------------------------------


def leaves(conditions: Iterable[Condition]) -> Iterator[AtLeast | AtMost | Equals | OneOf | Contains]:
    """Every condition that reads a fact."""
    for condition in conditions:
        if isinstance(condition, AllOf | AnyOf):
            yield from leaves(condition.of)
        else:
            yield condition


def facts_of(conditions: Iterable[Condition]) -> frozenset[str]:
    """The names of the facts that have to be known to evaluate these."""
    return frozenset(leaf.fact for leaf in leaves(conditions))


def whys_of(conditions: Iterable[Condition]) -> frozenset[str]:
    """Every reason that these could give, those inside an AnyOf too."""
    reasons: set[str] = set()
    for condition in conditions:
        if isinstance(condition, AllOf | AnyOf):
            reasons |= whys_of(condition.of)
        if not isinstance(condition, AllOf):
            reasons.add(condition.why)
    return frozenset(reasons)


def as_conditions(said: object) -> Conditions:
    """What a rule returned (one condition, a list or a tuple) as a tuple; MalformedConditions otherwise."""
    parts = said if isinstance(said, list | tuple) else (said,)
    if not parts or not all(isinstance(part, Condition) for part in parts):
        raise MalformedConditions("rules give no conditions, or something that is none")
    return from_json(to_json(tuple(parts)))


# -- JSON ------------------------------------------------------------------------------------------------


def to_json(conditions: Iterable[Condition]) -> list[dict[str, object]]:
    """One JSON-able object for each: {"op", "fact", "value" | "values", "why"} or {"op", "of", "why"?}."""
    return [_dump(condition) for condition in conditions]


def _dump(condition: Condition) -> dict[str, object]:
    if not isinstance(condition, Condition):
        raise MalformedConditions(f"not a condition: {type(condition).__name__}")
    op = _OP_OF[type(condition)]
    if isinstance(condition, AllOf):
        return {"op": op, "of": to_json(condition.of)}
    if isinstance(condition, AnyOf):
        return {"op": op, "of": to_json(condition.of), "why": condition.why}
    if isinstance(condition, OneOf):
        return {"op": op, "fact": condition.fact, "values": list(condition.values), "why": condition.why}
    return {"op": op, "fact": condition.fact, "value": condition.value, "why": condition.why}


def from_json(data: object) -> Conditions:
    """The conditions that `to_json` gave; anything else, an unknown key too, is MalformedConditions."""
    read = tuple(_read_all(data, depth=1))
    if sum(1 for _ in leaves(read)) > MAX_CONDITIONS:
        raise MalformedConditions(f"more than {MAX_CONDITIONS} conditions")
    return read


def _read_all(data: object, depth: int) -> Iterator[Condition]:
    if not isinstance(data, list) or not data:
        raise MalformedConditions("a list with at least one condition is wanted")
    if depth > MAX_DEPTH:
        raise MalformedConditions(f"nested more than {MAX_DEPTH} deep")
    for entry in data:
        yield _read(entry, depth)


def _read(data: object, depth: int) -> Condition:
    if not isinstance(data, dict):
        raise MalformedConditions("a condition is an object")
    op = data.get("op")
    if op == "all_of":
        _keys(data, {"op", "of"})
        return AllOf(*_read_all(data["of"], depth + 1))
    if op == "any_of":
        _keys(data, {"op", "of", "why"})
        return AnyOf(*_read_all(data["of"], depth + 1), why=_text(data["why"]))
    if op == "one_of":
        _keys(data, {"op", "fact", "values", "why"})
        if not isinstance(data["values"], list) or not data["values"]:
            raise MalformedConditions("one_of wants a list of values")
        return OneOf(_text(data["fact"]), [_value(each) for each in data["values"]], _text(data["why"]))
    if not isinstance(op, str) or op not in _SINGLE:
        raise MalformedConditions(f"unknown op {op!r}")
    _keys(data, {"op", "fact", "value", "why"})
    return _SINGLE[op](_text(data["fact"]), _value(data["value"]), _text(data["why"]))


def _keys(data: dict[object, object], wanted: set[str]) -> None:
    if set(data) != wanted:
        raise MalformedConditions(f"{data['op']} has the keys {sorted(wanted)}, no other")


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise MalformedConditions("a name is a text that is not empty")
    return value


def _value(value: object) -> Value:
    if not isinstance(value, bool | int | str):
        raise MalformedConditions("a value is a number, a text or a yes or no")
    return value


def conditions_digest(conditions: Iterable[Condition]) -> str:
    """SHA-256, lower-case hex, of the canonical JSON (sorted keys, no spaces, UTF-8)."""
    text = json.dumps(to_json(conditions), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
