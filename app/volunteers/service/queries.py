"""Reads of activities and hours, each within what its reader sees."""

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, func, select

from app.identity.queries import Citizen
from app.kernel.db import session
from app.kernel.http import page
from app.staff.scoping import Scope
from app.volunteers import queries, sealing
from app.volunteers.errors import NotAVolunteer
from app.volunteers.models import ServiceRecord, Volunteer
from app.volunteers.service.models import Activity, Attendance, Flag, Sample, SampleItem

OPEN_FLAGS = (select(func.count()).where(Flag.attendance_id == Attendance.id, Flag.cleared_at.is_(None))
              .correlate(Attendance).scalar_subquery())


def of_citizen(citizen: Citizen, args: dict[str, Any]) -> tuple[list[tuple[Attendance, Activity]], str | None]:
    """A page of the citizen's own, newest first, each with its activity. Raises NotAVolunteer."""
    volunteer = queries.of_citizen(citizen)
    if volunteer is None:
        raise NotAVolunteer
    rows, following = page(select(Attendance).where(Attendance.volunteer_id == volunteer.id)
                           .execution_options(populate_existing=True), (Attendance.created_at, Attendance.id), args)
    activities = {each.id: each for each in session().scalars(
        select(Activity).where(Activity.id.in_({row.activity_id for row in rows})))}
    return [(row, activities[row.activity_id]) for row in rows], following


def all_of(volunteer_id: uuid.UUID) -> list[tuple[Attendance, Activity]]:
    """Everything, for the person who takes their data along."""
    found = session().execute(select(Attendance, Activity).join(Activity, Activity.id == Attendance.activity_id)
                              .where(Attendance.volunteer_id == volunteer_id).order_by(Attendance.id))
    return [(row[0], row[1]) for row in found]


def activities(scope: Scope) -> Select[Any]:
    """Activities with `waiting`: how many attendances wait for being confirmed."""
    waiting = (select(func.count()).where(Attendance.activity_id == Activity.id, Attendance.state == "waiting")
               .correlate(Activity).scalar_subquery())
    return select(*Activity.__table__.columns, waiting.label("waiting")).where(scope.sees(Activity.organisation_path))


def attendances(scope: Scope, activity_id: uuid.UUID | None = None) -> Select[Any]:
    """Attendances with their activity's title and `flags`: how many say something odd and nobody has answered."""
    query = (select(*Attendance.__table__.columns, Activity.title, OPEN_FLAGS.label("flags"))
             .join(Activity, Activity.id == Attendance.activity_id)
             .where(scope.sees(Attendance.organisation_path), scope.sees(Activity.organisation_path)))
    return query if activity_id is None else query.where(Attendance.activity_id == activity_id)


def counts(scope: Scope, activity_id: uuid.UUID) -> dict[str, int]:
    """Attendances of an activity by state, and `flagged`: those that wait with something odd."""
    seen = scope.sees(Attendance.organisation_path), Attendance.activity_id == activity_id
    by_state = select(Attendance.state, func.count()).where(*seen).group_by(Attendance.state)
    found = {row[0]: row[1] for row in session().execute(by_state)}
    found["flagged"] = session().scalar(select(func.count()).where(*seen, Attendance.state == "waiting",
                                                                   OPEN_FLAGS > 0)) or 0
    return found


def waiting(scope: Scope) -> dict[str, int]:
    """`waiting` to be confirmed, `flagged` among them, `drawn` and not looked at yet."""
    seen = scope.sees(Attendance.organisation_path), Attendance.state == "waiting"
    return {"waiting": _count(select(func.count()).where(*seen)),
            "flagged": _count(select(func.count()).where(*seen, OPEN_FLAGS > 0)),
            "drawn": _count(select(func.count()).where(scope.sees(SampleItem.organisation_path),
                                                       SampleItem.outcome.is_(None)))}


def flags(scope: Scope) -> Select[Any]:
    """What is odd and unanswered, with its attendance and activity."""
    told: Any = (Flag.id, Flag.kind, Flag.told, Flag.raised_at, Flag.attendance_id, Attendance.volunteer_no,
                 Attendance.volunteer_id, Attendance.served_on, Attendance.began_at, Attendance.ended_at,
                 Attendance.minutes, Attendance.activity_id, Activity.title)
    return (select(*told).join(Attendance, Attendance.id == Flag.attendance_id)
            .join(Activity, Activity.id == Attendance.activity_id)
            .where(scope.sees(Flag.organisation_path), scope.sees(Attendance.organisation_path),
                   Flag.cleared_at.is_(None), Attendance.state == "waiting"))


def flags_of(scope: Scope, attendance_id: uuid.UUID) -> list[Flag]:
    return list(session().scalars(select(Flag).where(scope.sees(Flag.organisation_path),
                                                     Flag.attendance_id == attendance_id).order_by(Flag.kind)))


def samples(scope: Scope) -> Select[Any]:
    """Samples with how many were `drawn`, how many are still `open`, how many were found `wrong`."""
    items = select(func.count()).where(SampleItem.sample_id == Sample.id).correlate(Sample)
    return select(Sample.id, Sample.activity_id, Sample.confirmed_from, Sample.confirmed_to, Sample.percent,
                  Sample.population, Sample.drawn_at, Sample.ended_at, items.scalar_subquery().label("drawn"),
                  items.where(SampleItem.outcome.is_(None)).scalar_subquery().label("open"),
                  items.where(SampleItem.outcome == "wrong").scalar_subquery().label("wrong")
                  ).where(scope.sees(Sample.organisation_path))


def sample_items(scope: Scope, sample_id: uuid.UUID) -> list[Any]:
    """In the order of the draw, each with its attendance and activity."""
    return list(session().execute(
        select(SampleItem.id, SampleItem.place, SampleItem.outcome, SampleItem.note, SampleItem.attendance_id,
               Attendance.volunteer_no, Attendance.volunteer_id, Attendance.served_on, Attendance.minutes,
               Attendance.source, Attendance.activity_id, Activity.title)
        .join(Attendance, Attendance.id == SampleItem.attendance_id)
        .join(Activity, Activity.id == Attendance.activity_id)
        .where(scope.sees(SampleItem.organisation_path), scope.sees(Attendance.organisation_path),
               SampleItem.sample_id == sample_id).order_by(SampleItem.place)))


def records_of(scope: Scope, attendance_id: uuid.UUID) -> list[ServiceRecord]:
    """Every entry that was ever made of it, in order."""
    return list(session().scalars(select(ServiceRecord).where(
        scope.sees(ServiceRecord.organisation_path), ServiceRecord.attendance_id == attendance_id)
        .order_by(ServiceRecord.created_at, ServiceRecord.id)))


def records(scope: Scope) -> Select[Any]:
    """All entries, corrections too."""
    return select(ServiceRecord).where(scope.sees(ServiceRecord.organisation_path))


def _count(query: Select[Any]) -> int:
    return int(session().scalar(query) or 0)


def names(scope: Scope, volunteer_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, str]:
    """The names of those whom the scope sees."""
    found = session().scalars(select(Volunteer).where(scope.sees(Volunteer.organisation_path),
                                                      Volunteer.id.in_(set(volunteer_ids))))
    return {each.id: name for each in found if (name := sealing.name_of(each)) is not None}
