"""What a citizen takes along of credit. (Leaving ends the consents, and with them the kept grade.)"""

from typing import Any

from sqlalchemy import select

from app.credit import keeping, reports, scale
from app.credit.models import CreditQuery
from app.identity.exporting import exports
from app.identity.queries import Citizen
from app.kernel import clock
from app.kernel.db import session


@exports("credit")
def export(citizen: Citizen) -> dict[str, Any]:
    """The kept grade, the reports (whose files can be downloaded while they are kept), every look at the platform."""
    kept = keeping.latest(citizen)
    queries = session().scalars(select(CreditQuery).where(CreditQuery.citizen_id == citizen.id)
                                .order_by(CreditQuery.id))
    return {
        "grade": None if kept is None else {
            "grade": kept.grade, "label": scale.label(kept.grade), "red_lists": list(kept.red_lists),
            "restricted": kept.restricted, "as_of": kept.as_of.isoformat(),
            "valid_until": kept.valid_until.isoformat(), "stale": kept.stale},
        "reports": [{"id": str(each.id), "report_no": each.report_no, "sha256": each.sha256, "size": each.size,
                     "pages": each.pages, "valid_until": each.valid_until.isoformat(),
                     "received_at": clock.rfc3339(each.received_at), "kept": each.dropped_at is None,
                     "consent_id": str(each.consent_id)} for each in reports.every_own(citizen.id)],
        "queries": [{"query_no": query.query_no, "kind": query.kind, "scenario": query.scenario,
                     "purpose": query.purpose, "state": query.state, "asked_at": clock.rfc3339(query.asked_at),
                     "consent_id": str(query.consent_id)} for query in queries],
    }
