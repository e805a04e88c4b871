"""My uses and their receipts from the platform."""

from typing import Any

from flask import g

from app.benefits import usage_queries
from app.feedback import batching
from app.feedback.schemas import UsagePage
from app.identity.guards import citizen_required
from app.kernel.http import Door, PageArgs, page

door = Door("usages", __name__, url_prefix="/api/v1", description="Uses and their receipts")


@door.get("/usages")
@citizen_required
@door.arguments(PageArgs, location="query")
@door.response(200, UsagePage)
@door.doc(summary="My uses and their receipts from the platform")
def usages(args: dict[str, Any]) -> dict[str, Any]:
    query, keys = usage_queries.of_citizen(g.citizen.id)
    rows, cursor = page(query, keys, args)
    known = batching.states([row.usage_no for row in rows])
    return {"items": [_shown(row, known.get(row.usage_no)) for row in rows], "next_cursor": cursor}


def _shown(usage: Any, feedback: Any) -> dict[str, Any]:
    return {"usage_no": usage.usage_no, "scenario": usage.scenario, "outcome": usage.outcome,
            "occurred_at": usage.occurred_at, "waived_fen": usage.waived_fen,
            "receipt_no": feedback.receipt_no if feedback else None,
            "feedback_state": feedback.state if feedback else "owed"}
