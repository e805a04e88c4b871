"""Whose a volunteer is: the entry goes with its records of service, but for those that an organiser confirmed and
answers for (谁记录谁证明, decision 0214). Hours and stars count all of them, wherever they lie.
"""

import uuid
from dataclasses import dataclass

from sqlalchemy import update

from app.kernel import clock
from app.kernel.db import need_transaction, session
from app.staff import organising
from app.volunteers.models import ServiceRecord, Volunteer


@dataclass(frozen=True)
class Place:
    """An organisation and its path; `/` where there is none yet."""

    organisation_id: uuid.UUID | None
    path: str


def home(region: str) -> Place:
    """Where somebody belongs who named only a region."""
    found = organising.home(region)
    return Place(None, "/") if found is None else Place(found.id, found.path)


def place(volunteer: Volunteer, where: Place) -> None:
    """In the caller's transaction, the volunteer locked."""
    need_transaction()
    told = {"organisation_id": where.organisation_id, "organisation_path": where.path}
    session().execute(update(Volunteer).where(Volunteer.id == volunteer.id).values(changed_at=clock.now(), **told))
    session().execute(update(ServiceRecord).where(
        ServiceRecord.volunteer_id == volunteer.id, ServiceRecord.attendance_id.is_(None)).values(**told))
