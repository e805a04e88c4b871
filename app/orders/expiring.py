"""The clock's side of orders: what nobody confirmed within its time is over."""

from typing import Any

from sqlalchemy import select, update

from app.kernel import clock
from app.kernel.db import session, transaction
from app.orders import queries
from app.orders.models import ServiceOrder


def run_due(limit: int = 500) -> int:
    """Note up to `limit` orders as expired; how many. A job; may run twice at the same time.

    They are over by their date already: this is for those who count rows.
    """
    with transaction():
        due = (select(ServiceOrder.id).where(ServiceOrder.state == "CREATED",
                                             ServiceOrder.created_at <= clock.now() - queries.LIFE)
               .order_by(ServiceOrder.created_at).limit(limit).with_for_update(skip_locked=True, key_share=True))
        done: Any = session().execute(update(ServiceOrder).where(ServiceOrder.id.in_(due.scalar_subquery()))
                                      .values(state="EXPIRED").execution_options(synchronize_session=False))
        return int(done.rowcount)
