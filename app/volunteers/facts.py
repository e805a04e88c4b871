"""What rules may read of a citizen's voluntary service."""

from app.identity.queries import Citizen
from app.volunteers import queries
from app.volunteers.models import Volunteer
from app.volunteers.stars import stars


def facts(citizen: Citizen) -> dict[str, object]:
    """{"volunteer.stars": 0 to 5, "volunteer.hours": full hours}; nothing counts for who isn't registered."""
    volunteer = queries.of_citizen(citizen)
    hours = 0 if volunteer is None else counted_hours(volunteer)
    return {"volunteer.stars": 0 if volunteer is None else stars(hours, volunteer.region), "volunteer.hours": hours}


def counted_hours(volunteer: Volunteer) -> int:
    """Full hours; a part of an hour doesn't count. None before the registration, nor after leaving."""
    return queries.minutes(volunteer.id) // 60 if volunteer.state == "registered" else 0
