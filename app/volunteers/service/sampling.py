"""The organisation above looks at some of what was confirmed below it: at random, and anybody can draw it again.

The draw: the ids of what was confirmed in the time, each with SHA-256 of the seed and the id; the smallest are taken.
What is found wrong is put right, and all of its activity is looked at.
"""

import hashlib
import secrets
import uuid
from collections.abc import Iterable, Sequence
from datetime import date
from math import ceil

from sqlalchemy import ColumnElement, exists, insert, select, update

from app.kernel import clock
from app.kernel.db import session
from app.kernel.ids import new_id
from app.staff import queries as staff
from app.staff.errors import RoleMissing
from app.staff.scoping import Scope, within
from app.volunteers.service import confirming, correcting, entering
from app.volunteers.service.errors import (
    AttendanceSettled,
    NothingToSample,
    SampleUnknown,
    SecondPersonNeeded,
)
from app.volunteers.service.models import Activity, Attendance, Sample, SampleItem
from app.volunteers.service.owning import own_volunteer
from app.volunteers.service.rules import rules
from app.volunteers.service.telling import tell

REVIEWER = "reviewer"
ABOVE = ("county", "city", "province")


def draw(scope: Scope, first: date, last: date) -> Sample:
    """The region's share of what was confirmed from `first` to `last`, and what nobody has drawn yet.

    Raises RoleMissing (also for a unit's reviewer: the look is from above), NothingToSample.
    """
    scope.need(REVIEWER)
    if scope.level not in ABOVE:
        raise RoleMissing
    with within(scope):
        own = staff.organisation(scope.organisation_id)
        if own is None:
            raise RoleMissing
        told = rules(own.region)
        found = _confirmed(scope, first, last)
        if not found:
            raise NothingToSample
        seed = secrets.token_hex(16)
        made = Sample(
            organisation_id=own.id, organisation_path=own.path, confirmed_from=first, confirmed_to=last,
            percent=told.sample_percent, least=told.sample_least, seed=seed, population=len(found),
            population_ids=found, drawn_by=scope.account_id)
        people = _write(made, drawn(seed, found, told.sample_percent, told.sample_least))
        tell(scope, "hours.sampled", "抽查服务时长", people)
    return made


def drawn(seed: str, ids: Iterable[uuid.UUID], percent: int, least: int) -> list[uuid.UUID]:
    """In the order of the draw; the same for the same seed and ids, in whatever order they come."""
    ordered = sorted(ids, key=lambda each: hashlib.sha256(f"{seed}|{each}".encode()).digest())
    return ordered[:max(least, ceil(len(ordered) * percent / 100))]


def same_again(sample: Sample) -> bool:
    """Whether the draw, done anew from what was kept of it, gives what was looked at."""
    items = session().scalars(select(SampleItem.attendance_id).where(SampleItem.sample_id == sample.id)
                              .order_by(SampleItem.place))
    return drawn(sample.seed, sample.population_ids, sample.percent, sample.least) == list(items)


def find_right(scope: Scope, item_id: uuid.UUID, note: str | None = None) -> None:
    """Raises RoleMissing, SampleUnknown, AttendanceSettled, SecondPersonNeeded."""
    scope.need(REVIEWER)
    with within(scope):
        item, attendance, _ = _item(scope, item_id)
        _found(scope, item, "right", note)
        _close(item.sample_id)
        tell(scope, "hours.sample_right", "抽查属实", [attendance.volunteer_id])


def find_wrong(scope: Scope, item_id: uuid.UUID, minutes: int, reason: str) -> Sample | None:
    """It is put right to `minutes`, and all else that is confirmed of its activity is looked at; that sample, if new.

    Raises RoleMissing, SampleUnknown, AttendanceSettled, SecondPersonNeeded, CorrectionRefused.
    """
    scope.need(REVIEWER)
    with within(scope):
        item, attendance, activity = _item(scope, item_id)
        record = correcting.original(scope, confirming.record_of(attendance).id)
        correcting.put_right(scope, record, attendance, minutes, f"抽查更正：{reason}"[:correcting.LONGEST_REASON])
        _found(scope, item, "wrong", reason)
        whole = _whole(scope, activity)
        _close(item.sample_id)
    return whole


def get(scope: Scope, sample_id: uuid.UUID) -> Sample:
    """Raises SampleUnknown."""
    found = session().scalar(select(Sample).where(scope.sees(Sample.organisation_path), Sample.id == sample_id)
                             .execution_options(populate_existing=True))
    if found is None:
        raise SampleUnknown
    return found


