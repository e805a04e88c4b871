"""A public body's approval system asks: which incentives may the applicant at the counter have?"""

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from prometheus_client import Counter
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.benefits import queries as benefits
from app.benefits.errors import ContentDiffers, NotAPublicBody
from app.checks import codes
from app.checks.errors import NothingToCheck
from app.checks.models import Check
from app.kernel import clock, jsons
from app.kernel.db import session, transaction
from app.kernel.ids import new_id
from app.kernel.redis import limit
from app.kernel.settings import settings
from app.merchants import queries as merchants

CHECKS = Counter("xinyi_checks_total", "Embedded checks", ["outcome"])
LASTS = timedelta(minutes=10)  # of the whole check, and so of the widget's token
MOST = 20  # incentives in one check


@dataclass(frozen=True)
class Wish:
    """`matter` (事项) is what the applicant came for; without `service_ids`, all open offers of the body are meant."""

    out_check_no: str
    matter: str
    service_ids: Sequence[str] | None = None


def ask(merchant_id: uuid.UUID, wish: Wish) -> Check:
    """Open a check; the same number with the same content finds it again, as long as it is remembered.

    Raises NotAPublicBody, NothingToCheck, ContentDiffers, TooMany.
    """
    if merchants.get(merchant_id).kind != "public_body":
        raise NotAPublicBody
    limit(f"checks:{merchant_id}", settings().CHECKS_PER_MINUTE, 60)
    digest = hashlib.sha256(jsons.dumps([wish.matter, wish.service_ids])).hexdigest()
    earlier = find(merchant_id, wish.out_check_no)
    if earlier is None:
        earlier = _open(merchant_id, wish, digest)
    if earlier.content_digest != digest:
        raise ContentDiffers
    return earlier


def find(merchant_id: uuid.UUID, out_check_no: str) -> Check | None:
    """The body's own check of this number."""
    return session().scalar(select(Check).where(Check.merchant_id == merchant_id, Check.out_check_no == out_check_no)
                            .execution_options(populate_existing=True))


def _open(merchant_id: uuid.UUID, wish: Wish, digest: str) -> Check:
    offer_ids = _offers(merchant_id, wish.service_ids)
    moment = clock.now()
    with transaction() as s:
        made = s.execute(
            insert(Check).values(
                id=new_id(), check_no=codes.new_number(), merchant_id=merchant_id, out_check_no=wish.out_check_no,
                content_digest=digest, matter=wish.matter, offer_ids=offer_ids, created_at=moment,
                expires_at=moment + timedelta(seconds=settings().CHECK_SECONDS), ends_at=moment + LASTS)
            .on_conflict_do_nothing().returning(Check.id)).first()
    if made is not None:
        CHECKS.labels("asked").inc()
    found = find(merchant_id, wish.out_check_no)
    assert found is not None  # noqa: S101 (made here or by who was faster)
    return found


def _offers(merchant_id: uuid.UUID, service_ids: Sequence[str] | None) -> list[uuid.UUID]:
    """The open offers that are meant, each once and in their order; every one that was named has to be among them."""
    wanted = None if service_ids is None else [uuid.UUID(each) for each in dict.fromkeys(service_ids)]
    known = [offer.id for offer in benefits.open_of_provider(merchant_id, wanted, MOST)]
    if not known or (wanted is not None and set(wanted) != set(known)):
        raise NothingToCheck(field="service_ids")
    return known if wanted is None else wanted
