"""Deposit-free rental: who may, and how an order lives."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from marshmallow import ValidationError

from app.scenario import life
from app.scenario.conditions import evaluate
from app.scenario.contract import After, Need, Outcome, Role
from app.scenario.registry import load_one

RENTAL = load_one(Path(__file__).parents[1])
SCALE = ["AAA", "AA", "A", "B", "C", "D"]
GRADES = {grade: grade for grade in SCALE}
TERMS = RENTAL.load_terms(RENTAL.examples[0], GRADES)
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def _working(start, count):
    return start + timedelta(days=count)


def _walk(*steps):
    """From the start along (move, role); gives the last state and what was reported on the way."""
    state, reports = RENTAL.life.start, []
    for name, role in steps:
        move = life.find(RENTAL.life, state, name, role)
        state = move.target
        reports += [move.report] if move.report else []
    return state, reports


# Fails where rules.py compares the grade the wrong way, or lets one more than max_open be out.
@pytest.mark.parametrize(
    ("grade", "is_open", "unmet"),
    [
        ("A", 2, ()), ("AAA", 0, ()), ("B", 0, ("grade_too_low",)), ("NONE", 0, ("grade_too_low",)),
        ("A", 3, ("too_many_open",)), ("D", 9, ("grade_too_low", "too_many_open")),
    ],
)
def test_who_may_rent(grade, is_open, unmet):
    facts = {"credit.grade": grade, "usage.count_open": is_open}
    assert evaluate(RENTAL.conditions(TERMS), facts, SCALE).unmet == unmet


@pytest.mark.parametrize(
    "change",
    [
        {"min_grade": "Z"}, {"item": "gold"}, {"deposit_ceiling_fen": 0}, {"deposit_ceiling_fen": 10_000_001},
        {"deposit_ceiling_fen": "9900"}, {"max_days": 0}, {"objection_days": 4}, {"max_open": 0}, {"region": "360100"},
    ],
)
def test_terms_that_may_not_be_set(change):
    with pytest.raises(ValidationError) as caught:
        RENTAL.load_terms({**RENTAL.examples[0], **change}, GRADES)
    assert list(caught.value.messages) == list(change)


def test_an_order_that_goes_well_is_reported_once():
    assert _walk(("hand_over", Role.MERCHANT), ("return", Role.MERCHANT)) == ("returned", [Outcome.FULFILLED])


# Fails where a late return is no return.
@pytest.mark.parametrize(
    "late",
    [
        [("overdue", Role.CLOCK)],
        [("overdue", Role.CLOCK), ("remind", Role.CLOCK)],
        [("overdue", Role.CLOCK), ("object", Role.CITIZEN)],
        [("overdue", Role.CLOCK), ("remind", Role.CLOCK), ("object", Role.CITIZEN), ("dismiss_objection", Role.STAFF)],
    ],
)
def test_it_can_be_brought_back_at_any_time_before_the_breach(late):
    steps = [("hand_over", Role.MERCHANT), *late, ("return", Role.MERCHANT)]
    assert _walk(*steps) == ("returned", [Outcome.FULFILLED])


# Fails where a breach comes without a reminder, while an objection is open, or by the merchant's own hand.
def test_a_breach_comes_only_after_the_reminder():
    reminded = [("hand_over", Role.MERCHANT), ("overdue", Role.CLOCK), ("remind", Role.CLOCK)]
    assert _walk(*reminded, ("breach", Role.CLOCK)) == ("breached", [Outcome.BREACHED])
    for early in (reminded[:1], reminded[:2], [*reminded, ("object", Role.CITIZEN)]):
        with pytest.raises(life.NotAllowed):
            _walk(*early, ("breach", Role.CLOCK))
    with pytest.raises(life.NotAllowed):
        _walk(*reminded, ("breach", Role.MERCHANT))
    for move in RENTAL.life.moves:
        if move.report is Outcome.BREACHED:
            assert Need.TOLD in move.needs


def test_a_breach_that_was_wrong_is_taken_back_by_the_staff():
    steps = [("hand_over", Role.MERCHANT), ("overdue", Role.CLOCK), ("remind", Role.CLOCK), ("breach", Role.CLOCK)]
    assert _walk(*steps, ("overturn", Role.STAFF)) == ("returned", [Outcome.BREACHED, Outcome.REVERSED])


# Fails where a reversal releases the place in the quota that the entitlement, back in hand, still fills.
def test_a_reversal_brings_the_entitlement_back_with_its_place():
    for state in ("in_use", "returned"):
        move = life.find(RENTAL.life, state, RENTAL.manifest.doors.reversal, Role.MERCHANT)
        assert (move.target, move.report, move.releases_quota) == ("ready", Outcome.REVERSED, False)


# Fails where grace or the time to object are not those of the terms.
def test_the_clock_goes_by_the_terms():
    due = NOON + timedelta(days=3)
    moments = {After.ENTERED: NOON, After.DUE_AT: due}
    terms = TERMS | {"grace_hours": 2, "objection_days": 7}
    assert life.next_timer(RENTAL.life, "in_use", terms, moments, _working)[0] == due + timedelta(hours=2)
    assert life.next_timer(RENTAL.life, "overdue", terms, moments, _working)[0] == NOON
    for state in ("reminded", "dismissed"):
        at, timer = life.next_timer(RENTAL.life, state, terms, moments, _working)
        assert (at, timer.move) == (NOON + timedelta(days=7), "breach")
    assert life.next_timer(RENTAL.life, "objected", terms, moments, _working) is None


# Fails where a bill goes on from a reminder that was about something else, or where payment has no clock of its own.
@pytest.mark.parametrize("late", [[], [("overdue", Role.CLOCK)], [("overdue", Role.CLOCK), ("remind", Role.CLOCK)]])
def test_what_is_owed_has_its_own_grace_reminder_and_time_to_object(late):
    billed = [("hand_over", Role.MERCHANT), *late, ("bill", Role.MERCHANT)]
    assert _walk(*billed) == ("owed", [])
    with pytest.raises(life.NotAllowed):
        _walk(*billed, ("breach", Role.CLOCK))
    with pytest.raises(life.NotAllowed):
        _walk(*billed, ("remind", Role.CLOCK))
    at, timer = life.next_timer(RENTAL.life, "owed", TERMS, {After.ENTERED: NOON, After.DUE_AT: NOON}, _working)
    assert (at, timer.move) == (NOON + timedelta(hours=24), "overdue")
    assert _walk(*billed, ("return", Role.MERCHANT)) == ("returned", [Outcome.FULFILLED])
    unpaid = [("overdue", Role.CLOCK), ("remind", Role.CLOCK), ("breach", Role.CLOCK)]
    assert _walk(*billed, *unpaid) == ("breached", [Outcome.BREACHED])


# Fails where a bill starts the clock of a payment while an objection is open.
def test_while_an_objection_is_open_no_bill_moves_it():
    objected = [("hand_over", Role.MERCHANT), ("overdue", Role.CLOCK), ("object", Role.CITIZEN)]
    with pytest.raises(life.NotAllowed):
        _walk(*objected, ("bill", Role.MERCHANT))
    assert _walk(*objected, ("dismiss_objection", Role.STAFF), ("bill", Role.MERCHANT))[0] == "owed"


# Fails where what was billed can still be called off, or the place in the quota stays taken.
def test_an_order_that_is_called_off_is_reported_and_gives_its_place_back():
    move = life.find(RENTAL.life, "in_use", RENTAL.manifest.doors.calling_off, Role.MERCHANT)
    assert (move.target, move.report, move.releases_quota) == ("cancelled", Outcome.CANCELLED, True)
    with pytest.raises(life.NotAllowed):
        _walk(("hand_over", Role.MERCHANT), ("bill", Role.MERCHANT), ("call_off", Role.MERCHANT))
