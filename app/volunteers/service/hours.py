"""Hours of service: confirmed minutes are added, and put right by further records, never by changing one."""

import uuid
from datetime import date

from app.kernel import clock
from app.kernel.db import session, transaction
from app.volunteers import queries
from app.volunteers.errors import HoursBelowZero, RecordInvalid, VolunteerUnknown
from app.volunteers.models import ServiceRecord

MOST_MINUTES = 1_000_000  # nobody's life of service is longer than that in one record


def add(volunteer_id: uuid.UUID, *, activity: str, served_on: date, minutes: int, source: str) -> ServiceRecord:
    """Add confirmed minutes; negative ones put earlier records right. `source`: who confirmed them.

    Raises VolunteerUnknown, RecordInvalid, HoursBelowZero.
    """
    if not (1 <= len(activity) <= 100 and 0 < abs(minutes) <= MOST_MINUTES and served_on <= clock.today()):
        raise RecordInvalid
    with transaction():
        volunteer = queries.lock(volunteer_id)
        if volunteer is None:
            raise VolunteerUnknown
        if queries.minutes(volunteer_id) + minutes < 0:
            raise HoursBelowZero
        record = ServiceRecord(volunteer_id=volunteer_id, activity=activity, served_on=served_on, minutes=minutes,
                               source=source,
                               organisation_id=volunteer.organisation_id,
                               organisation_path=volunteer.organisation_path)
        session().add(record)
        session().flush()
    return record
