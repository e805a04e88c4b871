"""Attendances entered by hand: who couldn't scan, or forgot to on the way out; and what isn't counted."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select, update

from app.kernel import clock
from app.kernel.db import session
from app.staff.scoping import Scope, within
from app.volunteers.errors import VolunteerUnknown
from app.volunteers.models import Volunteer
from app.volunteers.service import flagging
from app.volunteers.service.attending import DAY_MINUTES
from app.volunteers.service.errors import (
    ActivitySuspected,
    AttendanceRefused,
    AttendanceSettled,
    AttendanceUnknown,
    NotRegistered,
    SecondPersonNeeded,
)
from app.volunteers.service.models import Activity, Attendance
from app.volunteers.service.organising_activities import OFFICER, lock
from app.volunteers.service.owning import own_volunteer
from app.volunteers.service.rules import rules
from app.volunteers.service.telling import tell

TIMES = "结束须在开始之后，一条登记最长二十四小时。"
OUTSIDE = "须在活动时间之内。"


@dataclass(frozen=True)
class ByHand:
    """Who was there, from when to when; `note`: why it wasn't scanned."""

    volunteer_no: str
    began_at: datetime
    ended_at: datetime
    note: str


def enter(scope: Scope, activity_id: uuid.UUID, told: ByHand) -> Attendance:
    """Raises RoleMissing, ActivityUnknown, ActivityClosed, ActivitySuspected, VolunteerUnknown, NotRegistered,
    AttendanceRefused, SecondPersonNeeded (one's own).
    """
    scope.need(OFFICER)
    with within(scope) as s:
        activity = lock(scope, activity_id)
        if activity.suspected_at is not None:
            raise ActivitySuspected
        volunteer = _volunteer(scope, told.volunteer_no)
        minutes = _minutes(activity, told.began_at, told.ended_at)
        made = Attendance(
            activity_id=activity.id, organisation_id=activity.organisation_id,
            organisation_path=activity.organisation_path, volunteer_id=volunteer.id,
            volunteer_no=volunteer.volunteer_no, served_on=clock.shanghai_day(told.began_at), began_at=told.began_at,
            ended_at=told.ended_at, minutes=minutes, source="hand", state="waiting", entered_by=scope.account_id,
            note=told.note)
        s.add(made)
        s.flush()
        flagging.look([made.id], activity.region)
        tell(scope, "hours.entered", "手工登记服务时长", [made.volunteer_id])
    return made


def finish(scope: Scope, attendance_id: uuid.UUID, ended_at: datetime, note: str) -> Attendance:
    """Who signed in and never out left then; from now on the entry counts as one by hand.

    Raises RoleMissing, AttendanceUnknown, AttendanceSettled, AttendanceRefused, SecondPersonNeeded, ActivityClosed.
    """
    scope.need(OFFICER)
    with within(scope):
        found = get(scope, attendance_id)
        activity = lock(scope, found.activity_id)
        found = locked(scope, attendance_id)
        if found.state != "present" or found.began_at is None:
            raise AttendanceSettled
        if own_volunteer(scope) == found.volunteer_id:
            raise SecondPersonNeeded
        found.minutes = _minutes(activity, found.began_at, ended_at)
        found.ended_at, found.state, found.source = ended_at, "waiting", "hand"
        found.entered_by, found.note = scope.account_id, note
        flagging.look([found.id], activity.region)
        tell(scope, "hours.entered", "手工补登签退", [found.volunteer_id])
    return found


def refuse(scope: Scope, activity_id: uuid.UUID, attendance_ids: Sequence[uuid.UUID], reason: str) -> int:
    """These aren't counted, and say why; how many. What is confirmed already stays. Raises RoleMissing,
    ActivityUnknown, ActivityClosed.
    """
    scope.need(OFFICER)
    with within(scope) as s:
        activity = lock(scope, activity_id)
        done = list(s.execute(update(Attendance).where(
            scope.sees(Attendance.organisation_path), Attendance.activity_id == activity.id,
            Attendance.id.in_(attendance_ids), Attendance.state.in_(("present", "waiting")))
            .values(state="refused", reason=reason).returning(Attendance.id, Attendance.volunteer_id)
            .execution_options(synchronize_session=False)))
        if done:
            flagging.look([row.id for row in done], activity.region)  # what was odd because of these no longer is
            tell(scope, "hours.refused", "不予采纳服务登记", [row.volunteer_id for row in done])
    return len(done)


def get(scope: Scope, attendance_id: uuid.UUID) -> Attendance:
    """Raises AttendanceUnknown."""
    found = session().scalar(_seen(scope, attendance_id))
    if found is None:
        raise AttendanceUnknown
    return found


def locked(scope: Scope, attendance_id: uuid.UUID) -> Attendance:
    """Nobody else's to change until this transaction ends. Raises AttendanceUnknown."""
    found = session().scalar(_seen(scope, attendance_id).with_for_update(key_share=True))
    if found is None:
        raise AttendanceUnknown
    return found


def _seen(scope: Scope, attendance_id: uuid.UUID) -> Select[Any]:
    return (select(Attendance).where(scope.sees(Attendance.organisation_path), Attendance.id == attendance_id)
            .execution_options(populate_existing=True))


def _volunteer(scope: Scope, volunteer_no: str) -> Volunteer:
    found = session().scalar(select(Volunteer).where(scope.sees(Volunteer.organisation_path),
                                                     Volunteer.volunteer_no == volunteer_no))
    if found is None:
        raise VolunteerUnknown
    if found.state != "registered":
        raise NotRegistered
    if own_volunteer(scope) == found.id:
        raise SecondPersonNeeded
    return found


def _minutes(activity: Activity, began: datetime, ended: datetime) -> int:
    """Full minutes. Raises AttendanceRefused."""
    minutes = int((ended - began).total_seconds()) // 60
    if not 1 <= minutes <= DAY_MINUTES:
        raise AttendanceRefused(errors={"ended_at": [TIMES]})
    if began < activity.begins_at or ended > activity.ends_at + rules(activity.region).after:
        raise AttendanceRefused(errors={"began_at": [OUTSIDE]})
    return minutes
