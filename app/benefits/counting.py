"""How the places of an offer went, day by day."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Date, cast, func, select

from app.benefits.models import Entitlement, Offer
from app.kernel import clock
from app.kernel.db import session


@dataclass(frozen=True)
class Day:
    """A Shanghai day: how many were claimed and hold their place still, and what was left at its end."""

    day: date
    claimed: int
    left: int | None


def burn_down(offer: Offer, days: int = 30) -> list[Day]:
    """The last days to today, none before it opened. Places that came back count for the day they were taken on."""
    today = clock.today()
    first = max(today - timedelta(days=days - 1), clock.shanghai_day(min(offer.opens_at, offer.created_at)))
    on = cast(func.timezone("Asia/Shanghai", Entitlement.created_at), Date)
    taken = dict(session().execute(
        select(on, func.count()).where(Entitlement.offer_id == offer.id, Entitlement.quota_held,
                                       Entitlement.created_at >= clock.day_start(first)).group_by(on)).tuples().all())
    told, after = [], 0
    for back in range((today - first).days + 1):
        day = today - timedelta(days=back)
        left = None if offer.quota_total is None else offer.quota_total - offer.granted + after
        told.append(Day(day, taken.get(day, 0), left))
        after += taken.get(day, 0)
    return told[::-1]
