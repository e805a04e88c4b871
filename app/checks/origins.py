"""Where a body's widget may be framed: the web origins of its own systems, registered by an operator."""

import re
import uuid

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from app.checks.errors import OriginRefused
from app.checks.models import CheckOrigin
from app.kernel import clock
from app.kernel.db import session, transaction

HOST = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?){0,10}"
ORIGIN = re.compile(rf"(?:https://{HOST}|http://(?:127\.0\.0\.1|localhost))(?::[1-9][0-9]{{0,4}})?")


def allow(merchant_id: uuid.UUID, origin: str) -> None:
    """Pages of this origin may frame the widget; again changes nothing. Raises OriginRefused."""
    if len(origin) > 200 or not ORIGIN.fullmatch(origin):
        raise OriginRefused
    with transaction() as s:
        s.execute(insert(CheckOrigin).values(merchant_id=merchant_id, origin=origin, created_at=clock.now())
                  .on_conflict_do_nothing())


def disallow(merchant_id: uuid.UUID, origin: str) -> bool:
    """From now on they may not; whether they might before."""
    with transaction() as s:
        gone = s.execute(delete(CheckOrigin).where(CheckOrigin.merchant_id == merchant_id, CheckOrigin.origin == origin)
                         .returning(CheckOrigin.origin)).first()
    return gone is not None


def registered() -> dict[uuid.UUID, int]:
    """How many origins each body has that has any."""
    return {merchant_id: count for merchant_id, count in session().execute(  # noqa: C416 (rows, not pairs)
        select(CheckOrigin.merchant_id, func.count()).group_by(CheckOrigin.merchant_id))}


def of(merchant_id: uuid.UUID) -> list[str]:
    """In the order of their letters."""
    return list(session().scalars(select(CheckOrigin.origin).where(CheckOrigin.merchant_id == merchant_id)
                                  .order_by(CheckOrigin.origin)))
