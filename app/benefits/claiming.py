"""Claiming: a place in the quota and an entitlement, in one transaction, once for each key."""

import base64
import secrets
import uuid
from collections.abc import Mapping
from typing import Any, NoReturn

from marshmallow import ValidationError
from sqlalchemy import bindparam, select

from app.benefits import deciding, life, offers, quotas, valuing
from app.benefits.errors import NotEligible, SoldOut
from app.benefits.models import Decision, Entitlement, Offer, Step
from app.consent.errors import ConsentRequired
from app.identity import sealing
from app.identity.queries import Citizen
from app.kernel import clock, jsons
from app.kernel.db import append, retrying, session, transaction
from app.kernel.errors import Invalid
from app.kernel.idempotency import KeyReused
from app.kernel.ids import new_id
from app.scenario.contract import Role
from app.trail import writing

Form = Mapping[str, Any]
CLAIMED = select(Entitlement).where(Entitlement.citizen_id == bindparam("citizen_id"),
                                    Entitlement.claim_key == bindparam("key"))


def claim(citizen: Citizen, offer_id: uuid.UUID, key: str | None, raw_form: Form | None) -> Entitlement:
    """Claim an offer; the same key finds the same entitlement again, whatever crashed in between.

    Raises OfferNotFound, OfferClosed, SoldOut, LimitReached, Invalid (the form), ConsentRequired, NotEligible
    (the decision is kept), PlatformUnavailable.
    """
    key = key or f"own:{new_id()}"
    if earlier := _claimed(citizen.id, offer_id, key):
        return earlier
    offer = offers.get_live(offer_id)
    form = _load_form(offer, raw_form)
    if quotas.left(offer) == 0:
        raise SoldOut(quota="total")  # before anything is asked about the person for nothing
    deciding.freshen(citizen, offer)
    granted = retrying(lambda: grant(citizen, offer, key, form))
    return granted if isinstance(granted, Entitlement) else refuse(citizen, granted, offer)


def grant(citizen: Citizen, offer: Offer, key: str, form: Form,
          by: Role = Role.CITIZEN) -> Entitlement | Decision:
    """All in one transaction, the caller's where there is one. A no is given back, not raised: the decision is kept,
    and nothing is taken. Where a merchant opens an order the caller writes who did it into the citizen's log.
    What an offer that was ever open says never changes; whether it still is, is asked where the place is taken.
    """
    with transaction() as s:
        citizen = deciding.locked(citizen)
        if earlier := _claimed(citizen.id, offer.id, key):
            return earlier
        decision = deciding.decide(citizen, offer)
        if not decision.eligible:
            return decision
        entitlement = _make(offer, decision, key, _seal(citizen, form))
        s.add(entitlement)
        append(Step, entitlement_id=entitlement.id, move="claim", source="", target=entitlement.state,
               by=by.value, at=entitlement.created_at)
        valuing.claimed(entitlement)
        if by is Role.CITIZEN:
            writing.record(citizen.id, actor="citizen", who="本人", what="benefit.claim",
                           purpose=offers.scenario_of(offer).manifest.name, about=f"entitlement:{entitlement.id}")
        quotas.take(offer, entitlement.buckets)  # the rows that all claimants share come last
        return entitlement


def _claimed(citizen_id: uuid.UUID, offer_id: uuid.UUID, key: str) -> Entitlement | None:
    """What this key got earlier. Raises KeyReused where that was of another offer."""
    earlier = session().scalar(CLAIMED, {"citizen_id": citizen_id, "key": key})
    if earlier is not None and earlier.offer_id != offer_id:
        raise KeyReused
    return earlier


def _load_form(offer: Offer, raw: Form | None) -> Form:
    try:
        return offers.scenario_of(offer).load_form(raw or {}, offer.terms)
    except ValidationError as wrong:
        raise Invalid(errors={"json": {"form": wrong.normalized_messages()}}) from None


def _make(offer: Offer, decision: Decision, key: str, form_sealed: bytes | None) -> Entitlement:
    moment, scenario = clock.now(), offers.scenario_of(offer)
    entitlement = Entitlement(
        id=new_id(), entitlement_no=_number(), citizen_id=decision.citizen_id, offer_id=offer.id,
        merchant_id=offer.merchant_id, decision_id=decision.id, scenario=scenario.id, kind=scenario.kind.value,
        claim_key=key, terms=offer.terms, value_fen=offer.value_fen, form_sealed=form_sealed,
        buckets=quotas.buckets(offer, decision.citizen_id, clock.shanghai_day(moment)), quota_held=True,
        valid_from=moment, valid_to=life.last_moment(scenario, offer, offer.terms, moment),
        created_at=moment)
    life.begin(entitlement, scenario)
    return entitlement


def _number() -> str:
    """E and 16 letters and digits of 80 random bits: nobody guesses another's."""
    return "E" + base64.b32encode(secrets.token_bytes(10)).decode()


def _seal(citizen: Citizen, form: Form) -> bytes | None:
    return sealing.seal_for(citizen, "entitlement.form", jsons.dumps(form)) if form else None


def refuse(citizen: Citizen, decision: Decision, offer: Offer) -> NoReturn:
    """Tell the citizen why not. Raises ConsentRequired, NotEligible."""
    if not deciding.asked_for_facts(decision):
        raise ConsentRequired(missing_consents=[
            {"scope": need.scope, "recipient": need.recipient}
            for need in deciding.missing(citizen, offer)])
    raise NotEligible(decision_id=str(decision.id),
                      reasons=[vars(reason) for reason in deciding.reasons(decision)])
