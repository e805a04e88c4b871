"""A clerk at the counter: look at a code, use it, take that back, have a rented thing returned.

The same verbs as behind the merchants' signed doors, bound to one person in one store. Nothing here knows who stands
at the counter.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, or_, select

from app.benefits import completing, redeeming, reversing, verifying
from app.benefits.completing import Completion
from app.benefits.errors import RedemptionNotFound, TooLateToReverse
from app.benefits.models import Entitlement, Offer, Redemption
from app.kernel import clock
from app.kernel.db import session
from app.kernel.ids import new_id
from app.scenario.access import scenarios
from app.scenario.contract import Kind

UNDO = timedelta(minutes=5)
WHY = "店员撤销"
MOST_SERVICES = 300
KEPT_AFTER_END = timedelta(days=90)  # what was claimed of an offer outlives the offer's own end by so much at most


@dataclass(frozen=True)
class Counter:
    """Who stands where: `store` is the merchant's code of it, `actor` the account (merchant:<id>)."""

    merchant_id: uuid.UUID
    store: str
    actor: str


@dataclass(frozen=True)
class Sight:
    """What a clerk is told with a yes. `here`: whether the offer holds in this store; `number`: for the redemption."""

    number: str
    entitlement_no: str
    service_id: str
    title: str
    kind: str
    here: bool
    worth_fen: int
    valid_to: datetime


def look(counter: Counter, code: str) -> Sight | None:
    """Whether this code may be used now, as `verifying.verify` says; None is every kind of no. Raises TooMany."""
    answer = verifying.verify(counter.merchant_id, code, None)
    return None if answer.entitlement_no is None else sight(counter, answer.entitlement_no, f"C{new_id().hex}")


def sight(counter: Counter, entitlement_no: str, number: str) -> Sight:
    """What was seen, once more. Raises RedemptionNotFound for another merchant's, and for none."""
    found = session().execute(
        select(Entitlement, Offer).join(Offer, Offer.id == Entitlement.offer_id).where(
            Entitlement.merchant_id == counter.merchant_id, Entitlement.entitlement_no == entitlement_no)).first()
    if found is None:
        raise RedemptionNotFound
    held, offer = found
    return Sight(number, entitlement_no, offer.service_id, offer.title, held.kind,
                 _here(offer, counter.store), held.value_fen, held.valid_to)


def use(counter: Counter, **told: Any) -> Redemption:
    """Redeem here and now, or send in what was used without network; `told` and refusals as `redeeming.redeem`."""
    return redeeming.redeem(counter.merchant_id,
                            redeeming.Request(**told, store_id=counter.store, clerk=counter.actor))


def own(counter: Counter, number: str) -> Redemption:
    """What this very person redeemed in this store. Raises RedemptionNotFound for all else."""
    found = of_store(counter, number)
    if found.clerk != counter.actor:
        raise RedemptionNotFound
    return found


def of_store(counter: Counter, number: str) -> Redemption:
    """What was redeemed by a code in this store. Raises RedemptionNotFound for all else."""
    found = redeeming.find(counter.merchant_id, number)
    if found.store_code != counter.store or found.presentation_id is None:
        raise RedemptionNotFound
    return found


def store_of(merchant_id: uuid.UUID, number: str) -> str:
    """In which store the merchant's redemption of this number was; "" where nobody said. Raises RedemptionNotFound."""
    return redeeming.find(merchant_id, number).store_code or ""


def undoable(redemption: Any, moment: datetime) -> bool:
    """Whether there is still time to take it back at the counter, with a slip of the thumb as the reason."""
    since: datetime = redemption.received_at or redemption.redeemed_at
    return redemption.state != "reversed" and moment <= since + UNDO


def undo(counter: Counter, number: str) -> Redemption:
    """Take one's own redemption back, within five minutes of it (of its coming in, where it was without network).

    Raises RedemptionNotFound, TooLateToReverse, and what `reversing.reverse` raises.
    """
    found = own(counter, number)
    if found.state != "reversed" and not undoable(found, clock.now()):
        raise TooLateToReverse
    return reversing.reverse(counter.merchant_id, number, WHY)


def bring_back(counter: Counter, number: str, owed_fen: int, note: str | None = None) -> Redemption:
    """A rented thing is back in the store where it was handed over; refusals as `completing.complete`."""
    of_store(counter, number)
    return completing.complete(counter.merchant_id, number, Completion(owed_fen, note=note))


def today(counter: Counter) -> Select[Any]:
    """One's own redemptions of this Shanghai day in this store, by when they were used or came in."""
    since = clock.day_start(clock.today())
    return _rows(counter).where(Redemption.clerk == counter.actor,
                                func.coalesce(Redemption.received_at, Redemption.redeemed_at) >= since)


def handed_out(counter: Counter) -> Select[Any]:
    """What was handed over in this store and isn't back."""
    return _rows(counter).where(Redemption.state == "open")


def services(counter: Counter) -> dict[str, dict[str, Any]]:
    """What a till without network has to know of the merchant's offers: {service_id: {title, kind, here, worth}}."""
    kinds = {name: each.life.kind for name, each in scenarios().items()}
    rows = session().scalars(select(Offer).where(
        Offer.merchant_id == counter.merchant_id, Offer.state.not_in(("draft", "review")),
        or_(Offer.state != "ended", Offer.closes_at > clock.now() - KEPT_AFTER_END),
        Offer.scenario.in_([name for name, kind in kinds.items() if kind is not Kind.APPLICATION]))
        .order_by(Offer.id.desc()).limit(MOST_SERVICES))
    return {each.service_id: {"title": each.title, "kind": kinds[each.scenario].value,
                              "here": _here(each, counter.store), "worth": each.value_fen} for each in rows}


def _rows(counter: Counter) -> Select[Any]:
    columns: tuple[Any, ...] = (
        Redemption.id, Redemption.out_redemption_no, Redemption.redeemed_at, Redemption.received_at, Redemption.state,
        Redemption.waived_fen, Offer.title, Entitlement.kind, Entitlement.entitlement_no)
    return (select(*columns).select_from(Redemption).join(Entitlement, Entitlement.id == Redemption.entitlement_id)
            .join(Offer, Offer.id == Entitlement.offer_id)
            .where(Redemption.merchant_id == counter.merchant_id, Redemption.store_code == counter.store,
                   Redemption.presentation_id.is_not(None)))


def _here(offer: Offer, store: str) -> bool:
    return not offer.store_codes or store in offer.store_codes
