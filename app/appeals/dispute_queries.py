"""Appeals as a merchant sees them: that there is one, about which of its orders or uses, and where it stands.

Neither whose it is nor what was written: no column here tells it.
"""

import uuid
from typing import Any

from sqlalchemy import Select, and_, func, select

from app.appeals.models import Appeal
from app.benefits import redemption_queries
from app.kernel.db import session


def of_merchant(merchant_id: uuid.UUID) -> Select[Any]:
    """For a page to narrow and sort: the appeal's number, kind, state, days and outcome; entitlement and service."""
    about = redemption_queries.disputable(merchant_id)
    found: Select[Any] = select(
        Appeal.id, Appeal.appeal_no, Appeal.about_kind, Appeal.opened_by, Appeal.state, Appeal.opened_at,
        Appeal.settle_by, Appeal.settled_at, Appeal.outcome, about.c.entitlement_id, about.c.entitlement_no,
        about.c.service)
    return found.join(about, and_(about.c.kind == Appeal.about_kind, about.c.about == func.lower(Appeal.about_id)))


def one(merchant_id: uuid.UUID, appeal_no: str) -> Any:
    """The appeal, where it is about something of this merchant's; None for another's, as for none."""
    known = of_merchant(merchant_id).where(Appeal.appeal_no == appeal_no).with_only_columns(Appeal.id)
    return session().scalar(select(Appeal).where(Appeal.id.in_(known)).execution_options(populate_existing=True))


def row(merchant_id: uuid.UUID, appeal_no: str) -> Any:
    """The same as a row of the list."""
    return session().execute(of_merchant(merchant_id).where(Appeal.appeal_no == appeal_no)).first()


def waiting(merchant_id: uuid.UUID) -> int:
    """How many aren't settled."""
    found = of_merchant(merchant_id).where(Appeal.state != "settled").subquery()
    return session().scalar(select(func.count()).select_from(found)) or 0
