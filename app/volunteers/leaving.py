"""What becomes of a volunteer's entry when the citizen takes their data along, or leaves."""

from typing import Any

from app.identity.erasing import before
from app.identity.exporting import exports
from app.identity.queries import Citizen
from app.kernel.db import session
from app.volunteers import queries


@exports("volunteer")
def export(citizen: Citizen) -> dict[str, Any] | None:
    """The entry with every record; None for who has none."""
    volunteer = queries.of_citizen(citizen)
    if volunteer is None:
        return None
    return {"volunteer_no": volunteer.volunteer_no, "state": volunteer.state, "region": volunteer.region,
            "records": [{"activity": record.activity, "served_on": record.served_on.isoformat(),
                         "minutes": record.minutes, "source": record.source}
                        for record in queries.records(volunteer.id)]}


@before("volunteers")
def withdraw_application(citizen: Citizen) -> None:
    """An application made here goes with the citizen; a registration is the League's record and stays (0064)."""
    volunteer = queries.of_citizen(citizen)
    if volunteer is not None and volunteer.state == "applied" and not queries.records(volunteer.id, 1):
        session().delete(volunteer)
        session().flush()
