"""Hours from a spreadsheet: they wait for the organiser as any others do, with whatever is odd about them flagged."""

import uuid
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select, tuple_, update
from sqlalchemy.dialects.postgresql import insert

from app.kernel import clock
from app.kernel.db import session
from app.kernel.ids import new_id
from app.staff import queries as staff
from app.staff.scoping import Scope, within
from app.volunteers.errors import VolunteerUnknown
from app.volunteers.imports.hour_cells import COLUMNS, Served, read
from app.volunteers.imports.kinds import Effect, Kind, Row, Seen
from app.volunteers.models import Volunteer
from app.volunteers.service import flagging, owning
from app.volunteers.service.errors import NotRegistered, SecondPersonNeeded
from app.volunteers.service.models import Activity, Attendance
from app.volunteers.service.organising_activities import OFFICER
from app.volunteers.service.telling import tell

CONFIRMED, GONE = "已经确认，请逐条更正。", "登记已不予采纳或不在本组织范围内，保留现状。"
COUNTED = ("present", "waiting", "confirmed")
Entry = tuple[uuid.UUID, date, str, int | None]  # whose, when, what, minutes: the same again is no news


def preview(scope: Scope, rows: Sequence[Row]) -> list[Seen]:
    with within(scope):
        people, own = _people(scope, rows), _own(scope)
        there = _there(scope, rows, people)
        return [_seen(row, people, own, there) for row in rows]


def write(scope: Scope, rows: Sequence[Row], moment: datetime) -> list[Effect]:
    """In an order that every import keeps: of the people, since what is odd about them waits at their rows."""
    people, own = _people(scope, rows), _own(scope)
    there = _there(scope, rows, people)
    seen = {row.number: _seen(row, people, own, there) for row in rows}
    fresh = [row for row in rows if seen[row.number].outcome == "new"]
    activities = _activities(scope, [row.value for row in fresh], moment)
    made = {row.number: _values(scope, row.value, _of(row.value, people), activities, moment) for row in fresh}
    if made:
        session().execute(insert(Attendance), sorted(made.values(), key=lambda each: each["volunteer_id"]))
        flagging.look([each["id"] for each in made.values()], _region(scope))
        tell(scope, "hours.imported", "批量导入服务时长", [each["volunteer_id"] for each in made.values()])
    return [Effect(row.number, seen[row.number].outcome, made[row.number]["id"] if row.number in made else None,
                   words=seen[row.number].words) for row in rows]


def undo(scope: Scope, effects: Sequence[Effect], moment: datetime) -> dict[int, str]:
    """What waits is withdrawn; what was confirmed meanwhile stays, and says so."""
    ids = [effect.subject for effect in effects if effect.subject is not None]
    states = {row.id: row.state for row in session().execute(select(Attendance.id, Attendance.state).where(
        scope.sees(Attendance.organisation_path), Attendance.id.in_(ids)).order_by(Attendance.id).with_for_update())}
    going = [each for each, state in states.items() if state == "waiting"]
    if going:
        done = session().execute(update(Attendance).where(
            scope.sees(Attendance.organisation_path), Attendance.id.in_(going)).values(
                state="withdrawn", reason="导入已撤销").returning(Attendance.volunteer_id)
            .execution_options(synchronize_session=False)).all()
        flagging.look(going, _region(scope))
        tell(scope, "hours.import_undone", "撤销批量导入", [row.volunteer_id for row in done])
    return {effect.number: CONFIRMED if states.get(effect.subject) == "confirmed" else GONE for effect in effects
            if effect.subject is not None and states.get(effect.subject) != "waiting"}


def _people(scope: Scope, rows: Sequence[Row]) -> dict[str | bytes, Volunteer]:
    """By number and by identity, those whom the scope sees."""
    told: list[Served] = [row.value for row in rows]
    found = session().scalars(select(Volunteer).where(
        scope.sees(Volunteer.organisation_path),
        Volunteer.volunteer_no.in_({each.volunteer_no for each in told if each.volunteer_no})
        | Volunteer.identity_index.in_({each.index for each in told if each.index}))
        .execution_options(populate_existing=True))
    return {key: each for each in found for key in (each.volunteer_no, each.identity_index)}


