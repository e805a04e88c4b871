"""Places in an offer: taken by conditional writes, given back when a claim comes to nothing.

Each write counts and checks in one statement, with a CHECK of the table behind it: whatever runs beside it,
nothing is granted twice. The rows that all claimants share (the day, the offer) are touched last, so that they
are held only until the commit.
"""

import uuid
from datetime import date

from sqlalchemy import bindparam, or_, select, text, update

from app.benefits.errors import LimitReached, OfferClosed, SoldOut
from app.benefits.models import Entitlement, Offer, QuotaCount
from app.kernel import clock
from app.kernel.db import need_transaction, session

# made once, since making a statement costs more than sending it
OFFERS = Offer.metadata.tables["offers"]
COUNT = text("""
    INSERT INTO quota_counts AS held (offer_id, bucket, granted, lim)
    SELECT :offer_id, bucket, 1, lim
    FROM unnest(CAST(:buckets AS text[]), CAST(:limits AS bigint[])) WITH ORDINALITY AS told (bucket, lim, place)
    ORDER BY place
    ON CONFLICT (offer_id, bucket) DO UPDATE SET granted = held.granted + 1, lim = excluded.lim
    WHERE held.granted < excluded.lim
    RETURNING bucket
""")
OPEN_NOW = (OFFERS.c.id == bindparam("offer_id"), OFFERS.c.state == "live",
            OFFERS.c.opens_at <= bindparam("moment"), OFFERS.c.closes_at > bindparam("moment"))
OPEN = select(OFFERS.c.id).where(*OPEN_NOW)
TAKE = (update(OFFERS).where(*OPEN_NOW, or_(OFFERS.c.quota_total.is_(None), OFFERS.c.granted < OFFERS.c.quota_total))
        .values(granted=OFFERS.c.granted + 1).returning(OFFERS.c.id))
PERIODS = {"week": "%G-W%V", "month": "%Y-%m", "year": "%Y"}


def buckets(offer: Offer, citizen_id: uuid.UUID, day: date) -> list[str]:
    """The counts that a claim on this Shanghai day falls into, the citizen's own first."""
    kind = offer.period_kind
    limited = ((offer.quota_per_person, f"person:{citizen_id}"),
               (offer.quota_per_period, f"{kind}:{day.strftime(PERIODS[kind])}:{citizen_id}"),
               (offer.quota_per_day, f"day:{day}"))
    return [bucket for limit, bucket in limited if limit is not None]


def take(offer: Offer, taken: list[str]) -> None:
    """One place in each of these buckets and in the offer, as the last writes of the claim's transaction.

    Raises LimitReached, SoldOut, OfferClosed; the caller's transaction then takes nothing at all.
    """
    need_transaction()
    counted = _count(offer, taken) if taken else frozenset()
    for bucket in taken:
        if bucket not in counted:
            kind = bucket.partition(":")[0]
            raise SoldOut(quota=kind) if kind == "day" else LimitReached(quota=kind)
    _take_one(offer.id)


def give_back(entitlement: Entitlement) -> None:
    """The places that this entitlement holds, once; called where a move of the life table releases them."""
    need_transaction()
    if not entitlement.quota_held:
        return
    entitlement.quota_held = False
    s = session()
    s.flush()  # the citizen's own row before the shared ones
    for bucket in entitlement.buckets:
        s.execute(update(QuotaCount)
                  .where(QuotaCount.offer_id == entitlement.offer_id, QuotaCount.bucket == bucket)
                  .values(granted=QuotaCount.granted - 1).execution_options(synchronize_session=False))
    s.execute(update(Offer).where(Offer.id == entitlement.offer_id).values(granted=Offer.granted - 1)
              .execution_options(synchronize_session=False))


def left(offer: Offer) -> int | None:
    """Places left in total; None where there is no limit."""
    return None if offer.quota_total is None else max(0, offer.quota_total - offer.granted)


def _count(offer: Offer, taken: list[str]) -> frozenset[str]:
    """Those of the buckets that still had a place; in the order in which they are told, the shared ones last."""
    s = session()
    s.flush()  # the citizen's own rows before the shared ones
    return frozenset(s.scalars(COUNT, {"offer_id": offer.id, "buckets": taken,
                                       "limits": [_limit(offer, bucket) for bucket in taken]}))


def _limit(offer: Offer, bucket: str) -> int | None:
    """The operator may have changed it since the bucket began, so the offer says it each time."""
    match bucket.partition(":")[0]:
        case "person":
            return offer.quota_per_person
        case "day":
            return offer.quota_per_day
        case _:
            return offer.quota_per_period


def _take_one(offer_id: uuid.UUID) -> None:
    moment, s = clock.now(), session()
    told = {"offer_id": offer_id, "moment": moment}
    if s.execute(TAKE, told).first() is None:
        raise SoldOut(quota="total") if s.execute(OPEN, told).first() else OfferClosed()
