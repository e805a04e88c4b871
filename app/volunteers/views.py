"""A citizen's own volunteer record, and the application to be registered."""

from typing import Any

from flask import g

from app.identity.guards import verified_required
from app.kernel.http import Door
from app.kernel.openapi import refuses
from app.volunteers import applying, leaving, queries  # noqa: F401 (leaving registers itself)
from app.volunteers.errors import (
    NotAVolunteer,
    RegionTaken,
    RegistrationEnded,
    VolunteerGuardianNeeded,
    VolunteerTooYoung,
)
from app.volunteers.facts import counted_hours
from app.volunteers.models import Volunteer
from app.volunteers.schemas import VolunteerApplication, VolunteerOut
from app.volunteers.stars import hours_to_next, stars

door = Door("volunteers", __name__, url_prefix="/api/v1/me/volunteer", description="Voluntary service")
SHOWN = 100


@door.get("")
@refuses(NotAVolunteer)
@verified_required
@door.response(200, VolunteerOut)
def mine() -> dict[str, Any]:
    """My volunteer record: number, hours, stars, what they come from"""
    volunteer = queries.of_citizen(g.citizen)
    if volunteer is None:
        raise NotAVolunteer
    return _shown(volunteer)


@door.put("")
@refuses(VolunteerGuardianNeeded, VolunteerTooYoung, RegionTaken, RegistrationEnded)
@verified_required
@door.arguments(VolunteerApplication)
@door.response(200, VolunteerOut)
def application(told: dict[str, Any]) -> dict[str, Any]:
    """Apply to be registered; a League unit confirms it"""
    return _shown(applying.apply(g.citizen, told["region"]))


def _shown(volunteer: Volunteer) -> dict[str, Any]:
    hours = counted_hours(volunteer)
    return {"volunteer_no": volunteer.volunteer_no, "state": volunteer.state, "reason": volunteer.reason,
            "region": volunteer.region, "hours": hours, "stars": stars(hours, volunteer.region),
            "hours_to_next_star": hours_to_next(hours, volunteer.region),
            "records": queries.records(volunteer.id, SHOWN)}
