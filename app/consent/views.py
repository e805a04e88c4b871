"""A citizen sees what they agreed to, and takes it back. (Agreeing needs the offer: see benefits.)"""

import uuid
from typing import Any

from flask import g

from app.consent import ending, leaving, queries, registering, withdrawing  # noqa: F401 (they register themselves)
from app.consent.errors import ConsentNotFound
from app.consent.models import Consent
from app.consent.schemas import ConsentOut, ConsentPage
from app.identity.guards import citizen_required
from app.kernel.http import Door, PageArgs
from app.kernel.openapi import refuses

door = Door("consent", __name__, url_prefix="/api/v1/consents", description="What the citizen agreed to")


@door.get("")
@citizen_required
@door.arguments(PageArgs, location="query")
@door.response(200, ConsentPage)
def listed(args: dict[str, Any]) -> dict[str, Any]:
    """All consents, newest first, with the exact texts"""
    rows, following = queries.of_citizen(g.citizen.id, args)
    return {"items": rows, "next_cursor": following}


@door.post("/<uuid:consent_id>/withdrawal")
@refuses(ConsentNotFound)
@citizen_required
@door.response(200, ConsentOut)
def withdrawal(consent_id: uuid.UUID) -> Consent:
    """Take one back: at once and for good; again gives the same"""
    return withdrawing.withdraw(g.citizen, consent_id)
