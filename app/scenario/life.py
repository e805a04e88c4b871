"""Reading a life table: which moves are open, which one is meant, when the clock is due."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from app.scenario.contract import After, Life, Move, Role, Span, Timer, Unit

_LENGTHS = {Unit.MINUTES: timedelta(minutes=1), Unit.HOURS: timedelta(hours=1), Unit.DAYS: timedelta(days=1)}


AddWorkingDays = Callable[[datetime, int], datetime]
"""The core's calendar: a moment and a count of working days to the end of the last of them."""


class NotAllowed(Exception):
    """The table has no such move from here for this role."""

    def __init__(self, state: str, move_name: str, role: Role) -> None:
        self.state, self.move_name, self.role = state, move_name, role
        super().__init__(f"{role} cannot {move_name} from {state}")


def next_moves(life: Life, state: str, role: Role) -> tuple[Move, ...]:
    """The moves that `role` may make from `state`, in the table's order."""
    return tuple(move for move in life.moves if state in move.sources and move.by is role)


def find(life: Life, state: str, move_name: str, role: Role) -> Move:
    """The one move by that name from `state` for `role`; NotAllowed where there is none."""
    for move in next_moves(life, state, role):
        if move.name == move_name:
            return move
    raise NotAllowed(state, move_name, role)


def is_final(life: Life, state: str) -> bool:
    """Whether nothing is owed any more in `state`; what is not final counts as open."""
    return state in life.final


def timers_of(life: Life, state: str) -> tuple[Timer, ...]:
    """The timers that run in `state`."""
    return tuple(timer for timer in life.timers if timer.state == state)


def span_end(
    span: Span, terms: Mapping[str, object], start: datetime, add_working_days: AddWorkingDays
) -> datetime | None:
    """`start` + `span`; None (never) where the span names a term that the offer leaves empty."""
    amount = terms.get(span.amount) if isinstance(span.amount, str) else span.amount
    if amount is None:
        return None
    if not isinstance(amount, int) or isinstance(amount, bool) or amount < 0:
        raise ValueError(f"the span's amount is no count: {span.amount}")
    if span.unit is Unit.WORKING_DAYS:
        return add_working_days(start, amount)
    return start + amount * _LENGTHS[span.unit]


def fires_at(
    timer: Timer,
    terms: Mapping[str, object],
    moments: Mapping[After, datetime],
    add_working_days: AddWorkingDays,
) -> datetime | None:
    """When `timer` is due, given the moments that the core knows (entered, due_at, valid_to); None: never."""
    start = moments.get(timer.after)
    if start is None or timer.plus is None:
        return start
    return span_end(timer.plus, terms, start, add_working_days)


def next_timer(
    life: Life,
    state: str,
    terms: Mapping[str, object],
    moments: Mapping[After, datetime],
    add_working_days: AddWorkingDays,
) -> tuple[datetime, Timer] | None:
    """The earliest timer of `state` and when it is due: what the core writes down for a sweeper to find."""
    due = [(fires_at(timer, terms, moments, add_working_days), timer) for timer in timers_of(life, state)]
    known = [(at, timer) for at, timer in due if at is not None]
    return min(known, key=lambda pair: pair[0], default=None)


def reachable(life: Life) -> frozenset[str]:
    """The states that can be come to from the start."""
    return _closure({life.start}, lambda state: {m.target for m in life.moves if state in m.sources})


def ending(life: Life) -> frozenset[str]:
    """The states from which an end can be come to."""
    return _closure(
        set(life.final), lambda state: {start for m in life.moves if m.target == state for start in m.sources}
    )


def _closure(found: set[str], beside: Callable[[str], set[str]]) -> frozenset[str]:
    fresh = set(found)
    while fresh:
        fresh = {other for state in fresh for other in beside(state)} - found
        found |= fresh
    return frozenset(found)
