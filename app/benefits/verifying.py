"""A merchant looks at a code and is told yes or no; the citizen sees that it looked."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from app.benefits import presenting
from app.benefits.models import Entitlement, Offer, Presentation, Verification
from app.identity import queries as citizens
from app.kernel import clock
from app.kernel.db import session, transaction
from app.kernel.ids import new_id
from app.kernel.redis import limit
from app.kernel.settings import settings
from app.merchants import openids
from app.merchants import queries as merchants
from app.trail import writing


@dataclass(frozen=True)
class Answer:
    """`verification_no` and `eligible`; the rest only with a yes, and never a name, a grade or a reason."""

    verification_no: str
    eligible: bool
    openid: str | None = None
    service_id: str | None = None
    entitlement_no: str | None = None
    title: str | None = None
    valid_to: datetime | None = None


def verify(merchant_id: uuid.UUID, code: str, service_id: str | None) -> Answer:
    """Whether this code lets its bearer use something of this merchant now. The code stays unused.

    Unknown, expired, used, another merchant's and not eligible are one and the same no. Raises TooMany where a
    merchant sends more codes that come to nothing than it could have scanned.
    """
    with transaction():
        moment = clock.now()
        shown = presenting.find(code)
        found = _usable(merchant_id, shown, service_id, moment)
        look = Verification(
            verification_no=f"V{new_id().hex}", merchant_id=merchant_id, eligible=found is not None, at=moment,
            presentation_id=shown.id if shown else None, entitlement_id=found[0].id if found else None)
        session().add(look)
        _tell(merchant_id, shown)
    if found is None:
        missed(merchant_id)
        return Answer(look.verification_no, eligible=False)
    entitlement, offer = found
    return Answer(look.verification_no, eligible=True,
                  openid=openids.pairwise(merchant_id, entitlement.citizen_id), service_id=offer.service_id,
                  entitlement_no=entitlement.entitlement_no, title=offer.title, valid_to=entitlement.valid_to)


def missed(merchant_id: uuid.UUID) -> None:
    """Count a code that came to nothing. Raises TooMany above the merchant's budget in a minute."""
    limit(f"missed:{merchant_id}", settings().MISSED_CODES_PER_MINUTE, 60)


def _usable(merchant_id: uuid.UUID, shown: Presentation | None, service_id: str | None,
            moment: datetime) -> tuple[Entitlement, Offer] | None:
    if shown is None or shown.used_at is not None or shown.expires_at <= moment:
        return None
    found = session().execute(
        select(Entitlement, Offer).join(Offer, Offer.id == Entitlement.offer_id)
        .where(Entitlement.id == shown.entitlement_id, Entitlement.merchant_id == merchant_id)
        .execution_options(populate_existing=True)).first()
    if found is None or not presenting.presentable(found[0], moment):
        return None
    if service_id is not None and service_id != found[1].service_id:
        return None
    return None if citizens.get(found[0].citizen_id) is None else (found[0], found[1])


def _tell(merchant_id: uuid.UUID, shown: Presentation | None) -> None:
    """An entry in the citizen's access log, whatever the answer; an unknown code has nobody to tell, but costs
    the same work.
    """
    merchant = merchants.get(merchant_id)
    entitlement = None if shown is None else session().get(Entitlement, shown.entitlement_id)
    writing.record(entitlement.citizen_id if entitlement else None, actor=f"merchant:{merchant.mchid}",
                   who=merchant.name, what="eligibility.verify", purpose="核验出示的权益",
                   about=f"entitlement:{entitlement.id}" if entitlement else None)
