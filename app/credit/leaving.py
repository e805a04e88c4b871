"""What a citizen takes along of credit. (Leaving ends the consents, and with them the kept grade.)"""

from typing import Any

from sqlalchemy import select

from app.credit import keeping, scale
from app.credit.models import CreditQuery
from app.identity.exporting import exports
from app.identity.queries import Citizen
from app.kernel import clock
from app.kernel.db import session


@exports("credit")
def export(citizen: Citizen) -> dict[str, Any]:
    """The kept grade and every look at the platform."""
    kept = keeping.latest(citizen)
    queries = session().scalars(select(CreditQuery).where(CreditQuery.citizen_id == citizen.id)
                                .order_by(CreditQuery.id))
    return {
        "grade": None if kept is None else {
            "grade": kept.grade, "label": scale.label(kept.grade), "red_lists": list(kept.red_lists),
            "restricted": kept.restricted, "as_of": kept.as_of.isoformat(),
            "valid_until": kept.valid_until.isoformat(), "stale": kept.stale},
        "queries": [{"query_no": query.query_no, "scenario": query.scenario, "purpose": query.purpose,
                     "state": query.state, "asked_at": clock.rfc3339(query.asked_at),
                     "consent_id": str(query.consent_id)} for query in queries],
    }
