"""The organiser confirms what was served: then it counts, and stars follow. For a while all of it can be undone."""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import exists, insert, select, update
from sqlalchemy.exc import IntegrityError

from app.kernel import clock
from app.kernel.db import broke, session
from app.kernel.ids import new_id
from app.staff.scoping import Scope, within
from app.volunteers.models import ServiceRecord
from app.volunteers.service.errors import (
    ActivitySuspected,
    AttendanceSettled,
    AttendanceUnknown,
    SecondPersonNeeded,
    UndoOver,
)
from app.volunteers.service.models import Activity, Attendance, Flag, SampleItem
from app.volunteers.service.organising_activities import OFFICER, lock
from app.volunteers.service.owning import own_numbers
from app.volunteers.service.rules import rules
from app.volunteers.service.telling import tell

FLAGGED, OWN, GONE, NOTHING = "有疑点未说明", "本人的时长", "状态已变化", "时长为零"
SOURCES = {"qr": "扫码签到", "hand": "手工登记", "import": "表格导入"}
LONGEST = 100  # of a record's activity


@dataclass(frozen=True)
class Confirmed:
    """`done` of those that were asked for are confirmed; `left`: why the others aren't."""

    id: uuid.UUID
    done: int
    left: dict[uuid.UUID, str] = field(default_factory=dict)

    def reasons(self) -> dict[str, int]:
        """How many were left for each reason."""
        counted: dict[str, int] = defaultdict(int)
        for why in self.left.values():
            counted[why] += 1
        return dict(counted)


def confirm(scope: Scope, activity_id: uuid.UUID, attendance_ids: Sequence[uuid.UUID] | None = None) -> Confirmed:
    """Confirm these, or all that wait; each counts from now on. Of two at once each is done by one.

    Flagged ones and the officer's own are left. Raises RoleMissing, OwnNumberUntold, ActivityUnknown, ActivityClosed,
    ActivitySuspected.
    """
    scope.need(OFFICER)
    with within(scope):
        activity = lock(scope, activity_id)
        if activity.suspected_at is not None:
            raise ActivitySuspected
        asked = _asked(scope, activity.id, attendance_ids)
        left = _left(scope, asked, attendance_ids)
        done = _confirm(scope, activity, [each for each in asked if each.id not in left])
        return Confirmed(done, len(asked) - sum(each.id in left for each in asked), left)


def undo(scope: Scope, confirmation_id: uuid.UUID) -> int:
    """Take one's own confirmation back, whole: entries against it are added, and all of it waits again; how many.

    Raises RoleMissing, AttendanceUnknown, UndoOver (the time is over, or something was corrected or drawn since).
    """
    scope.need(OFFICER)
    with within(scope):
        first = session().scalar(select(Attendance).where(scope.sees(Attendance.organisation_path),
                                                          Attendance.confirmation_id == confirmation_id).limit(1))
        if first is None or first.confirmed_by != scope.account_id:
            raise AttendanceUnknown
        activity = lock(scope, first.activity_id)
        batch = list(session().scalars(select(Attendance).where(
            scope.sees(Attendance.organisation_path), Attendance.confirmation_id == confirmation_id)
            .order_by(Attendance.id).with_for_update(key_share=True).execution_options(populate_existing=True)))
        records = _records(batch)
        _still(activity, batch, records)
        against(scope, [(records[each.id], -(each.minutes or 0)) for each in batch], "撤回确认")
        for each in batch:
            each.state, each.round, each.confirmation_id = "waiting", each.round + 1, None
            each.confirmed_by = each.confirmed_at = None
        tell(scope, "hours.unconfirmed", "撤回志愿服务时长确认", [each.volunteer_id for each in batch])
    return len(batch)


def against(scope: Scope, changes: Iterable[tuple[ServiceRecord, int]], reason: str) -> None:
    """Entries that put records right by so many minutes each; nothing is ever changed."""
    rows = [{"id": new_id(), "volunteer_id": record.volunteer_id, "activity": record.activity,
             "served_on": record.served_on, "minutes": minutes, "source": record.source,
             "organisation_id": record.organisation_id, "organisation_path": record.organisation_path,
             "attendance_id": record.attendance_id, "round": record.round, "corrects_id": record.id, "reason": reason,
             "author": scope.actor, "created_at": clock.now()}
            for record, minutes in sorted(changes, key=lambda one: one[0].volunteer_id)]
    if rows:
        session().flush()
        session().execute(insert(ServiceRecord.__table__), rows)  # type: ignore[arg-type]