def _of(value: Served, people: dict[str | bytes, Volunteer]) -> Volunteer:
    return people[value.volunteer_no or value.index or b""]


def _own(scope: Scope) -> uuid.UUID | None:
    """Who hasn't said which volunteer they are says it before they confirm."""
    told = owning.told(scope)
    return None if told is None else told.volunteer_id


def _seen(row: Row, people: dict[str | bytes, Volunteer], own: uuid.UUID | None, there: set[Entry]) -> Seen:
    value: Served = row.value
    volunteer = people.get(value.volunteer_no or value.index or b"")
    if volunteer is None:
        place = "volunteer_no" if value.volunteer_no else "id_number"
        return Seen(row.number, "wrong", {place: VolunteerUnknown.detail})
    if volunteer.state != "registered":
        return Seen(row.number, "wrong", {"": NotRegistered.detail})
    if volunteer.id == own:
        return Seen(row.number, "wrong", {"": SecondPersonNeeded.detail})
    known = (volunteer.id, value.served_on, value.activity, value.minutes) in there
    return Seen(row.number, "same" if known else "new")


def _there(scope: Scope, rows: Sequence[Row], people: dict[str | bytes, Volunteer]) -> set[Entry]:
    """What is entered already of these people on these days."""
    days = {(people[key].id, row.value.served_on) for row in rows
            if (key := row.value.volunteer_no or row.value.index or b"") in people}
    if not days:
        return set()
    found = session().execute(
        select(Attendance.volunteer_id, Attendance.served_on, Activity.title, Attendance.minutes)
        .join(Activity, Activity.id == Attendance.activity_id)
        .where(scope.sees(Attendance.organisation_path), Attendance.state.in_(COUNTED),
               tuple_(Attendance.volunteer_id, Attendance.served_on).in_(list(days))))
    return {(row[0], row[1], row[2], row[3]) for row in found}


def _activities(scope: Scope, values: Sequence[Served], moment: datetime) -> dict[tuple[str, str, int], uuid.UUID]:
    """By title, place and year: made where there are none yet. What was asked of people then, nobody told."""
    own = staff.organisation(scope.organisation_id)
    named = {(each.activity, each.place, each.served_on.year) for each in values}
    if own is None or not named:
        return {}
    session().execute(insert(Activity).values([
        {"id": new_id(), "organisation_id": own.id, "organisation_path": own.path, "organiser": own.name,
         "region": own.region, "title": title, "place": place, "begins_at": clock.day_start(date(year, 1, 1)),
         "ends_at": clock.day_start(date(year + 1, 1, 1)), "description": "批量导入", "dangerous": False,
         "unpaid": True, "source": "import", "made_by": scope.actor, "created_at": moment}
        for title, place, year in sorted(named)])
        .on_conflict_do_nothing())
    found = session().scalars(select(Activity).where(
        Activity.organisation_id == own.id, Activity.source == "import",
        tuple_(Activity.title, Activity.place).in_({(title, place) for title, place, _ in named})))
    return {(each.title, each.place, clock.shanghai_day(each.begins_at).year): each.id for each in found}


def _values(scope: Scope, value: Served, volunteer: Volunteer, activities: dict[tuple[str, str, int], uuid.UUID],
            moment: datetime) -> dict[str, Any]:
    own = staff.organisation(scope.organisation_id)
    ended = None if value.began_at is None else value.began_at + timedelta(minutes=value.minutes)
    return {"id": new_id(), "activity_id": activities[value.activity, value.place, value.served_on.year],
            "organisation_id": scope.organisation_id, "organisation_path": own.path if own else scope.path,
            "volunteer_id": volunteer.id, "volunteer_no": volunteer.volunteer_no, "served_on": value.served_on,
            "began_at": value.began_at, "ended_at": ended, "minutes": value.minutes, "source": "import",
            "state": "waiting", "entered_by": scope.account_id, "round": 1, "created_at": moment}


def _region(scope: Scope) -> str:
    own = staff.organisation(scope.organisation_id)
    return own.region if own else ""


KIND = Kind("hours", "服务时长", OFFICER, COLUMNS, read, lambda served: served.key, preview, write, undo)
