"""Reads that the doors and others share. The owner is part of the SQL: another's thing is not there."""

import uuid
from collections import defaultdict
from collections.abc import Collection
from typing import Any

from sqlalchemy import Select, func, or_, select

from app.benefits import expiring
from app.benefits.errors import EntitlementNotFound
from app.benefits.models import Decision, Entitlement, Offer, Step
from app.kernel import clock
from app.kernel.db import by_ids, need_transaction, session
from app.kernel.http import page
from app.merchants import queries as merchants
from app.scenario.access import scenarios
from app.scenario.contract import Kind


def open_offers(args: dict[str, Any]) -> tuple[list[Offer], str | None]:
    """A page of the offers that can be claimed now, by `scenario`, `region` and `q`, newest first."""
    moment = clock.now()
    query = select(Offer).where(Offer.state == "live", Offer.opens_at <= moment, Offer.closes_at > moment,
                                Offer.merchant_id.in_(merchants.active_ids()))
    if scenario := args.get("scenario"):
        query = query.where(Offer.scenario == scenario)
    if region := args.get("region"):
        query = query.where(_in_region(region))
    if part := args.get("q"):
        query = query.where(or_(Offer.title.icontains(part, autoescape=True),
                                Offer.summary.icontains(part, autoescape=True),
                                Offer.merchant_id.in_(merchants.named_ids(part))))
    return page(query, (Offer.id,), args)


def offers_by_id(ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Offer]:
    """Offers in whatever state, in one read at most."""
    return by_ids(Offer, ids)


def offer_by_code(code: str) -> Offer | None:
    """The offer of this code, in whatever state."""
    return session().scalar(select(Offer).where(Offer.code == code))


def offers_by_code(codes: Collection[str]) -> dict[str, Offer]:
    """Offers in whatever state by their codes, in one read; codes that nobody has are not there."""
    return {each.code: each for each in session().scalars(
        select(Offer).where(Offer.code.in_(codes)).execution_options(populate_existing=True))}


def open_of_provider(merchant_id: uuid.UUID, ids: Collection[uuid.UUID] | None, limit: int) -> list[Offer]:
    """Those of the provider's offers (of these, where `ids` are given) that can be claimed now, newest first."""
    moment = clock.now()
    query = select(Offer).where(Offer.merchant_id == merchant_id, Offer.state == "live", Offer.opens_at <= moment,
                                Offer.closes_at > moment)
    if ids is not None:
        query = query.where(Offer.id.in_(ids))
    return list(session().scalars(query.order_by(Offer.id.desc()).limit(limit)))


def open_among(ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Offer]:
    """Those of these offers that can be claimed now."""
    moment = clock.now()
    return {each.id: each for each in session().scalars(select(Offer).where(
        Offer.id.in_(ids), Offer.state == "live", Offer.opens_at <= moment, Offer.closes_at > moment,
        Offer.merchant_id.in_(merchants.active_ids())))}


def decisions_of(citizen_id: uuid.UUID, ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Decision]:
    """Those of these decisions that are about this citizen."""
    return {each.id: each for each in session().scalars(
        select(Decision).where(Decision.id.in_(ids), Decision.citizen_id == citizen_id))}


def offers_of_initiative(initiative_no: str) -> list[Offer]:
    """The offers that were made from this initiative, by code."""
    return list(session().scalars(select(Offer).where(Offer.initiative_no == initiative_no).order_by(Offer.code)
                                  .execution_options(populate_existing=True)))


def in_review() -> int:
    """How many offers wait for an operator's review."""
    return session().scalar(select(func.count()).select_from(Offer).where(Offer.state == "review")) or 0


def measures_for(initiative_no: str, limit: int = 200) -> list[Offer]:
    """The offers that could be named as measures of this initiative: not ended, of it or of none; its own first."""
    return list(session().scalars(
        select(Offer).where(Offer.state != "ended",
                            or_(Offer.initiative_no.is_(None), Offer.initiative_no == initiative_no))
        .order_by(Offer.initiative_no.is_(None), Offer.code).limit(limit).execution_options(populate_existing=True)))


def own(citizen_id: uuid.UUID, entitlement_id: uuid.UUID) -> Entitlement:
    """The citizen's entitlement as it is now. Raises EntitlementNotFound, for another's too."""
    return _found(_own(citizen_id, entitlement_id))


def own_locked(citizen_id: uuid.UUID, entitlement_id: uuid.UUID) -> Entitlement:
    """The same, locked until the commit; the citizen is locked before."""
    need_transaction()
    return _found(_own(citizen_id, entitlement_id).with_for_update(key_share=True))


def own_page(citizen_id: uuid.UUID, args: dict[str, Any]) -> tuple[list[Entitlement], str | None]:
    """A page of the citizen's entitlements, newest first; `state` as it is by date."""
    query = select(Entitlement).where(Entitlement.citizen_id == citizen_id)
    if state := args.get("state"):
        query = query.where(expiring.state_column(clock.now()) == state)
    return page(query, (Entitlement.created_at, Entitlement.id), args)


def every_own(citizen_id: uuid.UUID) -> list[Entitlement]:
    """All of them, oldest first."""
    return list(session().scalars(select(Entitlement).where(Entitlement.citizen_id == citizen_id)
                                  .order_by(Entitlement.created_at, Entitlement.id)))


def has_decision(citizen_id: uuid.UUID, decision_id: uuid.UUID) -> bool:
    """Whether this decision is the citizen's own (an appeal may be about it)."""
    return session().scalar(select(Decision.id).where(Decision.id == decision_id,
                                                      Decision.citizen_id == citizen_id)) is not None


def open_orders(citizen_id: uuid.UUID) -> list[Entitlement]:
    """The orders and applications in which something is still owed on either side.

    What was only claimed and not used, or has run out by its date, is not among them.
    """
    moment = clock.now()
    rows = session().scalars(
        select(Entitlement).where(Entitlement.citizen_id == citizen_id, Entitlement.final.is_(False),
                                  Entitlement.kind != Kind.VOUCHER.value).execution_options(populate_existing=True))
    return [each for each in rows if each.state != scenarios()[each.scenario].life.start
            and expiring.state_at(each, moment) == each.state]


def history(ids: Collection[uuid.UUID]) -> dict[uuid.UUID, list[Step]]:
    """The steps of these entitlements, oldest first."""
    steps: dict[uuid.UUID, list[Step]] = defaultdict(list)
    for step in session().scalars(select(Step).where(Step.entitlement_id.in_(ids)).order_by(Step.at, Step.id)):
        steps[step.entitlement_id].append(step)
    return steps


def _in_region(region: str) -> Any:
    """Offers that hold here: of this very region, of one that holds it, or of one within it."""
    around = {region, region[:4] + "00", region[:2] + "0000"}
    within = region.removesuffix("00").removesuffix("00")
    return or_(Offer.region.in_(around), Offer.region.startswith(within))


def _own(citizen_id: uuid.UUID, entitlement_id: uuid.UUID) -> Select[Entitlement]:
    return (select(Entitlement).where(Entitlement.id == entitlement_id, Entitlement.citizen_id == citizen_id)
            .execution_options(populate_existing=True))


def _found(query: Select[Entitlement]) -> Entitlement:
    entitlement = session().scalar(query)
    if entitlement is None:
        raise EntitlementNotFound
    return entitlement
