"""From an attendance to hours that count: entered, flagged, confirmed by others, put right; who may do what.

Breaks tried: the triggers on service_records disabled (a record is changed; less than nothing is left); confirming
without asking for flags and with its trigger disabled (what overlaps counts); `own_numbers` without namesakes; a
correction that starts from nothing instead of `net`; raising by who confirmed; a move that takes all records along.
"""

from datetime import timedelta
from typing import Any

import psycopg
import pytest

from app.identity import erasing, exporting
from app.kernel import clock
from app.kernel.db import transaction
from app.staff.errors import RoleMissing
from app.staff.scoping import within
from app.volunteers import facts, placing, queries
from app.volunteers.errors import HoursBelowZero, VolunteerUnknown
from app.volunteers.models import Volunteer
from app.volunteers.placing import Place
from app.volunteers.service import confirming, correcting, entering, flagging, hours, organising_activities, owning
from app.volunteers.service import queries as hours_queries
from app.volunteers.service.errors import (
    ActivityHasHours,
    ActivityRefused,
    ActivityUnknown,
    AttendanceRefused,
    AttendanceUnknown,
    CorrectionRefused,
    FlagUnknown,
    OwnNumberUntold,
    RecordUnknown,
    SecondPersonNeeded,
    StillToCome,
    UndoOver,
)
from app.volunteers.service.models import Flag
from tests import cast
from tests.volunteers import field, league
from tests.volunteers.field import OFFICER, TEN, Field, signs, taken_in


@pytest.fixture
def there(inside: Any, monkeypatch: pytest.MonkeyPatch) -> Field:
    made = field.made(monkeypatch)
    made.moment.passes(hours=3)
    return made


def open_flags(there: Field) -> list[str]:
    with within(there.anna) as s:
        return sorted(row.kind for row in s.execute(hours_queries.flags(there.anna)))


def flag_of(there: Field, attendance: Any) -> Flag:
    with within(there.anna):
        return hours_queries.flags_of(there.anna, attendance.id)[0]


def test_what_an_activity_has_to_say(there: Field) -> None:
    """志愿服务条例 12 (risk), 17 (insurance), 2 (unpaid). Break: `check` not called."""
    for wrong, place in (({"risk": " "}, "risk"), ({"dangerous": True}, "insurance"), ({"unpaid": False}, "unpaid"),
                         ({"ends_at": TEN}, "ends_at"), ({"ends_at": TEN + timedelta(days=400)}, "ends_at")):
        with pytest.raises(ActivityRefused) as no:
            there.activity(**wrong)
        assert set(no.value.errors or {}) == {place}
    made = there.activity(dangerous=True, insurance="示例保险 2026-001", partner="示例环保协会")
    assert (made.organiser, there.activity().organiser) == ("示例环保协会", "东县团委")
    with pytest.raises(ActivityUnknown):
        organising_activities.change(there.west, made.id, field.plan())
    with pytest.raises(RoleMissing):
        there.activity(there.chief)


def test_confirmed_hours_count_and_stars_follow(there: Field, db: Any) -> None:
    activity, lin = there.activity(ends_at=TEN + timedelta(days=20)), taken_in(cast.LIN, there.league.east)
    for day in range(9):
        began = TEN + timedelta(days=day)
        there.moment.now = began
        signs(lin, activity, "I", began)
        there.moment.passes(hours=12)
        signs(lin, activity, "O", there.moment.now)
    done = confirming.confirm(there.anna, activity.id)
    assert (done.done, done.left) == (9, {})
    assert facts.facts(lin) == {"volunteer.stars": 1, "volunteer.hours": 108}
    row = db.execute("SELECT activity, minutes, source, author FROM service_records LIMIT 1").fetchone()
    assert row == ("社区清洁", 720, "东县团委 · 扫码签到", there.anna.actor)
    assert confirming.confirm(there.anna, activity.id).done == 0, "again is no harm"
    record = db.execute("SELECT id FROM service_records LIMIT 1").fetchone()[0]
    correcting.correct(there.bert, record, 60, "签到后提前离开")
    assert facts.facts(lin) == {"volunteer.stars": 0, "volunteer.hours": 97}


