"""What a citizen takes along of the checks that they met."""

from typing import Any

from sqlalchemy import select

from app.checks.models import Check
from app.identity.exporting import exports
from app.identity.queries import Citizen
from app.kernel.clock import rfc3339
from app.kernel.db import session
from app.merchants import queries as merchants


@exports("checks")
def export(citizen: Citizen) -> list[dict[str, Any]]:
    """Who asked, about what, what they were told, and what they said they did."""
    rows = session().scalars(select(Check).where(Check.citizen_id == citizen.id).order_by(Check.id)).all()
    known = merchants.many({each.merchant_id for each in rows})
    return [{"check_no": each.check_no, "asked_by": known[each.merchant_id].name, "matter": each.matter,
             "answers": [{name: answer[name] for name in ("title", "eligible")} for answer in each.answers or ()],
             "response": each.response, "note": each.note, "asked_at": rfc3339(each.created_at)} for each in rows]
