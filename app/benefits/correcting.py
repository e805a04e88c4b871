"""Writing a usage anew where the platform would not have the first one; the first stays as it is."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from app.benefits.models import Entitlement, Usage
from app.benefits.usages import NEXT, USAGES
from app.kernel import clock
from app.kernel.db import need_transaction, session
from app.kernel.ids import new_id
from app.outbox import putting

NEW = ("id", "usage_no", "ordinal", "corrects", "created_at")  # the rest is the first one's, but for what changes


def lock(usage_no: str) -> Usage | None:
    """The usage, with its entitlement locked till commit, so that nobody reports of it meanwhile."""
    need_transaction()
    usage = session().scalar(select(Usage).where(Usage.usage_no == usage_no))
    if usage is not None:
        session().execute(select(Entitlement.id).where(Entitlement.id == usage.entitlement_id).with_for_update())
    return usage


def write(usage: Usage, changes: Mapping[str, Any]) -> str:
    """The new usage and its outbox message; its number. After lock(), in the same transaction."""
    need_transaction()
    usage_id = new_id()
    usage_no = f"U{usage_id.hex}"
    kept = {column.name: getattr(usage, column.name) for column in USAGES.columns if column.name not in NEW}
    session().execute(USAGES.insert().values(
        {**kept, **changes, "id": usage_id, "usage_no": usage_no, "corrects": usage.usage_no,
         "created_at": clock.now(), "ordinal": NEXT.params(used_id=usage.entitlement_id).scalar_subquery()}))
    putting.put("usage", key=usage_no, payload={"usage_id": str(usage_id)})
    return usage_no