def test_records_are_only_added_to(there: Field, db: Any) -> None:
    there.volunteer("甲", 1)
    there.by_hand(activity := there.activity(), "甲")
    confirming.confirm(there.anna, activity.id)
    for change in ("UPDATE service_records SET minutes = 600", "DELETE FROM service_records",
                   "UPDATE service_records SET served_on = '2026-01-01'", "TRUNCATE service_records CASCADE"):
        with pytest.raises(psycopg.errors.RestrictViolation):
            db.execute(change)


def test_what_is_odd_waits_for_somebody_else(there: Field, db: Any) -> None:
    activity, other = there.activity(), there.activity(title="同时的另一项")
    there.volunteer("甲", 1)
    first, second = there.by_hand(activity, "甲"), there.by_hand(other, "甲", begin=TEN + timedelta(minutes=59))
    assert open_flags(there) == ["overlap", "overlap"]
    assert confirming.confirm(there.bert, activity.id).reasons() == {confirming.FLAGGED: 1}
    flag = flag_of(there, first)
    with pytest.raises(SecondPersonNeeded):
        flagging.clear(there.anna, flag.id, "两处相邻")
    with pytest.raises(psycopg.errors.CheckViolation):
        db.execute("UPDATE attendance_flags SET cleared_by = entered_by, cleared_at = now(), reason = 'x'")
    with pytest.raises(psycopg.errors.CheckViolation):
        db.execute("UPDATE attendances SET state = 'confirmed', confirmed_by = %s, confirmed_at = now(), "
                   "confirmation_id = id", [there.bert.account_id])
    flagging.clear(there.bert, flag.id, "两处相邻，走路五分钟")
    with pytest.raises(FlagUnknown):
        flagging.clear(there.chief, flag.id, "再说一遍")
    assert confirming.confirm(there.bert, activity.id).done == 0, "nor by who has said that it is right"
    assert confirming.confirm(there.anna, activity.id).done == 1
    assert entering.refuse(there.anna, other.id, [second.id], "与另一项重叠") == 1
    assert open_flags(there) == []


def test_what_became_odd_again_is_asked_again(there: Field) -> None:
    activity = there.activity()
    there.volunteer("甲", 1)
    first = there.by_hand(activity, "甲")
    there.by_hand(there.activity(title="二"), "甲")
    flagging.clear(there.bert, flag_of(there, first).id, "已核对")
    third = there.by_hand(there.activity(title="三"), "甲")
    assert open_flags(there) == ["overlap"] * 3
    entering.refuse(there.anna, third.activity_id, [third.id], "重复登记")
    assert open_flags(there) == ["overlap"] * 2, "what isn't counted makes nothing odd"


@pytest.mark.parametrize(("minutes", "odd"), [(120, []), (121, ["long_day", "long_day"])])
def test_more_than_twelve_hours_a_day(there: Field, minutes: int, odd: list[str]) -> None:
    """720 minutes are the region's (config/hours.toml); the day is Shanghai's. Break: `>=` for `>`."""
    activity = there.activity(ends_at=TEN + timedelta(days=2))
    there.moment.passes(days=3)
    there.volunteer("甲", 1)
    there.by_hand(activity, "甲", minutes=600)
    there.by_hand(activity, "甲", minutes=minutes, begin=TEN + timedelta(minutes=600))
    there.by_hand(activity, "甲", minutes=600, begin=TEN + timedelta(days=1))
    assert open_flags(there) == odd


def test_what_is_still_to_come(there: Field) -> None:
    activity = there.activity(ends_at=TEN + timedelta(days=2))
    there.volunteer("甲", 1)
    begin = TEN + timedelta(days=1)
    ahead = there.by_hand(activity, "甲", begin=begin)
    assert open_flags(there) == ["future"]
    with pytest.raises(StillToCome):
        flagging.clear(there.bert, flag_of(there, ahead).id, "明天一定去")
    assert confirming.confirm(there.anna, activity.id).done == 0
    there.moment.now = begin + timedelta(hours=2)
    flagging.clear(there.bert, flag_of(there, ahead).id, "已到场")
    assert confirming.confirm(there.anna, activity.id).done == 1


