"""A merchant looks at a code and is told yes or no; the citizen sees that it looked."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from app.benefits import presenting
from app.benefits.models import Verification
from app.benefits.presenting import Found
from app.kernel import clock
from app.kernel.db import append, transaction
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
    moment, number = clock.now(), f"V{new_id().hex}"
    with transaction():
        found = presenting.find(code, merchants.get(merchant_id).mchid)
        usable = found is not None and _usable(merchant_id, found, service_id, moment)
        append(Verification, verification_no=number, merchant_id=merchant_id, eligible=usable, at=moment,
               presentation_id=found.presentation.id if found else None,
               entitlement_id=found.entitlement.id if found and usable else None)
        _tell(merchant_id, found)
    if found is None or not usable:
        missed(merchant_id)
        return Answer(number, eligible=False)
    entitlement, offer = found.entitlement, found.offer
    return Answer(number, eligible=True,
                  openid=openids.pairwise(merchant_id, entitlement.citizen_id), service_id=offer.service_id,
                  entitlement_no=entitlement.entitlement_no, title=offer.title, valid_to=entitlement.valid_to)


def missed(merchant_id: uuid.UUID) -> None:
    """Count a code that came to nothing. Raises TooMany above the merchant's budget in a minute."""
    limit(f"missed:{merchant_id}", settings().MISSED_CODES_PER_MINUTE, 60)


def _usable(merchant_id: uuid.UUID, found: Found, service_id: str | None, moment: datetime) -> bool:
    shown, entitlement = found.presentation, found.entitlement
    return (shown.used_at is None and shown.expires_at > moment and entitlement.merchant_id == merchant_id
            and service_id in (None, found.offer.service_id) and presenting.presentable(entitlement, moment))


def _tell(merchant_id: uuid.UUID, found: Found | None) -> None:
    """An entry in the citizen's access log, whatever the answer; an unknown code has nobody to tell, but costs
    the same work.
    """
    merchant, entitlement = merchants.get(merchant_id), found.entitlement if found else None
    writing.record(entitlement.citizen_id if entitlement else None, actor=f"merchant:{merchant.mchid}",
                   who=merchant.name, what="eligibility.verify", purpose="核验出示的权益",
                   about=f"entitlement:{entitlement.id}" if entitlement else None)
