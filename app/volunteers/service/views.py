"""A volunteer's own comings and goings: scanning the code on the spot, and what became of it."""

from typing import Any

from flask import g

from app.identity.guards import verified_required
from app.kernel.http import Door, PageArgs
from app.kernel.openapi import refuses
from app.volunteers.errors import NotAVolunteer
from app.volunteers.service import attending
from app.volunteers.service import queries as hours_queries
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
from app.volunteers.service.schemas import AttendanceOut, AttendancesOut, Scanned

door = Door("attendances", __name__, url_prefix="/api/v1/me/volunteer/attendances",
            description="Voluntary service: signing in and out")


@door.put("")
@refuses(NotAVolunteer, NotRegistered, CodeNotOurs, CodeOld, ActivityClosed, OutsidePeriod, NotSignedIn, TooShort)
@verified_required
@door.arguments(Scanned)
@door.response(200, AttendanceOut)
def scan(told: dict[str, Any]) -> dict[str, Any]:
    """Sign in to an activity or out of it, by the code shown there; the same code again changes nothing"""
    return _shown(*attending.sign(g.citizen, told["code"]))


@door.get("")
@refuses(NotAVolunteer)
@verified_required
@door.arguments(PageArgs, location="query")
@door.response(200, AttendancesOut)
def mine(args: dict[str, Any]) -> dict[str, Any]:
    """Where I was, and whether it counts yet; the newest first"""
    rows, following = hours_queries.of_citizen(g.citizen, args)
    return {"items": [_shown(*row) for row in rows], "next_cursor": following}


def _shown(attendance: Attendance, activity: Activity) -> dict[str, Any]:
    return {"activity": activity, "state": attendance.state, "source": attendance.source,
            "served_on": attendance.served_on, "began_at": attendance.began_at, "ended_at": attendance.ended_at,
            "minutes": attendance.minutes, "reason": attendance.reason}
