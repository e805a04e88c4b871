"""After the platform repaired a record: what was refused for it may be decided anew, where its citizen wants that.

Nothing is decided by itself: a new decision asks the platform again, and that is the citizen's to want.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on

from app.benefits import queries
from app.benefits.models import Decision, Offer
from app.credit import grades
from app.kernel.db import session
from app.kernel.settings import settings
from app.scenario.conditions import facts_of, from_json, whys_of

MOST = 100


@dataclass(frozen=True)
class Again:
    """An offer that was refused for the record, when, and when the record was repaired."""

    offer: Offer
    refused_at: datetime
    repaired_at: datetime


def offered(citizen_id: uuid.UUID) -> list[Again]:
    """What can be decided anew, the latest refusal first; nothing where the citizen has asked since the repair."""
    repaired_at = grades.repaired_at(citizen_id)
    if repaired_at is None:
        return []
    refused = [made for made in _latest(citizen_id, repaired_at) if made.made_at < repaired_at and _for_credit(made)]
    still_open = queries.open_among({made.offer_id for made in refused})
    return [Again(still_open[made.offer_id], made.made_at, repaired_at)
            for made in sorted(refused, key=lambda made: made.made_at, reverse=True)[:MOST]
            if made.offer_id in still_open]


def _latest(citizen_id: uuid.UUID, repaired_at: datetime) -> list[Decision]:
    """The last decision about each offer, of the days that a repair looks back and since."""
    since = repaired_at - timedelta(days=settings().REPAIR_OFFER_DAYS)
    return list(session().scalars(
        select(Decision).where(Decision.citizen_id == citizen_id, Decision.made_at >= since)
        .ext(distinct_on(Decision.offer_id)).order_by(Decision.offer_id, Decision.id.desc())))


def _for_credit(made: Decision) -> bool:
    """Whether a condition that reads the platform's word of the citizen was among those not met."""
    asked = [each for each in from_json(made.conditions)
             if any(name.startswith("credit.") for name in facts_of([each]))]
    return not made.eligible and not whys_of(asked).isdisjoint(made.unmet)
