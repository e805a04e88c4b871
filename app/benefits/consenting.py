"""Consenting to what an offer needs, and to nothing else."""

from typing import Any

from app.benefits import offers
from app.benefits.errors import ConsentNotNeeded
from app.consent import granting
from app.identity.queries import Citizen


def consent(citizen: Citizen, told: dict[str, Any]) -> Any:
    """Agree to one consent of an offer: {offer_id, scope, text_version, text_digest}; the consent that is live then.

    Raises OfferNotFound, OfferClosed, ConsentNotNeeded, ConsentTextChanged.
    """
    offer = offers.get_live(told["offer_id"])
    need = next((need for need in offers.needs(offer) if need.scope == told["scope"]), None)
    if need is None:
        raise ConsentNotNeeded(scope=told["scope"])
    return granting.grant(citizen, need, told["text_version"], told["text_digest"])
