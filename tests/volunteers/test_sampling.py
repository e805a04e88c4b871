"""Looks from above: drawn so that anybody can draw it again, settled by others, and what wrong finds bring about.

Breaks tried: a draw by `random` (not the same again); a percentage rounded down; found wrong without `_whole`; no
second person in `_item`, and the CHECK dropped.
"""

import uuid
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from app.kernel import clock
from app.kernel.db import session
from app.staff.errors import RoleMissing
from app.staff.scoping import within
from app.volunteers import queries
from app.volunteers.service import confirming, owning, sampling
from app.volunteers.service import queries as hours_queries
from app.volunteers.service.errors import (
    ActivitySuspected,
    AttendanceSettled,
    NothingToSample,
    SampleUnknown,
    SecondPersonNeeded,
    UndoOver,
)
from tests.volunteers import field, league
from tests.volunteers.field import REVIEWER, Field

TODAY = clock.shanghai_day(field.TEN)


@pytest.fixture
def there(inside: Any, monkeypatch: pytest.MonkeyPatch) -> Field:
    made = field.made(monkeypatch)
    made.moment.passes(hours=3)
    return made


def served(there: Field, people: int, title: str = "社区清洁") -> tuple[Any, list[uuid.UUID]]:
    """So many hours of so many people, confirmed by Anna."""
    activity, first = there.activity(title=title), len(there.numbers)
    ids = []
    for serial in range(first + 1, first + people + 1):
        ids.append(there.volunteer(f"第{serial}人", serial))
        there.by_hand(activity, f"第{serial}人", by=there.bert)
    assert confirming.confirm(there.anna, activity.id).done == people
    return activity, ids


def items(there: Field, sample_id: uuid.UUID) -> list[Any]:
    with within(there.chief):
        return hours_queries.sample_items(there.chief, sample_id)


@pytest.mark.parametrize(("of", "share", "least", "taken"), [(100, 5, 5, 5), (101, 5, 5, 6), (3, 5, 5, 3),
                                                             (0, 5, 5, 0), (40, 100, 1, 40)])
def test_the_share_that_is_drawn(of: int, share: int, least: int, taken: int) -> None:
    ids = [uuid.uuid4() for _ in range(of)]
    first = sampling.drawn("a seed", ids, share, least)
    assert len(first) == taken
    assert first == sampling.drawn("a seed", reversed(ids), share, least)
    if of == 100:
        assert first != sampling.drawn("another", ids, share, least)


def test_each_is_drawn_as_often_as_any_other() -> None:
    """Over 400 seeds each of 20 is drawn 100 times, give or take; the chance of this to fail is below 1e-6."""
    ids, seen = [uuid.UUID(int=place) for place in range(20)], dict.fromkeys(range(20), 0)
    for seed in range(400):
        for each in sampling.drawn(str(seed), ids, 25, 1):
            seen[each.int] += 1
    assert all(50 < count < 150 for count in seen.values()), seen


def test_drawn_and_kept_so_that_it_can_be_drawn_again(there: Field, db: Any) -> None:
    served(there, 8)
    made = sampling.draw(there.chief, TODAY, TODAY)
    assert (made.population, len(items(there, made.id))) == (8, 5)
    with within(there.chief):
        assert sampling.same_again(session().merge(made))
    rest = sampling.draw(there.chief, TODAY, TODAY)
    assert {row.attendance_id for row in items(there, rest.id)}.isdisjoint(
        {row.attendance_id for row in items(there, made.id)})
    with pytest.raises(NothingToSample):
        sampling.draw(there.chief, TODAY, TODAY)
    db.execute("UPDATE hour_sample_items SET place = 6 - place WHERE sample_id = %s", [made.id])
    with within(there.chief):
        assert not sampling.same_again(session().merge(made))


def test_who_draws_and_settles(there: Field, db: Any) -> None:
    served(there, 1)
    unit = league.colleague(there.league.school, REVIEWER)
    for by in (unit, there.anna):
        with pytest.raises(RoleMissing):
            sampling.draw(by, TODAY, TODAY)
    made = sampling.draw(there.chief, TODAY, TODAY)
    item = items(there, made.id)[0]
    west = league.colleague(there.league.west, REVIEWER)
    owning.tell(west, None)
    with pytest.raises(SampleUnknown):
        sampling.find_right(west, item.id)
    for own in (there.anna, there.bert):  # who confirmed, who entered
        with pytest.raises(SecondPersonNeeded):
            sampling.find_right(field.replace(own, roles=frozenset({REVIEWER})), item.id)
        with pytest.raises(psycopg.errors.CheckViolation):
            db.execute("UPDATE hour_sample_items SET outcome = 'right', found_at = now(), found_by = %s",
                       [own.account_id])
    sampling.find_right(there.chief, item.id)
    with pytest.raises(AttendanceSettled):
        sampling.find_right(there.chief, item.id)
    assert db.execute("SELECT ended_at IS NOT NULL FROM hour_samples").fetchone() == (True,)
    with pytest.raises(UndoOver):
        confirming.undo(there.anna, db.execute("SELECT confirmation_id FROM attendances").fetchone()[0])


def test_found_wrong_is_put_right_and_all_of_its_activity_looked_at(there: Field, db: Any) -> None:
    activity, people = served(there, 8)
    other, _ = served(there, 1, "另一项")
    made = sampling.draw(there.chief, TODAY, TODAY)
    drawn = [row for row in items(there, made.id) if row.activity_id == activity.id]
    whole = sampling.find_wrong(there.chief, drawn[0].id, 20, "提前离开")
    assert whole is not None
    assert queries.minutes(drawn[0].volunteer_id) == 20
    rest = items(there, whole.id)
    assert len(drawn) + len(rest) == len(people), "what was drawn already is looked at there"
    assert sampling.find_wrong(there.chief, drawn[1].id, 0, "没有到场") is None, "all of it is looked at already"
    there.volunteer("后来", 99)
    with pytest.raises(ActivitySuspected):
        there.by_hand(activity, "后来")
    with pytest.raises(ActivitySuspected):
        confirming.confirm(there.anna, activity.id)
    confirming.confirm(there.anna, other.id)
    for row in rest:
        sampling.find_right(there.chief, row.id)
    there.by_hand(activity, "后来")
    assert confirming.confirm(there.anna, activity.id).done == 1
    told = db.execute("SELECT reason, author FROM service_records WHERE corrects_id IS NOT NULL ORDER BY id").fetchall()
    assert told == [("抽查更正：提前离开", there.chief.actor), ("抽查更正：没有到场", there.chief.actor)]


def test_the_time_of_a_sample_is_of_confirming(there: Field) -> None:
    served(there, 1)
    with pytest.raises(NothingToSample):
        sampling.draw(there.chief, TODAY + timedelta(days=1), TODAY + timedelta(days=9))
