"""All that a scenario may import: conditions, life tables and documents, as data.

Rules are data, life is a table. Nothing here does anything: `conditions.py` reads the conditions, `life.py`
reads the table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

Value: TypeAlias = int | str | bool


# -- conditions ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AtLeast:
    """The fact is `value` or more; on `credit.grade`, `value` or a better grade of the configured scale."""

    fact: str
    value: Value
    why: str


@dataclass(frozen=True, slots=True)
class AtMost:
    """The number is `value` or less."""

    fact: str
    value: Value
    why: str


@dataclass(frozen=True, slots=True)
class Equals:
    """The fact is exactly `value`; on a region, lies within it (360100 holds 360102)."""

    fact: str
    value: Value
    why: str


@dataclass(frozen=True, slots=True)
class OneOf:
    """The fact is one of `values`; on a region, lies within one of them."""

    fact: str
    values: Sequence[Value]
    why: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", tuple(self.values))


@dataclass(frozen=True, slots=True)
class Contains:
    """The list holds `value`."""

    fact: str
    value: Value
    why: str


@dataclass(frozen=True, slots=True, init=False)
class AllOf:
    """Every one holds; each that doesn't gives its own reason."""

    of: tuple[Condition, ...]

    def __init__(self, *of: Condition) -> None:
        object.__setattr__(self, "of", of)


@dataclass(frozen=True, slots=True, init=False)
class AnyOf:
    """One of them holds; where none does, the one reason `why` is given, not theirs."""

    of: tuple[Condition, ...]
    why: str

    def __init__(self, *of: Condition, why: str) -> None:
        object.__setattr__(self, "of", of)
        object.__setattr__(self, "why", why)


Condition: TypeAlias = AtLeast | AtMost | Equals | OneOf | Contains | AllOf | AnyOf
Conditions: TypeAlias = tuple[Condition, ...]
"""What `rules.conditions(terms)` comes to: all must hold. The rules may give one, a list or a tuple."""


# -- life ------------------------------------------------------------------------------------------------


class Kind(StrEnum):
    """The three life cycles of an entitlement."""

    VOUCHER = "voucher"
    ORDER = "order"
    APPLICATION = "application"


class Role(StrEnum):
    """Who makes a move. CLOCK is the scheduler: its moves each have a timer."""

    CITIZEN = "citizen"
    MERCHANT = "merchant"
    STAFF = "staff"
    CLOCK = "clock"


class Outcome(StrEnum):
    """What is reported to the platform of a use (its section 4.5)."""

    FULFILLED = "fulfilled"
    CANCELLED = "cancelled"
    BREACHED = "breached"
    REVERSED = "reversed"


class Need(StrEnum):
    """What must be there before a move is made; the core refuses the move without it."""

    DOCUMENTS = "documents"  # every document that is asked for now is handed in
    COMMITMENT = "commitment"  # the citizen signed the commitment of the offer's terms
    MISSING = "missing"  # the caller names the documents that are missing
    DUE = "due"  # the caller names a date; never one earlier than the move's `due` promises
    REASON = "reason"  # the caller says why
    LEGAL_GROUND = "legal_ground"  # the caller says on what legal ground
    TOLD = "told"  # the citizen was told in an earlier move (`tells`) since the entitlement was last in hand


class Unit(StrEnum):
    """What a span counts."""

    MINUTES = "minutes"
    HOURS = "hours"
    DAYS = "days"
    WORKING_DAYS = "working_days"


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time: a number, or the name of an integer term; a term that is absent means *never*."""

    amount: int | str
    unit: Unit


def minutes(amount: int | str) -> Span:
    """Minutes, as a number or a term's name."""
    return Span(amount, Unit.MINUTES)


def hours(amount: int | str) -> Span:
    """Hours, as a number or a term's name."""
    return Span(amount, Unit.HOURS)


def days(amount: int | str) -> Span:
    """Calendar days of 24 hours, as a number or a term's name."""
    return Span(amount, Unit.DAYS)


def working_days(amount: int | str) -> Span:
    """Working days of the configured calendar, to the end of the last; as a number or a term's name."""
    return Span(amount, Unit.WORKING_DAYS)


class After(StrEnum):
    """From when a timer runs."""

    ENTERED = "entered"  # the moment the state was entered
    DUE_AT = "due_at"  # what a move with `due` set
    VALID_TO = "valid_to"  # the entitlement's last moment


@dataclass(frozen=True, slots=True)
class Move:
    """One way from a state to another.

    `report` writes a usage with that outcome; `releases_quota` gives the place in the quota back; `needs` are
    checked first; `due` sets the entitlement's due_at to now + span; `tells` owes the citizen a message.
    """

    name: str
    source: str | tuple[str, ...]
    target: str
    by: Role
    report: Outcome | None = None
    releases_quota: bool = False
    needs: tuple[Need, ...] = ()
    due: Span | None = None
    tells: bool = False

    @property
    def sources(self) -> tuple[str, ...]:
        """The states it starts from, always as a tuple."""
        return (self.source,) if isinstance(self.source, str) else tuple(self.source)


@dataclass(frozen=True, slots=True)
class Timer:
    """The clock makes `move` when the entitlement is still in `state` at `after` + `plus`."""

    name: str
    state: str
    after: After
    move: str
    plus: Span | None = None


@dataclass(frozen=True, slots=True)
class Life:
    """The table of a life cycle. In a `final` state nothing is owed; a reversal may still lead out of it."""

    kind: Kind
    start: str
    moves: tuple[Move, ...]
    timers: tuple[Timer, ...]
    final: tuple[str, ...]

    @property
    def states(self) -> frozenset[str]:
        """Every state that the table names."""
        ends = {state for move in self.moves for state in (*move.sources, move.target)}
        return frozenset({self.start, *ends, *self.final, *(timer.state for timer in self.timers)})


# -- applications ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Document:
    """A document of an application; a deferred one may be handed in after acceptance."""

    name: str
    deferred: bool = False
