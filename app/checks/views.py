"""The citizen's doors to a check that was scanned."""

from typing import Any

from flask import g

from app.benefits.errors import ConsentNotNeeded
from app.checks import (
    agreeing,
    leaving,  # noqa: F401 (its part of the export registers itself)
    recording,
    schemas,
)
from app.checks.agreeing import Agreement
from app.checks.errors import CheckNotFound, CheckTaken
from app.consent.errors import ConsentTextChanged
from app.credit.errors import PlatformUnavailable
from app.identity.guards import verified_required
from app.kernel.errors import TooMany
from app.kernel.http import Door
from app.kernel.openapi import refuses
from app.kernel.redis import limit

door = Door("checks", __name__, url_prefix="/api/v1/checks", description="Checks that a public body's counter asks for")
PER_MINUTE = 60


@door.get("/<code>")
@refuses(CheckNotFound, CheckTaken, TooMany)
@verified_required
@door.response(200, schemas.AskedOut)
def asked(code: str) -> dict[str, Any]:
    """Who asks, about which matter, and which consents it takes; nothing is told to anybody yet"""
    limit(f"check-look:{g.citizen.id}", PER_MINUTE, 60)
    found = agreeing.look(g.citizen, code)
    return {"asked_by": found.asked_by, "matter": found.check.matter, "expires_at": found.check.expires_at,
            "state": "done" if recording.done(found.check) else "waiting", "offers": found.offers,
            "consents": [{**need.shown(), "scenario": need.scenario, "given": given} for need, given in found.needs]}


@door.post("/<code>/consents")
@refuses(CheckNotFound, CheckTaken, TooMany, ConsentNotNeeded, ConsentTextChanged, PlatformUnavailable)
@verified_required
@door.arguments(schemas.AgreementsIn)
@door.response(200, schemas.DecidedListOut)
def consents(told: dict[str, Any], code: str) -> dict[str, Any]:
    """Agree to exactly these, and be told what the counter will see, with reasons that only I see"""
    limit(f"check-look:{g.citizen.id}", PER_MINUTE, 60)
    return {"items": agreeing.agree(g.citizen, code, [Agreement(**each) for each in told["consents"]])}