def test_nobody_does_their_own(there: Field, db: Any) -> None:
    activity, mine = there.activity(), there.volunteer("甲", 1)
    there.volunteer("人员", 2)  # the officers' own name
    own, namesake = there.by_hand(activity, "甲"), there.by_hand(activity, "人员")
    newcomer = league.colleague(there.league.east, OFFICER)
    with pytest.raises(OwnNumberUntold):
        confirming.confirm(newcomer, activity.id)
    with pytest.raises(VolunteerUnknown):
        owning.tell(newcomer, "nobody")
    owning.tell(there.bert, there.numbers["甲"])
    left = confirming.confirm(there.bert, activity.id).left
    assert left == {own.id: confirming.OWN, namesake.id: confirming.OWN}
    with pytest.raises(SecondPersonNeeded):
        there.by_hand(activity, "甲", begin=TEN + timedelta(hours=1), by=there.bert)
    with pytest.raises(psycopg.errors.CheckViolation):
        db.execute("UPDATE attendances SET state = 'confirmed', confirmed_by = %s, confirmed_at = now(), "
                   "confirmation_id = id WHERE volunteer_id = %s", [there.bert.account_id, mine])
    assert confirming.confirm(there.anna, activity.id, [own.id]).done == 1
    record = db.execute("SELECT id FROM service_records").fetchone()[0]
    with pytest.raises(SecondPersonNeeded):
        correcting.correct(there.bert, record, 10, "本人")


def test_undone_whole_for_a_while(there: Field, db: Any) -> None:
    activity = there.activity()
    people = [there.volunteer(key, serial) for serial, key in enumerate("甲乙", 1)]
    for key in "甲乙":
        there.by_hand(activity, key)
    done = confirming.confirm(there.anna, activity.id)
    with pytest.raises(AttendanceUnknown):
        confirming.undo(there.bert, done.id)
    assert confirming.undo(there.anna, done.id) == 2
    assert [queries.minutes(each) for each in people] == [0, 0]
    assert db.execute("SELECT count(*), count(reason) FROM service_records").fetchone() == (4, 2)
    with pytest.raises(AttendanceUnknown):
        confirming.undo(there.anna, done.id)
    again = confirming.confirm(there.anna, activity.id)
    assert (again.done, [queries.minutes(each) for each in people]) == (2, [60, 60])
    with pytest.raises(ActivityHasHours):
        organising_activities.cancel(there.anna, activity.id)
    there.moment.passes(minutes=31)
    with pytest.raises(UndoOver):
        confirming.undo(there.anna, again.id)


def test_corrections_are_further_entries(there: Field, db: Any) -> None:
    activity, person = there.activity(), there.volunteer("甲", 1)
    there.by_hand(activity, "甲")
    confirming.confirm(there.anna, activity.id)
    record = db.execute("SELECT id FROM service_records").fetchone()[0]
    with pytest.raises(SecondPersonNeeded):
        correcting.correct(there.anna, record, 90, "少记了")
    assert correcting.correct(there.anna, record, 45, "多记了") == -15
    assert correcting.correct(there.bert, record, 90, "少记了") == 45
    assert queries.minutes(person) == 90
    rows = db.execute("SELECT minutes, reason, author, corrects_id FROM service_records ORDER BY id").fetchall()
    assert rows == [(60, None, there.anna.actor, None), (-15, "多记了", there.anna.actor, record),
                    (45, "少记了", there.bert.actor, record)]
    correction = db.execute("SELECT id FROM service_records WHERE minutes = 45").fetchone()[0]
    for by, of, minutes, why, no in (
            (there.bert, record, 90, "同", CorrectionRefused), (there.bert, record, 1441, "x", CorrectionRefused),
            (there.bert, record, 10, " ", CorrectionRefused), (there.west, record, 10, "x", RecordUnknown),
            (there.bert, correction, 1, "x", RecordUnknown)):
        with pytest.raises(no):
            correcting.correct(by, of, minutes, why)
    with pytest.raises(psycopg.errors.CheckViolation):
        db.execute("INSERT INTO service_records (id, volunteer_id, activity, served_on, minutes, source, "
                   "organisation_path, created_at, corrects_id, reason, author) SELECT gen_random_uuid(), "
                   "volunteer_id, activity, served_on, -91, source, organisation_path, now(), id, 'x', 'x' "
                   "FROM service_records WHERE corrects_id IS NULL")
    with pytest.raises(UndoOver):
        confirming.undo(there.anna, db.execute("SELECT confirmation_id FROM attendances").fetchone()[0])


