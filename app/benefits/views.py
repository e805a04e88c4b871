"""The citizen's doors to scenarios, offers, consents, decisions, claims and entitlements."""

import uuid
from typing import Any

from flask import g

from app.benefits import (
    cancelling,
    claiming,
    consenting,
    deciding,
    leaving,  # noqa: F401 (its parts of the export and the erasure register themselves)
    offers,
    queries,
    reoffering,
    schemas,
    showing,
)
from app.benefits.errors import (
    ConsentNotNeeded,
    EntitlementNotFound,
    LimitReached,
    NotEligible,
    OfferClosed,
    OfferNotFound,
    SoldOut,
    WrongState,
)
from app.consent.errors import ConsentRequired, ConsentTextChanged
from app.credit.errors import PlatformUnavailable
from app.identity.guards import citizen_required, verified_required
from app.kernel.guarding import public
from app.kernel.http import Door
from app.kernel.idempotency import KeyReused, StillRunning, idempotent
from app.kernel.openapi import refuses

door = Door("benefits", __name__, url_prefix="/api/v1", description="Offers, and what citizens get from them")


@door.get("/scenarios")
@public
@door.response(200, schemas.ScenariosOut)
def scenarios() -> dict[str, Any]:
    """What kinds of benefits there are"""
    return {"items": showing.scenario_list()}


@door.get("/offers")
@public
@door.arguments(schemas.OfferArgs, location="query")
@door.response(200, schemas.OffersOut)
def offer_list(args: dict[str, Any]) -> dict[str, Any]:
    """What can be claimed now, newest first"""
    rows, cursor = queries.open_offers(args)
    return {"items": showing.offer_list(rows), "next_cursor": cursor}


@door.get("/offers/<uuid:offer_id>")
@refuses(OfferNotFound)
@public
@door.response(200, schemas.OfferDetailOut)
def offer_detail(offer_id: uuid.UUID) -> dict[str, Any]:
    """One offer: its terms in words, the facts and consents that it needs, its form"""
    return showing.offer_detail(offers.get(offer_id))


@door.post("/consents")
@refuses(OfferNotFound, OfferClosed, ConsentNotNeeded, ConsentTextChanged, KeyReused, StillRunning)
@verified_required
@idempotent
@door.arguments(schemas.ConsentIn)
@door.response(201, schemas.AgreedOut)
def consent(told: dict[str, Any]) -> Any:
    """Agree to one consent that an offer needs"""
    return consenting.consent(g.citizen, told)


@door.post("/offers/<uuid:offer_id>/decisions")
@refuses(OfferNotFound, OfferClosed, PlatformUnavailable, KeyReused, StillRunning)
@verified_required
@idempotent
@door.arguments(schemas.NothingIn, required=False)
@door.response(200, schemas.DecisionOut)
def decision(_: dict[str, Any], offer_id: uuid.UUID) -> dict[str, Any]:
    """May I have it? A no is an answer, with its reasons"""
    made = deciding.may_have(g.citizen, offer_id)
    return showing.decision(g.citizen, made, queries.offers_by_id([offer_id])[offer_id])


@door.post("/offers/<uuid:offer_id>/claims")
@refuses(OfferNotFound, OfferClosed, SoldOut, LimitReached, NotEligible, ConsentRequired, PlatformUnavailable,
         KeyReused, StillRunning)
@verified_required
@idempotent
@door.arguments(schemas.ClaimIn, required=False)
@door.response(201, schemas.EntitlementOut)
def claim(told: dict[str, Any], offer_id: uuid.UUID) -> dict[str, Any]:
    """Claim it: a place in the quota and an entitlement, once for each Idempotency-Key"""
    return showing.entitlement(claiming.claim(g.citizen, offer_id, g.idempotency_key, told.get("form")))


@door.get("/me/news")
@citizen_required
@door.response(200, schemas.NewsOut)
def news() -> dict[str, Any]:
    """What has changed for me: after a repair of my record, what was refused may be decided anew"""
    return {"items": showing.news(reoffering.offered(g.citizen.id))}


@door.get("/entitlements")
@citizen_required
@door.arguments(schemas.EntitlementArgs, location="query")
@door.response(200, schemas.EntitlementsOut)
def entitlement_list(args: dict[str, Any]) -> dict[str, Any]:
    """Mine, newest first, with their history"""
    rows, cursor = queries.own_page(g.citizen.id, args)
    return {"items": showing.entitlement_list(rows), "next_cursor": cursor}


@door.get("/entitlements/<uuid:entitlement_id>")
@refuses(EntitlementNotFound)
@citizen_required
@door.response(200, schemas.EntitlementOut)
def entitlement(entitlement_id: uuid.UUID) -> dict[str, Any]:
    """One of mine, with its history and what I can do now"""
    return showing.entitlement(queries.own(g.citizen.id, entitlement_id))


@door.post("/entitlements/<uuid:entitlement_id>/cancellation")
@refuses(EntitlementNotFound, WrongState, KeyReused, StillRunning)
@citizen_required
@idempotent
@door.response(200, schemas.EntitlementOut)
def cancellation(entitlement_id: uuid.UUID) -> dict[str, Any]:
    """Give it back while it is unused; the place in the quota comes back"""
    return showing.entitlement(cancelling.cancel(g.citizen, entitlement_id))
