"""Signing in and out: a volunteer scans the code that the organiser's screen shows at that moment."""

import uuid
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.dialects.postgresql import insert

from app.identity.queries import Citizen
from app.kernel import clock
from app.kernel.db import retrying, session, transaction
from app.kernel.ids import new_id
from app.trail import writing as trail
from app.volunteers import queries
from app.volunteers.errors import NotAVolunteer
from app.volunteers.models import Volunteer
from app.volunteers.service import codes, flagging
from app.volunteers.service.errors import (
    ActivityClosed,
    CodeNotOurs,
    CodeOld,
    NotRegistered,
    NotSignedIn,
    OutsidePeriod,
    TooShort,
)
from app.volunteers.service.models import Activity, Attendance
from app.volunteers.service.rules import rules

DAY_MINUTES = 1440
AGAIN = timedelta(minutes=5)  # a second scan on the way out is no harm for so long


def sign(citizen: Citizen, text: str) -> tuple[Attendance, Activity]:
    """In or out, as the code says; what was scanned before gives the same again, however old it is by now.

    Raises CodeNotOurs, CodeOld, NotAVolunteer, NotRegistered, ActivityClosed, OutsidePeriod, NotSignedIn, TooShort.
    """
    return retrying(lambda: _sign(citizen, codes.read(text)))


def _sign(citizen: Citizen, coded: codes.Coded) -> tuple[Attendance, Activity]:
    moment = clock.now()
    with transaction():
        activity, volunteer = _activity(coded.activity_id), _volunteer(citizen)
        before = _before(volunteer.id, coded)
        if before is not None:
            return before, activity
        if not coded.fresh(moment):
            raise CodeOld
        _open(activity, coded.way, moment)
        done = (_enter if coded.way == codes.IN else _leave)(volunteer, activity, coded.step, moment)
        trail.record(citizen.id, actor="citizen", who="本人", purpose="志愿服务活动签到签退",
                     what="volunteer.signed_in" if coded.way == codes.IN else "volunteer.signed_out",
                     about=f"attendance:{done.id}")
    return done, activity


def _enter(volunteer: Volunteer, activity: Activity, step: int, moment: datetime) -> Attendance:
    """Of two scans at once the unique indexes let one make the row, and both get it."""
    session().execute(insert(Attendance).values(
        id=new_id(), activity_id=activity.id, organisation_id=activity.organisation_id,
        organisation_path=activity.organisation_path, volunteer_id=volunteer.id, volunteer_no=volunteer.volunteer_no,
        served_on=clock.shanghai_day(moment), began_at=moment, source="qr", state="present", in_step=step, round=1,
        created_at=moment).on_conflict_do_nothing())
    made = _present(volunteer.id, activity.id) or _before(volunteer.id, codes.Coded(codes.IN, activity.id, step))
    if made is None:
        raise NotSignedIn  # signed out again this very moment
    return made


def _leave(volunteer: Volunteer, activity: Activity, step: int, moment: datetime) -> Attendance:
    here = _present(volunteer.id, activity.id)
    if here is None:
        left = session().scalar(_of(volunteer.id, activity.id).where(
            Attendance.out_step.is_not(None), Attendance.ended_at > moment - AGAIN)
            .order_by(Attendance.ended_at.desc()).limit(1))
        if left is None:
            raise NotSignedIn
        return left
    here.minutes = served(activity, here.began_at, moment)
    here.ended_at, here.out_step, here.state = moment, step, "waiting"
    session().flush()
    flagging.look([here.id], activity.region)
    return here


def served(activity: Activity, began: datetime | None, ended: datetime) -> int:
    """Full minutes within the activity's time, a day at most. Raises TooShort."""
    start = max(began or ended, activity.begins_at)
    minutes = int((min(ended, activity.ends_at) - start).total_seconds()) // 60
    if minutes < 1:
        raise TooShort
    return min(minutes, DAY_MINUTES)


def _volunteer(citizen: Citizen) -> Volunteer:
    found = queries.of_citizen(citizen)
    if found is None:
        raise NotAVolunteer
    volunteer = queries.lock(found.id)  # who moves or leaves at this moment comes before or after
    if volunteer is None or volunteer.state != "registered":
        raise NotRegistered
    return volunteer


def _activity(activity_id: uuid.UUID) -> Activity:
    found = session().scalar(select(Activity).where(Activity.id == activity_id)
                             .with_for_update(read=True).execution_options(populate_existing=True))
    if found is None:
        raise CodeNotOurs
    return found


def _open(activity: Activity, way: str, moment: datetime) -> None:
    if activity.cancelled_at is not None:
        raise ActivityClosed
    told = rules(activity.region)
    last = activity.ends_at if way == codes.IN else activity.ends_at + told.after
    if not activity.begins_at - told.before <= moment <= last:
        raise OutsidePeriod


def _before(volunteer_id: uuid.UUID, coded: codes.Coded) -> Attendance | None:
    step = Attendance.in_step if coded.way == codes.IN else Attendance.out_step
    return session().scalar(_of(volunteer_id, coded.activity_id).where(step == coded.step).limit(1))


def _present(volunteer_id: uuid.UUID, activity_id: uuid.UUID) -> Attendance | None:
    return session().scalar(_of(volunteer_id, activity_id).where(Attendance.state == "present").with_for_update())


def _of(volunteer_id: uuid.UUID, activity_id: uuid.UUID) -> Select[Any]:
    return (select(Attendance).where(Attendance.volunteer_id == volunteer_id, Attendance.activity_id == activity_id)
            .execution_options(populate_existing=True))
