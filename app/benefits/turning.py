"""An offer from one state to the next: one conditional write, and a step that says who did it."""

import uuid
from collections.abc import Sequence

from sqlalchemy import select, update

from app.benefits.errors import OfferNotFound, OfferStateWrong
from app.benefits.models import Offer, OfferStep
from app.kernel.db import append, session, transaction

LONGEST_NOTE = 500


def turn(offer_id: uuid.UUID, move: str, sources: Sequence[str], target: str, actor: str,
         note: str | None = None, *, merchant_id: uuid.UUID | None = None) -> None:
    """`target` from one of `sources`, of this merchant where one is named. Raises OfferNotFound, OfferStateWrong."""
    with transaction() as s:
        query = select(Offer.state).where(Offer.id == offer_id)
        if merchant_id is not None:
            query = query.where(Offer.merchant_id == merchant_id)
        source = s.scalar(query)
        if source is None:
            raise OfferNotFound
        won = s.execute(update(Offer).where(Offer.id == offer_id, Offer.state == source, Offer.state.in_(sources))
                        .values(state=target).returning(Offer.id)).first()
        if won is None:
            raise OfferStateWrong(state=s.scalar(query))
        step(offer_id, move, source, target, actor, note)


def step(offer_id: uuid.UUID, move: str, source: str | None, target: str, actor: str,
         note: str | None = None) -> None:
    """Write down who did what, in the caller's transaction."""
    append(OfferStep, offer_id=offer_id, move=move, source=source, target=target, actor=actor, note=note)


def steps(offer_id: uuid.UUID) -> list[OfferStep]:
    """All of them, oldest first."""
    return list(session().scalars(select(OfferStep).where(OfferStep.offer_id == offer_id).order_by(OfferStep.id)))


def last(offer_id: uuid.UUID, move: str) -> OfferStep | None:
    """The latest step of this kind."""
    return session().scalar(select(OfferStep).where(OfferStep.offer_id == offer_id, OfferStep.move == move)
                            .order_by(OfferStep.id.desc()).limit(1))
