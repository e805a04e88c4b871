"""Putting a confirmed record right: a further entry with its reason and author; the one before stays as it was."""

import uuid

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from app.kernel.db import broke, session
from app.staff.scoping import Scope, within
from app.volunteers.errors import HoursBelowZero
from app.volunteers.models import ServiceRecord
from app.volunteers.service import confirming, entering
from app.volunteers.service.attending import DAY_MINUTES
from app.volunteers.service.errors import CorrectionRefused, RecordUnknown, SecondPersonNeeded
from app.volunteers.service.models import Attendance
from app.volunteers.service.organising_activities import OFFICER
from app.volunteers.service.owning import own_volunteer
from app.volunteers.service.telling import tell

LONGEST_REASON = 200


def correct(scope: Scope, record_id: uuid.UUID, minutes: int, reason: str) -> int:
    """The record is to say `minutes` (0: nothing of it counts); the entry that was added, in minutes.

    Who confirmed or entered it may lower it; raising it takes somebody else. Nobody corrects their own hours. Of two at
    once the later one starts from what the first has left. Raises RoleMissing, RecordUnknown, CorrectionRefused,
    SecondPersonNeeded, HoursBelowZero.
    """
    scope.need(OFFICER, "reviewer")
    if not 0 <= minutes <= DAY_MINUTES or not 1 <= len(reason.strip()) <= LONGEST_REASON:
        raise CorrectionRefused
    with within(scope):
        record = original(scope, record_id)
        attendance = entering.locked(scope, record.attendance_id) if record.attendance_id else None
        if attendance is not None and (attendance.state != "confirmed" or attendance.round != record.round):
            raise RecordUnknown  # its confirmation was taken back
        return put_right(scope, record, attendance, minutes, reason)


def put_right(scope: Scope, record: ServiceRecord, attendance: Attendance | None, minutes: int, reason: str) -> int:
    """As `correct`, on rows that are locked."""
    change = minutes - net(record.id)
    if change == 0:
        raise CorrectionRefused
    if own_volunteer(scope) == record.volunteer_id or (
            change > 0 and attendance is not None and scope.account_id in (attendance.confirmed_by,
                                                                           attendance.entered_by)):
        raise SecondPersonNeeded
    if attendance is not None:
        attendance.minutes = minutes
    try:
        confirming.against(scope, [(record, change)], reason.strip())
    except IntegrityError as wrong:
        if broke(wrong, "ck_service_records_left_over"):
            raise HoursBelowZero from None
        raise
    tell(scope, "hours.corrected", "更正志愿服务时长", [record.volunteer_id])
    return change


def original(scope: Scope, record_id: uuid.UUID) -> ServiceRecord:
    """A record that is no correction, locked. Raises RecordUnknown."""
    found = session().scalar(select(ServiceRecord).where(
        scope.sees(ServiceRecord.organisation_path), ServiceRecord.id == record_id,
        ServiceRecord.corrects_id.is_(None)).with_for_update(key_share=True))
    if found is None:
        raise RecordUnknown
    return found


def net(record_id: uuid.UUID) -> int:
    """What a record says with all its corrections, in minutes."""
    return int(session().execute(select(func.coalesce(func.sum(ServiceRecord.minutes), 0)).where(
        (ServiceRecord.id == record_id) | (ServiceRecord.corrects_id == record_id))).scalar_one())