def _confirmed(scope: Scope, first: date, last: date) -> list[uuid.UUID]:
    return list(session().scalars(select(Attendance.id).where(
        scope.sees(Attendance.organisation_path), Attendance.state == "confirmed",
        Attendance.confirmed_at >= clock.day_start(first), Attendance.confirmed_at < clock.day_end(last),
        ~_drawn_before()).order_by(Attendance.id).with_for_update(read=True)))  # and nothing of it is undone now


def _drawn_before() -> ColumnElement[bool]:
    return exists().where(SampleItem.attendance_id == Attendance.id)


def _write(sample: Sample, ids: Sequence[uuid.UUID]) -> list[uuid.UUID]:
    """In the order of the draw; the volunteers whose they are."""
    session().add(sample)
    session().flush()
    found = {each.id: each for each in session().scalars(
        select(Attendance).where(Attendance.id.in_(ids)).execution_options(populate_existing=True))}
    session().execute(insert(SampleItem), [
        {"id": new_id(), "sample_id": sample.id, "attendance_id": each.id, "organisation_id": each.organisation_id,
         "organisation_path": each.organisation_path, "place": place, "confirmed_by": each.confirmed_by,
         "entered_by": each.entered_by} for place, each in enumerate((found[one] for one in ids), 1)])
    return [each.volunteer_id for each in found.values()]


def _item(scope: Scope, item_id: uuid.UUID) -> tuple[SampleItem, Attendance, Activity]:
    """All of it locked, in the order activity, attendance."""
    seen = select(SampleItem).where(scope.sees(SampleItem.organisation_path), SampleItem.id == item_id)
    item = session().scalar(seen)
    if item is None:
        raise SampleUnknown
    get(scope, item.sample_id)  # a unit sees what was drawn of its own, and settles nothing of it
    of = entering.get(scope, item.attendance_id).activity_id
    activity = session().scalars(select(Activity).where(Activity.id == of).with_for_update(key_share=True)
                                 .execution_options(populate_existing=True)).one()
    attendance = entering.locked(scope, item.attendance_id)
    if attendance.state != "confirmed":
        raise AttendanceSettled
    if own_volunteer(scope) == attendance.volunteer_id or scope.account_id in (item.confirmed_by, item.entered_by):
        raise SecondPersonNeeded
    return item, attendance, activity


def _found(scope: Scope, item: SampleItem, outcome: str, note: str | None) -> None:
    done = session().execute(update(SampleItem).where(SampleItem.id == item.id, SampleItem.outcome.is_(None)).values(
        outcome=outcome, note=note, found_by=scope.account_id, found_at=clock.now()).returning(SampleItem.id)).all()
    if not done:
        raise AttendanceSettled


def _whole(scope: Scope, activity: Activity) -> Sample | None:
    """All that is confirmed of this activity, unless somebody looks at it already, or nothing is left."""
    if activity.suspected_at is not None:
        return None
    ids = list(session().scalars(select(Attendance.id).where(
        Attendance.activity_id == activity.id, Attendance.state == "confirmed", ~_drawn_before())
        .order_by(Attendance.id).with_for_update(read=True)))
    own = staff.organisation(scope.organisation_id)
    if not ids or own is None:
        return None
    activity.suspected_at = clock.now()
    seed = secrets.token_hex(16)
    made = Sample(organisation_id=own.id, organisation_path=own.path, activity_id=activity.id,
                  confirmed_from=clock.today(), confirmed_to=clock.today(), percent=100, least=1, seed=seed,
                  population=len(ids), population_ids=ids, drawn_by=scope.account_id)
    tell(scope, "hours.sampled", "逐条核对服务时长", _write(made, drawn(seed, ids, 100, 1)))
    return made


def _close(sample_id: uuid.UUID) -> None:
    """Once nothing of it is left to be looked at; then its activity goes on."""
    sample = session().scalars(select(Sample).where(Sample.id == sample_id).with_for_update(key_share=True)
                               .execution_options(populate_existing=True)).one()
    if session().scalar(select(exists().where(SampleItem.sample_id == sample.id, SampleItem.outcome.is_(None)))):
        return
    sample.ended_at = sample.ended_at or clock.now()
    if sample.activity_id is not None:
        session().execute(update(Activity).where(Activity.id == sample.activity_id).values(suspected_at=None))