def record_of(attendance: Attendance) -> ServiceRecord:
    """The entry that its present confirmation made. Raises AttendanceSettled where there is none."""
    found = _records([attendance]).get(attendance.id)
    if found is None:
        raise AttendanceSettled
    return found


def _asked(scope: Scope, activity_id: uuid.UUID, ids: Sequence[uuid.UUID] | None) -> list[Attendance]:
    query = select(Attendance).where(scope.sees(Attendance.organisation_path), Attendance.activity_id == activity_id,
                                     Attendance.state == "waiting")
    return list(session().scalars((query if ids is None else query.where(Attendance.id.in_(ids)))
                                  .order_by(Attendance.volunteer_id, Attendance.id).with_for_update(key_share=True)
                                  .execution_options(populate_existing=True)))


def _left(scope: Scope, asked: list[Attendance], ids: Sequence[uuid.UUID] | None) -> dict[uuid.UUID, str]:
    own, at_hand = own_numbers(scope), {each.id for each in asked}
    flagged = set(session().scalars(select(Flag.attendance_id).where(
        scope.sees(Flag.organisation_path), Flag.attendance_id.in_(at_hand),
        Flag.cleared_by.is_(None) | (Flag.cleared_by == scope.account_id))))
    left = {each: GONE for each in ids or () if each not in at_hand}
    for each in asked:
        if each.volunteer_id in own:
            left[each.id] = OWN
        elif each.id in flagged:
            left[each.id] = FLAGGED
        elif not each.minutes:
            left[each.id] = NOTHING
    return left


def _confirm(scope: Scope, activity: Activity, rows: list[Attendance]) -> uuid.UUID:
    confirmation, moment = new_id(), clock.now()
    if not rows:
        return confirmation
    try:
        session().execute(update(Attendance).where(
            scope.sees(Attendance.organisation_path), Attendance.id.in_([each.id for each in rows]),
            Attendance.state == "waiting").values(
                state="confirmed", confirmed_by=scope.account_id, confirmed_at=moment, confirmation_id=confirmation)
            .execution_options(synchronize_session=False))
        session().execute(insert(ServiceRecord.__table__), [  # type: ignore[arg-type]
            {"id": new_id(), "volunteer_id": each.volunteer_id, "activity": activity.title[:LONGEST],
             "served_on": each.served_on, "minutes": each.minutes,
             "source": f"{activity.organiser} · {SOURCES[each.source]}", "organisation_id": each.organisation_id,
             "organisation_path": each.organisation_path, "attendance_id": each.id, "round": each.round,
             "author": scope.actor, "created_at": moment} for each in rows])
    except IntegrityError as wrong:  # said of itself, or flagged, at this very moment
        if broke(wrong, "ck_attendances_own") or broke(wrong, "ck_attendances_flagged"):
            raise SecondPersonNeeded from None
        if broke(wrong, "uq_service_records_confirmed"):
            raise AttendanceSettled from None
        raise
    tell(scope, "hours.confirmed", "确认志愿服务时长", [each.volunteer_id for each in rows])
    return confirmation


def _records(rows: list[Attendance]) -> dict[uuid.UUID, ServiceRecord]:
    """By attendance, the entry of its present round."""
    rounds = {each.id: each.round for each in rows}
    found = session().scalars(select(ServiceRecord).where(
        ServiceRecord.attendance_id.in_(rounds), ServiceRecord.corrects_id.is_(None)))
    return {each.attendance_id: each for each in found
            if each.attendance_id is not None and each.round == rounds[each.attendance_id]}


def _still(activity: Activity, batch: list[Attendance], records: dict[uuid.UUID, ServiceRecord]) -> None:
    """All of it is as it was confirmed, not long ago. Raises UndoOver."""
    late = clock.now() - rules(activity.region).undo
    if any(each.state != "confirmed" or each.confirmed_at is None or each.confirmed_at < late or
           each.minutes != records[each.id].minutes for each in batch):
        raise UndoOver
    if session().scalar(select(exists().where(SampleItem.attendance_id.in_([each.id for each in batch])))):
        raise UndoOver
