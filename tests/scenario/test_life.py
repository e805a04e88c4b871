"""Reading a life table."""

from datetime import UTC, datetime, timedelta

import pytest

from app.scenario.contract import (
    After,
    Kind,
    Life,
    Move,
    Outcome,
    Role,
    Span,
    Timer,
    Unit,
    days,
    hours,
    minutes,
    working_days,
)
from app.scenario.life import NotAllowed, ending, find, fires_at, is_final, next_moves, next_timer, reachable, span_end

LIFE = Life(
    kind=Kind.ORDER,
    start="ready",
    moves=(
        Move("open", "ready", "in_use", by=Role.MERCHANT, due=days("max_days")),
        Move("close", ("in_use", "late"), "closed", by=Role.MERCHANT, report=Outcome.FULFILLED),
        Move("late", "in_use", "late", by=Role.CLOCK),
        Move("give_up", "in_use", "closed", by=Role.CLOCK),
        Move("cancel", "ready", "closed", by=Role.CITIZEN),
    ),
    timers=(
        Timer("late", "in_use", After.DUE_AT, "late", plus=hours("grace_hours")),
        Timer("never", "in_use", After.ENTERED, "give_up", plus=working_days("patience")),
    ),
    final=("closed",),
)
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def _working(start, count):
    return start + timedelta(days=2 * count)


# Fails where a role could make another role's move, or make one from a state that isn't its source.
@pytest.mark.parametrize(
    ("state", "move", "role"),
    [
        ("ready", "open", Role.CITIZEN), ("ready", "open", Role.CLOCK), ("ready", "close", Role.MERCHANT),
        ("closed", "open", Role.MERCHANT), ("nowhere", "open", Role.MERCHANT), ("in_use", "late", Role.MERCHANT),
    ],
)
def test_what_the_table_does_not_have_is_not_allowed(state, move, role):
    with pytest.raises(NotAllowed):
        find(LIFE, state, move, role)


def test_what_the_table_has_is_found():
    assert find(LIFE, "late", "close", Role.MERCHANT).target == "closed"
    assert [move.name for move in next_moves(LIFE, "in_use", Role.CLOCK)] == ["late", "give_up"]
    assert is_final(LIFE, "closed")
    assert not is_final(LIFE, "in_use")


def test_spans_count_by_number_and_by_term():
    assert span_end(minutes(5), {}, NOON, _working) == NOON + timedelta(minutes=5)
    assert span_end(days("d"), {"d": 3}, NOON, _working) == NOON + timedelta(days=3)
    assert span_end(working_days(5), {}, NOON, _working) == NOON + timedelta(days=10)
    assert span_end(days("d"), {}, NOON, _working) is None
    assert span_end(days("d"), {"d": None}, NOON, _working) is None


@pytest.mark.parametrize("amount", [-1, True, "3", 1.5])
def test_a_span_of_no_count_is_an_error(amount):
    with pytest.raises(ValueError, match="no count"):
        span_end(Span("d", Unit.DAYS), {"d": amount}, NOON, _working)


# Fails where the later of two timers is taken, or one that never fires.
def test_the_next_timer_is_the_earliest_that_fires():
    moments = {After.ENTERED: NOON, After.DUE_AT: NOON + timedelta(days=3)}
    grace = {"grace_hours": 6}
    assert next_timer(LIFE, "in_use", grace, moments, _working) == (
        NOON + timedelta(days=3, hours=6), LIFE.timers[0],
    )
    soon = next_timer(LIFE, "in_use", grace | {"patience": 1}, moments, _working)
    assert soon == (NOON + timedelta(days=2), LIFE.timers[1])
    assert next_timer(LIFE, "ready", grace, moments, _working) is None
    assert fires_at(LIFE.timers[0], grace, {After.ENTERED: NOON}, _working) is None


def test_reachable_and_ending():
    assert reachable(LIFE) == ending(LIFE) == LIFE.states == {"ready", "in_use", "late", "closed"}