def test_nothing_goes_below_nothing(there: Field, db: Any) -> None:
    """What the terminal took away can't be taken away again by a correction."""
    activity, person = there.activity(), there.volunteer("甲", 1)
    there.by_hand(activity, "甲")
    confirming.confirm(there.anna, activity.id)
    record = db.execute("SELECT id FROM service_records").fetchone()[0]
    hours.add(person, activity="更正", served_on=clock.today(), minutes=-50, source="cli")
    with pytest.raises(HoursBelowZero):
        correcting.correct(there.bert, record, 9, "多记了")
    assert correcting.correct(there.bert, record, 50, "多记了") == -10


def test_what_cant_be_entered(there: Field) -> None:
    activity = there.activity()
    there.volunteer("甲", 1)
    there.volunteer("西", 2, there.league.west)
    for minutes, begin in ((0, TEN), (60, TEN - timedelta(minutes=1)), (300, TEN), (1441, TEN)):
        with pytest.raises(AttendanceRefused):
            there.by_hand(activity, "甲", minutes, begin)
    with pytest.raises(VolunteerUnknown):
        there.by_hand(activity, "西")
    with pytest.raises(ActivityUnknown):
        there.by_hand(activity, "西", by=there.west)


def test_a_neighbours_volunteer_who_scanned_counts_at_home(there: Field) -> None:
    """Confirmed by who held the activity; an officer of the west sees nothing of it (decision 0212)."""
    activity, lin = there.activity(), taken_in(cast.LIN, there.league.west)
    there.moment.now = TEN
    signs(lin, activity, "I", TEN)
    signs(lin, activity, "O", there.moment.passes(hours=2))
    assert confirming.confirm(there.anna, activity.id).done == 1
    assert facts.facts(lin)["volunteer.hours"] == 2
    with within(there.west) as s:
        assert list(s.execute(hours_queries.records(there.west))) == []


def test_who_left_keeps_what_was_served(there: Field, db: Any) -> None:
    """Decision 0214: confirmed all the same, and counts again where they come back."""
    activity, lin = there.activity(), taken_in(cast.LIN, there.league.east)
    there.moment.now = TEN
    signs(lin, activity, "I", TEN)
    signs(lin, activity, "O", there.moment.passes(hours=2))
    db.execute("UPDATE volunteers SET state = 'left', left_cause = 'own_wish'")
    assert confirming.confirm(there.anna, activity.id).done == 1
    assert facts.facts(lin)["volunteer.hours"] == 0
    db.execute("UPDATE volunteers SET state = 'registered', left_cause = NULL")
    assert facts.facts(lin)["volunteer.hours"] == 2


def test_who_moves_leaves_what_was_confirmed_with_who_confirmed_it(there: Field, db: Any) -> None:
    """Decision 0214: 谁记录谁证明; it counts all the same, and its organiser can still put it right."""
    activity, person = there.activity(), there.volunteer("甲", 1)
    there.by_hand(activity, "甲")
    done = confirming.confirm(there.anna, activity.id)
    hours.add(person, activity="旧记录", served_on=clock.today(), minutes=30, source="cli")
    with transaction() as s:
        placing.place(s.get(Volunteer, person), Place(there.league.west.organisation_id, there.league.west.path))
    by_path = dict(db.execute("SELECT organisation_path, sum(minutes)::int FROM service_records GROUP BY 1").fetchall())
    assert by_path == {there.league.east.path: 60, there.league.west.path: 30}
    assert queries.minutes(person) == 90
    assert confirming.undo(there.anna, done.id) == 1
    assert queries.minutes(person) == 30


def test_what_a_person_takes_along_and_what_stays(there: Field, db: Any) -> None:
    """An application goes with the account, but where somebody stands in an activity's list."""
    activity, lin = there.activity(), taken_in(cast.LIN, there.league.east)
    there.moment.now = TEN
    signs(lin, activity, "I", TEN)
    told = exporting.export(lin)["volunteer"]["attendances"]
    assert [(each["activity"], each["state"], each["minutes"]) for each in told] == [("社区清洁", "present", None)]
    db.execute("UPDATE volunteers SET state = 'applied'")
    erasing.erase(lin.id)
    assert db.execute("SELECT count(*) FROM volunteers").fetchone() == (1,)
