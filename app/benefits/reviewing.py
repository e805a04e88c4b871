"""A merchant's own offers: drafted, reviewed by an operator, opened, paused, ended, copied."""

import secrets
import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Select, select

from app.benefits import offers, turning
from app.benefits.errors import OfferNotFound, OfferReasonNeeded, OfferStateWrong, StoreWrong
from app.benefits.models import Offer
from app.benefits.schemas import NewOffer
from app.kernel import clock
from app.kernel.db import session, transaction
from app.merchants import queries as merchants

NOT_TOLD = {"code", "mchid", "scenario", "state"}  # by the merchant: they follow


def draft(merchant_id: uuid.UUID, scenario: str, told: Mapping[str, Any], *, actor: str) -> Offer:
    """A new offer that nobody sees yet; `told` as schemas.NewOffer, but its code, mchid, scenario and state.

    Raises Invalid, marshmallow's ValidationError, StoreWrong.
    """
    mchid = merchants.get(merchant_id).mchid
    _check_stores(merchant_id, told)
    return offers.make({**told, "code": f"{scenario}-{mchid}-{secrets.token_hex(4)}"[:64], "mchid": mchid,
                        "scenario": scenario, "state": "draft"}, actor=actor)


def change(merchant_id: uuid.UUID, offer_id: uuid.UUID, told: Mapping[str, Any], *, actor: str) -> Offer:
    """Another content for a draft. Raises as `draft`, OfferNotFound, OfferStateWrong (also for an offer that was made
    from an initiative: its limits aren't the merchant's to touch).
    """
    mchid = merchants.get(merchant_id).mchid
    _check_stores(merchant_id, told)
    with transaction() as s:
        offer: Offer | None = s.scalar(_own(merchant_id, offer_id).with_for_update())
        if offer is None:
            raise OfferNotFound
        if offer.state != "draft" or offer.initiative_no is not None:
            raise OfferStateWrong(state=offer.state)
        new = offers.checked({**told, "code": offer.code, "mchid": mchid, "scenario": offer.scenario,
                              "state": "draft"})
        offers.conditions(new)
        for name in set(NewOffer().fields) - NOT_TOLD:
            setattr(offer, name, getattr(new, name))
        s.flush()
        turning.step(offer_id, "change", "draft", "draft", actor)
    return offer


def copy(merchant_id: uuid.UUID, offer_id: uuid.UUID, *, actor: str) -> Offer:
    """A draft with the same content, open for as long, from today on. Raises OfferNotFound."""
    found = own(merchant_id, offer_id)
    opens = clock.day_start(clock.today())
    told = {name: value for name, value in offers.as_told(found.code).items() if name not in NOT_TOLD}
    told |= {"opens_at": clock.rfc3339(opens), "closes_at": clock.rfc3339(opens + (found.closes_at - found.opens_at))}
    here = {store.code for store in merchants.open_stores(merchant_id)}
    told["store_codes"] = [code for code in found.store_codes if code in here]
    return draft(merchant_id, found.scenario, told, actor=actor)


def submit(merchant_id: uuid.UUID, offer_id: uuid.UUID, *, actor: str) -> None:
    """To an operator, for review. Raises OfferNotFound, OfferStateWrong."""
    turning.turn(offer_id, "submit", ("draft",), "review", actor, merchant_id=merchant_id)


def take_back(merchant_id: uuid.UUID, offer_id: uuid.UUID, *, actor: str) -> None:
    """A draft again. Raises OfferNotFound, OfferStateWrong."""
    turning.turn(offer_id, "take_back", ("review",), "draft", actor, merchant_id=merchant_id)


def pause(merchant_id: uuid.UUID, offer_id: uuid.UUID, *, actor: str) -> None:
    """No new claims until it is resumed. Raises OfferNotFound, OfferStateWrong."""
    turning.turn(offer_id, "pause", ("live",), "paused", actor, merchant_id=merchant_id)


def resume(merchant_id: uuid.UUID, offer_id: uuid.UUID, *, actor: str) -> None:
    """Open again; a pause that an operator laid on it is the operator's to end. Raises OfferNotFound,
    OfferStateWrong.
    """
    with transaction():
        turning.turn(offer_id, "resume", ("paused",), "live", actor, merchant_id=merchant_id)
        if held_by_operator(offer_id):
            raise OfferStateWrong(state="paused")


def end(merchant_id: uuid.UUID, offer_id: uuid.UUID, *, actor: str) -> None:
    """No new claims for ever; what was granted is lived out. Raises OfferNotFound, OfferStateWrong."""
    turning.turn(offer_id, "end", ("draft", "review", "live", "paused"), "ended", actor, merchant_id=merchant_id)


def open_ours(offer_id: uuid.UUID, *, actor: str) -> None:
    """Live, out of a draft that an operator made. Raises OfferNotFound, OfferStateWrong: a merchant's is reviewed."""
    if merchants_own(offer_id):
        raise OfferStateWrong(state=get(offer_id).state)
    turning.turn(offer_id, "open", ("draft",), "live", actor)


def let_go(offer_id: uuid.UUID, *, actor: str) -> None:
    """Open again after a pause, whoever's it was. Raises OfferNotFound, OfferStateWrong."""
    turning.turn(offer_id, "resume", ("paused",), "live", actor)


def approve(offer_id: uuid.UUID, *, actor: str) -> None:
    """Live, for citizens to claim in its period. Raises OfferNotFound, OfferStateWrong."""
    turning.turn(offer_id, "approve", ("review",), "live", actor)


def give_back(offer_id: uuid.UUID, reason: str, *, actor: str) -> None:
    """To the merchant, as a draft, with what is to be mended. Raises OfferNotFound, OfferStateWrong,
    OfferReasonNeeded.
    """
    if not 1 <= len(reason.strip()) <= turning.LONGEST_NOTE:
        raise OfferReasonNeeded
    turning.turn(offer_id, "give_back", ("review",), "draft", actor, reason.strip())


def held_by_operator(offer_id: uuid.UUID) -> bool:
    """Whether the last pause was an operator's."""
    paused = turning.last(offer_id, "pause")
    return paused is not None and not paused.actor.startswith("merchant:")


def merchants_own(offer_id: uuid.UUID) -> bool:
    """Whether its merchant made it."""
    made = turning.last(offer_id, "make")
    return made is not None and made.actor.startswith("merchant:")


def get(offer_id: uuid.UUID) -> Offer:
    """Any offer in whatever state. Raises OfferNotFound."""
    found = session().get(Offer, offer_id, populate_existing=True)
    if found is None:
        raise OfferNotFound
    return found


def own(merchant_id: uuid.UUID, offer_id: uuid.UUID) -> Offer:
    """This merchant's offer in whatever state; another's is as good as absent. Raises OfferNotFound."""
    found: Offer | None = session().scalar(_own(merchant_id, offer_id))
    if found is None:
        raise OfferNotFound
    return found


def listing(merchant_id: uuid.UUID | None = None) -> Select[Any]:
    """All offers in whatever state, perhaps of one merchant, for a page to narrow and sort."""
    every = select(Offer)
    return every if merchant_id is None else every.where(Offer.merchant_id == merchant_id)


def _own(merchant_id: uuid.UUID, offer_id: uuid.UUID) -> Select[Any]:
    return listing(merchant_id).where(Offer.id == offer_id).execution_options(populate_existing=True)


def _check_stores(merchant_id: uuid.UUID, told: Mapping[str, Any]) -> None:
    here = {store.code for store in merchants.open_stores(merchant_id)}
    if not set(told.get("store_codes", ())) <= here:
        raise StoreWrong(field="store_codes")
