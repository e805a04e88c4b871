"""What becomes of a volunteer's entry when the citizen takes their data along, or leaves."""

from typing import Any

from sqlalchemy import delete

from app.identity.erasing import before
from app.identity.exporting import exports
from app.identity.queries import Citizen
from app.kernel import jsons
from app.kernel.db import session
from app.volunteers import guardians, queries, sealing
from app.volunteers.imports.writing_many import take_away
from app.volunteers.models import Transfer
from app.volunteers.service import queries as hours_queries


@exports("volunteer")
def export(citizen: Citizen) -> dict[str, Any] | None:
    """The entry with every record; None for who has none."""
    volunteer = queries.of_citizen(citizen)
    if volunteer is None:
        return None
    guardian = guardians.of(volunteer)
    return {"volunteer_no": volunteer.volunteer_no, "state": volunteer.state, "reason": volunteer.reason,
            "region": volunteer.region, "real_name": volunteer.real_name_state, "name": sealing.name_of(volunteer),
            "id_number": sealing.id_number_of(volunteer), "phone": sealing.phone_of(volunteer),
            "guardian": guardian and jsons.loads(guardians.packed(guardian)),
            "records": [{"activity": record.activity, "served_on": record.served_on.isoformat(),
                         "minutes": record.minutes, "source": record.source}
                        for record in queries.records(volunteer.id)],
            "attendances": [{"activity": activity.title, "place": activity.place, "state": attendance.state,
                             "served_on": attendance.served_on.isoformat(), "minutes": attendance.minutes,
                             "source": attendance.source, "note": attendance.note, "reason": attendance.reason}
                            for attendance, activity in hours_queries.all_of(volunteer.id)]}


@before("volunteers")
def withdraw_application(citizen: Citizen) -> None:
    """An application made here, or refused, goes with the citizen; a registration is the League's and stays (0064)."""
    found = queries.of_citizen(citizen)
    volunteer = found and queries.lock(found.id)  # before its transfers, as who agrees to one does
    if volunteer is not None and volunteer.state in ("applied", "refused") and not queries.records(volunteer.id, 1):
        session().execute(delete(Transfer).where(Transfer.volunteer_id == volunteer.id))
        take_away([volunteer.id])  # but where an activity, say, knows of them: then the entry stays the League's
