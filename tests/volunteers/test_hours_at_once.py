"""The database has the last word: the same hours done twice at once count once, whoever is faster.

Breaks tried: confirming without its locks and without `uq_service_records_confirmed` (hours count several times); a
correction that doesn't lock; the function of migration 0026 without its lock of the volunteers.
"""

import uuid
from typing import Any

import pytest

from app.kernel.errors import Refusal
from app.staff.scoping import within
from app.volunteers import queries
from app.volunteers.service import confirming, correcting
from app.volunteers.service import queries as hours_queries
from tests.volunteers import field
from tests.volunteers.field import TEN, Field, at_once


@pytest.fixture
def there(inside: Any, monkeypatch: pytest.MonkeyPatch) -> Field:
    made = field.made(monkeypatch)
    made.moment.passes(hours=3)
    return made


def confirmed(there: Field) -> tuple[Any, uuid.UUID, uuid.UUID]:
    """An activity, its volunteer with an hour, the record."""
    activity, person = there.activity(), there.volunteer("甲", 1)
    made = there.by_hand(activity, "甲").id
    confirming.confirm(there.anna, activity.id)
    with within(there.anna):
        return activity, person, hours_queries.records_of(there.anna, made)[0].id


def test_confirmed_by_two_at_once(app: Any, there: Field, db: Any) -> None:
    activity = there.activity()
    people = [there.volunteer(f"第{serial}人", serial) for serial in range(1, 13)]
    for key in list(there.numbers):
        there.by_hand(activity, key)
    done = at_once(app, [lambda by=by: confirming.confirm(by, activity.id).done for by in (there.anna, there.bert) * 3])
    assert sorted(done) == [0, 0, 0, 0, 0, 12]
    assert {queries.minutes(each) for each in people} == {60}
    with pytest.raises(Exception, match="uq_service_records_confirmed"):
        db.execute("INSERT INTO service_records (id, volunteer_id, activity, served_on, minutes, source, "
                   "organisation_path, created_at, attendance_id, round) SELECT gen_random_uuid(), volunteer_id, "
                   "activity, served_on, minutes, source, organisation_path, now(), attendance_id, round "
                   "FROM service_records LIMIT 1")


def test_undone_and_corrected_at_once(app: Any, there: Field, db: Any) -> None:
    """One of them is refused by name, or they follow each other; it never counts less than nothing or twice."""
    _, person, record = confirmed(there)
    confirmation = db.execute("SELECT confirmation_id FROM attendances").fetchone()[0]
    done = at_once(app, [lambda: confirming.undo(there.anna, confirmation),
                         lambda: correcting.correct(there.bert, record, 20, "多记了")])
    refused = [each for each in done if isinstance(each, Exception)]
    assert len(refused) == 1, done
    assert isinstance(refused[0], Refusal)
    state, minutes = db.execute("SELECT state, minutes FROM attendances").fetchone()
    assert queries.minutes(person) == {"waiting": 0, "confirmed": 20}[state]
    assert minutes == {"waiting": 60, "confirmed": 20}[state]


def test_corrected_by_four_at_once(app: Any, there: Field, db: Any) -> None:
    """Each starts from what the one before has left: the last word is one of the four, and the entries add up."""
    _, person, record = confirmed(there)
    at_once(app, [lambda to=to: correcting.correct(there.bert, record, to, "多记了") for to in (10, 20, 30, 40)])
    assert queries.minutes(person) in (10, 20, 30, 40)
    assert db.execute("SELECT minutes FROM attendances").fetchone() == (queries.minutes(person),)


def test_two_entries_of_one_hour_at_once_see_each_other(app: Any, there: Field, db: Any) -> None:
    """On different activities, by two officers. Break: the function of 0026 without its lock of the volunteer."""
    for round_ in range(5):
        there.volunteer(f"同时{round_}", round_ + 1)
        pair = [there.activity(title=f"甲{round_}"), there.activity(title=f"乙{round_}")]
        at_once(app, [lambda by=by, of=of, key=f"同时{round_}": there.by_hand(of, key, begin=TEN, by=by).id
                      for by, of in zip((there.anna, there.bert), pair, strict=True)])
    assert db.execute("SELECT count(*) FROM attendance_flags WHERE kind = 'overlap'").fetchone() == (10,)
