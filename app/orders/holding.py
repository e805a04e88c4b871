"""Holding an order still while something is done with it; the lock order is citizen, order, entitlement."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import select

from app.identity import queries as citizens
from app.kernel.db import need_transaction, retrying, session, transaction
from app.orders import checking, queries
from app.orders.models import ServiceOrder

T = TypeVar("T")


@dataclass(frozen=True)
class Named:
    """How a merchant names an order of theirs, each time with the service and the appid it was made with."""

    merchant_id: uuid.UUID
    out_order_no: str
    service_id: str
    appid: str


class _Confirmed(Exception):
    """It became somebody's while it was being locked: the citizen has to be locked first."""


def held(named: Named, work: Callable[[ServiceOrder], T]) -> T:
    """Do this with the order, locked, in one transaction. Raises OrderNotExist, AppidWrong, and what `work` raises."""
    def once() -> T:
        with transaction():
            order = queries.find(named.merchant_id, named.service_id, named.out_order_no)
            checking.appid(named.appid, order.appid)
            if order.citizen_id is not None:
                citizens.hold(order.citizen_id)
            known = order.citizen_id
            order = lock(order.id)
            if order.citizen_id != known:
                raise _Confirmed
            return work(order)

    while True:
        try:
            return retrying(once)
        except _Confirmed:  # at most once: whose it is never changes again
            continue


def lock(order_id: uuid.UUID) -> ServiceOrder:
    """The order as it is now, nobody else's until the transaction ends."""
    need_transaction()
    return session().execute(select(ServiceOrder).where(ServiceOrder.id == order_id).with_for_update(key_share=True)
                             .execution_options(populate_existing=True)).scalar_one()
