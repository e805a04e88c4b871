"""Offers: which are open, what they ask, and how an operator makes, pauses and ends them."""

import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.exc import IntegrityError

from app.benefits import audience, turning
from app.benefits.audience import Limits
from app.benefits.errors import OfferClosed, OfferCodeTaken, OfferNotFound, QuotaBelowGranted
from app.benefits.models import Offer
from app.benefits.schemas import NewOffer
from app.consent import needs as consent_needs
from app.consent.needs import Need
from app.credit import scale
from app.kernel import clock
from app.kernel.db import broke, session, transaction
from app.kernel.errors import Invalid
from app.merchants import queries as merchants
from app.scenario.access import scenarios
from app.scenario.conditions import conditions_digest, facts_of
from app.scenario.contract import Conditions, Equals
from app.scenario.scenario import Scenario

RESTRICTED = Equals("credit.restricted", False, why="restricted")
HIDDEN = ("draft", "review")
SHOWN = (select(Offer).where(Offer.id == bindparam("offer_id"), Offer.state.not_in(HIDDEN))
         .execution_options(populate_existing=True))
SHOWN_OF_ACTIVE = SHOWN.add_columns(Offer.merchant_id.in_(merchants.active_ids()))


def get(offer_id: uuid.UUID) -> Offer:
    """The offer as it is now, unless it was never opened. Raises OfferNotFound."""
    offer = session().scalar(SHOWN, {"offer_id": offer_id})
    if offer is None:
        raise OfferNotFound
    return offer


def get_live(offer_id: uuid.UUID) -> Offer:
    """The offer, live and in its period, of an active provider. Raises OfferNotFound, OfferClosed."""
    found = session().execute(SHOWN_OF_ACTIVE, {"offer_id": offer_id}).first()
    if found is None:
        raise OfferNotFound
    offer: Offer = found[0]
    provider_active = found[1]
    if not provider_active or not is_open(offer):
        raise OfferClosed
    return offer


def is_open(offer: Offer) -> bool:
    """Whether it is live and in its period now."""
    return offer.state == "live" and offer.opens_at <= clock.now() < offer.closes_at


def scenario_of(offer: Offer) -> Scenario:
    return scenarios()[offer.scenario]


def conditions(offer: Offer) -> Conditions:
    """What must hold for a citizen to have it: what it asks, and our own condition for those under restriction.

    The platform says who is under restriction together with the grade, so only offers that read credit ask.
    """
    asked = asks(offer)
    reads_credit = any(fact.startswith("credit.") for fact in facts_of(asked))
    return (RESTRICTED, *asked) if reads_credit else asked


def asks(offer: Offer) -> Conditions:
    """The scenario's rules, then the limits of the initiative that it was made from."""
    return (*scenario_of(offer).conditions(offer.terms), *audience.conditions(offer.audience))


def facts(offer: Offer) -> frozenset[str]:
    """The whitelisted facts that it reads."""
    return facts_of(asks(offer))


def rule_version(offer: Offer) -> str:
    """Which rules a decision on it was made by: the scenario's, and what an initiative lays on top."""
    ruled = scenario_of(offer).rule_version(offer.terms)
    limits = audience.conditions(offer.audience)
    return f"{ruled}+{conditions_digest(limits)[:16]}" if limits else ruled


def needs(offer: Offer) -> list[Need]:
    """The consents that it takes, derived from the facts that its rules read."""
    provider = merchants.get(offer.merchant_id)
    return consent_needs.needs_for(facts(offer), offer.scenario, provider.uscc, provider.name)


# -- operating -----------------------------------------------------------------------------------------------


def make(told: Mapping[str, Any], limits: Limits | None = None, actor: str = "operator") -> Offer:
    """A new offer out of what an operator told (JSON-able, see schemas.NewOffer), within an initiative's limits.

    Raises Invalid, OfferCodeTaken.
    """
    offer = checked(told)
    if limits is not None:
        limits.check(offer.region, offer.closes_at)
        offer.initiative_no, offer.audience = limits.initiative_no, limits.kept()
    conditions(offer)  # rules that these terms break are better found now than by a citizen
    try:
        with transaction() as s:
            s.add(offer)
            s.flush()
            turning.step(offer.id, "make", None, offer.state, actor)
    except IntegrityError as wrong:
        if broke(wrong, "uq_offers_code"):
            raise OfferCodeTaken from None
        raise
    return offer


def checked(told: Mapping[str, Any]) -> Offer:
    """An offer of what was told, kept nowhere yet. Raises Invalid, marshmallow's ValidationError."""
    values = NewOffer().load(told)
    provider = merchants.by_mchid(values.pop("mchid"))
    if provider is None:
        raise Invalid(errors={"mchid": ["没有这个商户号。"]})
    scenario = scenarios().get(values["scenario"])
    if scenario is None:
        raise Invalid(errors={"scenario": ["没有这个场景。"]})
    values["terms"] = scenario.load_terms(values["terms"], scale.labels())
    return Offer(merchant_id=provider.id, **values)


def as_told(code: str) -> dict[str, Any]:
    """What an operator could tell `make` to have another like the offer of this code; without its code, period, state.

    Raises OfferNotFound.
    """
    offer = session().scalar(select(Offer).where(Offer.code == code))
    if offer is None:
        raise OfferNotFound
    names = set(NewOffer().fields) - {"code", "mchid", "opens_at", "closes_at", "state"}
    return {name: getattr(offer, name) for name in names} | {"mchid": merchants.get(offer.merchant_id).mchid}


def pause(offer_id: uuid.UUID, actor: str = "operator", note: str | None = None) -> None:
    """No new claims until it is resumed. Raises OfferNotFound, OfferStateWrong."""
    turning.turn(offer_id, "pause", ("live",), "paused", actor, note)


def resume(offer_id: uuid.UUID, actor: str = "operator") -> None:
    """Open for claims, after a pause or out of a draft. Raises OfferNotFound, OfferStateWrong."""
    turning.turn(offer_id, "resume", ("paused", "draft"), "live", actor)


def end(offer_id: uuid.UUID, actor: str = "operator", note: str | None = None) -> None:
    """No new claims any more; what was granted is lived out. Raises OfferNotFound, OfferStateWrong."""
    turning.turn(offer_id, "end", ("live", "paused", "draft", "review"), "ended", actor, note)


def set_quota(offer_id: uuid.UUID, total: int | None, actor: str = "operator") -> None:
    """The number of places in all; None takes the limit away. Raises OfferNotFound, QuotaBelowGranted."""
    with transaction() as s:
        offer = _locked(offer_id)
        if total is not None and total < offer.granted:
            raise QuotaBelowGranted(granted=offer.granted)
        before = offer.quota_total
        s.execute(update(Offer).where(Offer.id == offer_id).values(quota_total=total))
        turning.step(offer_id, "quota", offer.state, offer.state, actor, f"{before or '不限'} → {total or '不限'}")


def _locked(offer_id: uuid.UUID) -> Offer:
    offer = session().scalar(select(Offer).where(Offer.id == offer_id).with_for_update(key_share=True)
                             .execution_options(populate_existing=True))
    if offer is None:
        raise OfferNotFound
    return offer
