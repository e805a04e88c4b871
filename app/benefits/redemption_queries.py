"""A merchant's own redemptions, for its console: lists, one with its steps, and what they came to by day and store.

No citizen, no openid, no grade and no other merchant's row is ever among the columns.
"""

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, and_, cast, exists, func, literal, or_, select, union_all
from sqlalchemy.sql.selectable import Subquery

from app.benefits import reversing
from app.benefits.models import Entitlement, Offer, Redemption, Step, Usage
from app.benefits.statements import ORDERS
from app.kernel import clock
from app.kernel.db import session
from app.scenario.access import scenarios
from app.scenario.contract import Role

COLUMNS: tuple[Any, ...] = (Redemption.id, Redemption.redemption_no, Redemption.out_redemption_no,
                            Redemption.store_code, Redemption.clerk, Redemption.original_fen, Redemption.waived_fen,
                            Redemption.paid_fen, Redemption.state, Redemption.redeemed_at, Entitlement.entitlement_no,
                            Entitlement.kind, Entitlement.scenario, Offer.title.label("service"),
                            Offer.id.label("offer_id"))

CLAIMED = "领取"  # the one step that isn't a move of a scenario's table


@dataclass(frozen=True)
class Done:
    """One step of an entitlement in the scenario's words; `note` is the merchant's own, never anybody else's."""

    at: datetime
    words: str
    state: str
    by: str
    note: str


@dataclass(frozen=True)
class Sum:
    """Uses that stand under one head (a day, a store), and what they waived in fen."""

    head: Any
    uses: int
    waived_fen: int


def of_merchant(merchant_id: uuid.UUID) -> Select[Any]:
    """This merchant's redemptions (service orders have a list of their own), for a page to narrow and sort."""
    found: Select[Any] = select(*COLUMNS).join(Entitlement, Entitlement.id == Redemption.entitlement_id)
    return found.join(Offer, Offer.id == Entitlement.offer_id).where(
        Redemption.merchant_id == merchant_id, ~Redemption.out_redemption_no.startswith(ORDERS, autoescape=True))


def one(merchant_id: uuid.UUID, redemption_no: str) -> Redemption | None:
    """By our number; another merchant's, and one of a service order, is as good as absent."""
    return session().scalar(select(Redemption).where(
        Redemption.merchant_id == merchant_id, Redemption.redemption_no == redemption_no,
        ~Redemption.out_redemption_no.startswith(ORDERS, autoescape=True)).execution_options(populate_existing=True))


def row(merchant_id: uuid.UUID, redemption_no: str) -> Any:
    """The same as a row of the list."""
    return session().execute(of_merchant(merchant_id).where(Redemption.redemption_no == redemption_no)).first()


def services(merchant_id: uuid.UUID) -> dict[str, str]:
    """This merchant's offers that may have been used: {service id: title}, newest first."""
    rows = session().execute(select(Offer.id, Offer.title).where(Offer.merchant_id == merchant_id)
                             .order_by(Offer.id.desc()).limit(200))
    return {offer_id.hex: title for offer_id, title in rows}


def reversible_until(redemption: Redemption) -> datetime | None:
    """Until when the merchant may take it back; None where it can't (any more)."""
    found = session().execute(select(Entitlement, Offer).join(Offer, Offer.id == Entitlement.offer_id)
                              .where(Entitlement.id == redemption.entitlement_id)).one()
    door = scenarios()[found[0].scenario].manifest.doors.reversal
    last = reversing.until(redemption, found[1])
    open_ = door is not None and redemption.state in ("open", "done") and clock.now() <= last
    return last if open_ else None


def steps(merchant_id: uuid.UUID, entitlement_id: uuid.UUID) -> list[Done]:
    """What became of this merchant's entitlement, oldest first."""
    rows = session().execute(
        select(Step, Entitlement.scenario).join(Entitlement, Entitlement.id == Step.entitlement_id)
        .where(Entitlement.id == entitlement_id, Entitlement.merchant_id == merchant_id).order_by(Step.at, Step.id))
    return [_done(step, scenario) for step, scenario in rows]


def by_day(merchant_id: uuid.UUID, first: date, store_code: str | None = None) -> list[Sum]:
    """Of each Shanghai day since `first` that has any, in order."""
    day = func.date(func.timezone("Asia/Shanghai", Redemption.redeemed_at))
    return _sums(merchant_id, day, first, store_code)


def by_store(merchant_id: uuid.UUID, first: date, store_code: str | None = None) -> list[Sum]:
    """Of each store since `first` that has any, by code; an empty one where the merchant told none."""
    return _sums(merchant_id, func.coalesce(Redemption.store_code, ""), first, store_code)


def disputable(merchant_id: uuid.UUID) -> Subquery:
    """What of this merchant's a citizen may object to, to be joined by `kind` ("entitlement" by its id, "usage" by its
    number) and `about`, in lower case: only what the merchant itself took part in.
    """
    used = or_(Entitlement.kind == "application", exists().where(Redemption.entitlement_id == Entitlement.id))
    named = (Entitlement.id.label("entitlement_id"), Entitlement.entitlement_no, Offer.title.label("service"))
    own = select(literal("entitlement").label("kind"), cast(Entitlement.id, Text).label("about"), *named).join(
        Offer, Offer.id == Entitlement.offer_id).where(Entitlement.merchant_id == merchant_id, used)
    told = select(literal("usage"), func.lower(Usage.usage_no), *named).join(
        Entitlement, Entitlement.id == Usage.entitlement_id).join(Offer, Offer.id == Entitlement.offer_id).where(
        and_(Entitlement.merchant_id == merchant_id, used))
    return union_all(own, told).subquery("disputable")


def newest(merchant_id: uuid.UUID, entitlement_id: uuid.UUID) -> Redemption | None:
    """The newest use of this merchant's entitlement."""
    return session().scalar(select(Redemption).where(
        Redemption.merchant_id == merchant_id, Redemption.entitlement_id == entitlement_id)
        .order_by(Redemption.redeemed_at.desc(), Redemption.id.desc()).limit(1))


def _sums(merchant_id: uuid.UUID, head: ColumnElement[Any], first: date, store_code: str | None) -> list[Sum]:
    query = select(head, func.count(), func.coalesce(func.sum(Redemption.waived_fen), 0)).where(
        Redemption.merchant_id == merchant_id, Redemption.state != "reversed",
        Redemption.redeemed_at >= clock.day_start(first))
    if store_code is not None:
        query = query.where(Redemption.store_code == store_code)
    return [Sum(one, uses, int(fen)) for one, uses, fen in session().execute(query.group_by(head).order_by(head))]


def _done(step: Step, scenario_id: str) -> Done:
    manifest = scenarios()[scenario_id].manifest
    own = step.note if step.by == Role.MERCHANT.value else None
    return Done(step.at, manifest.moves.get(step.move, CLAIMED), manifest.states.get(step.target, step.target),
                step.by, own or "")
