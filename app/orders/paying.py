"""Paying is the merchant's own affair: we remind the citizen, and take note that it was paid."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from app.kernel import clock
from app.orders import completing, moments, telling
from app.orders.errors import ContentDiffers, OrderDone, TimeWrong
from app.orders.holding import Named, held
from app.orders.models import ServiceOrder

BETWEEN = timedelta(hours=24)  # reminders of one order: whoever asks more often is heard, the citizen isn't pestered


def remind(named: Named) -> ServiceOrder:
    """The citizen is reminded of what they owe, at most once a day. Raises OrderNotExist, AppidWrong, OrderCanceled,
    OrderDone, OrderStateWrong.
    """
    return held(named, _remind)


def synchronise(named: Named, told: Mapping[str, Any]) -> ServiceOrder:
    """It was paid by other means at `told["detail"]["paid_time"]`; the same again gives the same.

    Raises as `remind`, and TimeWrong, ContentDiffers.
    """
    return held(named, lambda order: _synchronise(order, told["detail"]["paid_time"]))


def _remind(order: ServiceOrder) -> ServiceOrder:
    completing.running(order, "MCH_COMPLETE")
    moment = clock.now()
    if order.reminded_at is None or order.reminded_at + BETWEEN <= moment:
        order.reminded_at = moment
        telling.citizen(order, "order_reminder")
    return order


def _synchronise(order: ServiceOrder, paid_time: str) -> ServiceOrder:
    if order.state == "DONE":
        if order.paid_at is None:
            raise OrderDone
        if moments.told(order.paid_at) != paid_time:
            raise ContentDiffers
        return order
    completing.running(order, "MCH_COMPLETE")
    if moments.to_come(paid_time) or moments.before(paid_time, moments.told(order.created_at)):
        raise TimeWrong(field="detail.paid_time", issue="between the order's creation and now")
    order.paid_at = moments.read(paid_time)
    completing.done(order)
    telling.merchant(order, "PAYSCORE.USER_PAID")
    telling.citizen(order, "order_paid")
    return order
