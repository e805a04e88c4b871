"""What is odd about attendances: overlaps, too long a day, service to come. The table's own function looks (0026)."""

import uuid
from collections.abc import Sequence

from sqlalchemy import exists, func, select, update
from sqlalchemy.exc import IntegrityError

from app.kernel import clock
from app.kernel.db import broke, need_transaction, session
from app.staff.scoping import Scope, within
from app.volunteers.service.errors import FlagUnknown, SecondPersonNeeded, StillToCome
from app.volunteers.service.models import Attendance, Flag
from app.volunteers.service.organising_activities import OFFICER
from app.volunteers.service.rules import rules
from app.volunteers.service.telling import tell


def look(attendance_ids: Sequence[uuid.UUID], region: str) -> int:
    """Flag what is odd about these, and what they make odd of others; how many of these are flagged now.

    In the caller's transaction, after they are written; it waits for who writes others of the same people.
    """
    need_transaction()
    session().flush()
    return int(session().execute(select(func.xinyi_flag_attendances(
        list(attendance_ids), rules(region).most_minutes_a_day, clock.now()))).scalar_one())


def clear(scope: Scope, flag_id: uuid.UUID, reason: str) -> None:
    """Say why it is right all the same; then another one may confirm it.

    Raises RoleMissing, FlagUnknown, SecondPersonNeeded (who entered it), StillToCome.
    """
    scope.need(OFFICER, "reviewer")
    with within(scope) as s:
        flag = s.scalar(select(Flag).where(scope.sees(Flag.organisation_path), Flag.id == flag_id))
        if flag is None:
            raise FlagUnknown
        if flag.kind == "future" and _to_come(flag.attendance_id):
            raise StillToCome
        if flag.entered_by == scope.account_id:
            raise SecondPersonNeeded
        try:
            _write(scope, flag, reason)
        except IntegrityError as wrong:
            if broke(wrong, "ck_attendance_flags_second_person"):
                raise SecondPersonNeeded from None
            raise
        tell(scope, "hours.flag_cleared", "说明服务时长疑点", s.scalars(
            select(Attendance.volunteer_id).where(Attendance.id == flag.attendance_id)))


def _write(scope: Scope, flag: Flag, reason: str) -> None:
    done = session().execute(update(Flag).where(
        scope.sees(Flag.organisation_path), Flag.id == flag.id, Flag.cleared_at.is_(None), Flag.told == flag.told)
        .values(cleared_by=scope.account_id, cleared_at=clock.now(), reason=reason).returning(Flag.id)).all()
    if not done:
        raise FlagUnknown  # somebody else has, or what is odd has changed


def _to_come(attendance_id: uuid.UUID) -> bool:
    return bool(session().scalar(select(exists().where(
        Attendance.id == attendance_id, (Attendance.ended_at > clock.now()) | (Attendance.served_on > clock.today())))))
