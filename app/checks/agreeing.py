"""The applicant scans: sees who asks and for what, agrees to exactly what is needed, and is answered with reasons."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update

from app.benefits import deciding, offers, showing
from app.benefits import queries as benefits
from app.benefits.errors import ConsentNotNeeded
from app.benefits.queries import Offer
from app.checks import codes
from app.checks.asking import CHECKS
from app.checks.errors import CheckNotFound, CheckTaken
from app.checks.models import Check
from app.consent import checking, granting
from app.consent.needs import Need
from app.identity.queries import Citizen
from app.kernel import clock
from app.kernel.db import retrying, session, transaction
from app.merchants import queries as merchants
from app.trail import writing

PURPOSE = "向受理机构出示可享受的信用激励（只出示是否可享受）"


@dataclass(frozen=True)
class Agreement:
    """To one consent, as its text was read."""

    scenario: str
    scope: str
    text_version: str
    text_digest: str


@dataclass(frozen=True)
class Asked:
    """What the citizen sees before agreeing: each need once, and whether it is given already."""

    check: Check
    asked_by: str
    offers: Sequence[Offer]
    needs: Sequence[tuple[Need, bool]]


def look(citizen: Citizen, code: str) -> Asked:
    """Who asks, about which matter, what it takes. Nothing is decided. Raises CheckNotFound, CheckTaken."""
    check = _scanned(citizen, code)
    meant = _offers(check)
    needs = list(_needs(meant).values())
    missing = checking.missing(citizen.id, needs)
    return Asked(check, merchants.get(check.merchant_id).name, meant, [(need, need not in missing) for need in needs])


def agree(citizen: Citizen, code: str, agreed: Sequence[Agreement]) -> list[dict[str, Any]]:
    """Grant these consents and no other, then decide about each offer; without all of its consents, it is a no.

    Gives, for the citizen alone, [{"offer_id", "title"} and what `showing.decision` says]. Once decided it stands: the
    same again. Raises CheckNotFound, CheckTaken, ConsentNotNeeded, ConsentTextChanged, PlatformUnavailable (nothing is
    decided then, and it can be tried again).
    """
    check = _scanned(citizen, code)
    if check.evaluated_at is None:
        meant = _offers(check)
        _grant(citizen, meant, agreed)
        for offer in meant:
            if offers.is_open(offer):
                deciding.freshen(citizen, offer)
        check = retrying(lambda: _evaluate(citizen, check.id))
    return _told(citizen, check)


def _scanned(citizen: Citizen, code: str) -> Check:
    number = codes.read_code(code)
    check = None if number is None else session().scalar(
        select(Check).where(Check.check_no == number).execution_options(populate_existing=True))
    if check is None or (check.ends_at if check.evaluated_at else check.expires_at) <= clock.now():
        raise CheckNotFound
    if check.citizen_id not in (None, citizen.id):
        raise CheckTaken
    return check


def _offers(check: Check) -> list[Offer]:
    known = benefits.offers_by_id(check.offer_ids)
    return [known[each] for each in check.offer_ids]


def _needs(meant: Sequence[Offer]) -> dict[tuple[str, str], Need]:
    """Each consent once: the body is the same for all, so scenario and scope tell them apart."""
    return {(need.scenario, need.scope): need for offer in meant for need in offers.needs(offer)}


def _grant(citizen: Citizen, meant: Sequence[Offer], agreed: Sequence[Agreement]) -> None:
    needs = _needs(meant)
    with transaction():
        for each in agreed:
            need = needs.get((each.scenario, each.scope))
            if need is None:
                raise ConsentNotNeeded(scope=each.scope)
            granting.grant(citizen, need, each.text_version, each.text_digest)


def _evaluate(citizen: Citizen, check_id: uuid.UUID) -> Check:
    """All decisions, the answer and the entry in the access log, in one transaction; of two at once, one stands."""
    with transaction() as s:
        citizen = deciding.locked(citizen)
        check = s.scalar(select(Check).where(Check.id == check_id).with_for_update()
                         .execution_options(populate_existing=True))
        if check is None or check.citizen_id not in (None, citizen.id):
            raise CheckTaken
        if check.evaluated_at is not None:
            return check
        if check.expires_at <= clock.now():
            raise CheckNotFound
        answers = [_answer(citizen, offer) for offer in _offers(check)]
        s.flush()
        s.execute(update(Check).where(Check.id == check.id).values(
            citizen_id=citizen.id, answers=answers, evaluated_at=clock.now()).execution_options(
            synchronize_session=False))
        merchant = merchants.get(check.merchant_id)
        writing.record(citizen.id, actor=f"merchant:{merchant.mchid}", who=merchant.name, what="check.answer",
                       purpose=PURPOSE, about=f"check:{check.id}")
        CHECKS.labels("answered").inc()
        s.refresh(check)
        return check


def _answer(citizen: Citizen, offer: Offer) -> dict[str, Any]:
    """An offer that closed meanwhile is a no without a decision."""
    decision = deciding.decide(citizen, offer) if offers.is_open(offer) else None
    return {"service_id": offer.service_id, "title": offer.title, "eligible": bool(decision and decision.eligible),
            "decision_id": str(decision.id) if decision else None}


def _told(citizen: Citizen, check: Check) -> list[dict[str, Any]]:
    made = benefits.decisions_of(citizen.id, [uuid.UUID(each["decision_id"]) for each in check.answers or ()
                                              if each["decision_id"]])
    told = []
    for offer, answer in zip(_offers(check), check.answers or (), strict=True):
        decision = made.get(uuid.UUID(answer["decision_id"])) if answer["decision_id"] else None
        shown = showing.decision(citizen, decision, offer) if decision else {
            "decision_id": None, "eligible": False, "reasons": [], "missing_consents": [],
            "ordinary_way": offers.scenario_of(offer).manifest.ordinary_way}
        told.append({"offer_id": offer.id, "title": offer.title, **shown})
    return told

