"""Completing: the service is over, and what is owed for it is told; by modifying it can only become less."""

from collections.abc import Mapping
from typing import Any

from app.benefits import ordering, redeeming
from app.kernel import clock
from app.kernel.db import session
from app.orders import checking, opening, telling
from app.orders.errors import ContentDiffers, OrderCanceled, OrderDone, OrderStateWrong, TotalRaised
from app.orders.holding import Named, held
from app.orders.models import ServiceOrder

Told = Mapping[str, Any]
OF_THE_END = ("post_payments", "post_discounts", "time_range", "location", "device", "profit_sharing", "goods_tag",
              "reason")


def complete(named: Named, told: Told, actor: str | None = None) -> ServiceOrder:
    """Where nothing is owed it is done at once; the same content again gives the order as it is now.

    `told`: {post_payments, total_amount, post_discounts?, time_range?, location?, …}; `actor`: the account, else it is
    the API. Raises OrderNotExist, AppidWrong,
    TotalWrong, AboveFund, TimeWrong, ContentDiffers, OrderStateWrong, OrderCanceled, OrderDone.
    """
    return held(named, lambda order: _complete(order, told, actor))


def modify(named: Named, told: Told) -> ServiceOrder:
    """What is owed becomes less, or nothing. Raises as `complete`, and TotalRaised."""
    return held(named, lambda order: _modify(order, told))


def complete_directly(merchant: Any, told: Told) -> ServiceOrder:
    """An order and its completion in one: the service is over already. Raises as `opening.create` and `complete`."""
    def fresh(digest: str) -> ServiceOrder:
        asked = opening.Asked(merchant.id, told, digest, opening.open_service(merchant, told), None)
        checking.total(told, asked.offer.value_fen)
        checking.over(told["time_range"], told["time_range"]["start_time"])
        if told["total_amount"] > 0 or told.get("notify_url") is not None:
            checking.notify_url(told.get("notify_url") or "")
        return opening.begin(asked, lambda order: finish(order, told))

    return opening.once(merchant.id, told, fresh)


def running(order: ServiceOrder, description: str) -> None:
    """Raises OrderCanceled, OrderDone, OrderStateWrong unless it is under way and that far."""
    if order.state == "REVOKED":
        raise OrderCanceled
    if order.state == "DONE":
        raise OrderDone
    if order.state != "DOING" or order.state_description != description:
        raise OrderStateWrong


def finish(order: ServiceOrder, told: Told, actor: str | None = None) -> None:
    """Write what is owed; the rest follows from whether anything is."""
    _owe(order, told)
    order.completed_at, order.state_description = clock.now(), "MCH_COMPLETE"
    order.ending_digest = redeeming.digest_of(told)
    if order.total_fen:
        session().flush()
        ordering.bill(_use(order))
        telling.citizen(order, "order_reminder")
    else:
        done(order, actor)


def done(order: ServiceOrder, actor: str | None = None) -> None:
    """Nothing is owed any more."""
    order.state, order.state_description, order.settled_at = "DONE", None, clock.now()
    session().flush()
    ordering.settle(_use(order), order.total_fen or 0, actor)


def _complete(order: ServiceOrder, told: Told, actor: str | None) -> ServiceOrder:
    if order.ending_digest is not None and order.state != "REVOKED":
        if order.ending_digest != redeeming.digest_of(told):
            raise OrderDone if order.state == "DONE" else ContentDiffers
        return order
    running(order, "USER_CONFIRM")
    checking.over(told.get("time_range"), checking.started(order))
    finish(order, told, actor)
    return order


def _modify(order: ServiceOrder, told: Told) -> ServiceOrder:
    digest = redeeming.digest_of(told)
    if order.modify_digest == digest and order.state in ("DOING", "DONE"):
        return order
    running(order, "MCH_COMPLETE")
    if order.total_fen is None or told["total_amount"] > order.total_fen:
        raise TotalRaised(field="total_amount", issue=f"<= {order.total_fen}")
    _owe(order, {**(order.ending or {}), "post_discounts": None, **told})
    order.modify_digest = digest
    if order.total_fen:
        session().flush()
    else:
        done(order)
    return order


def _owe(order: ServiceOrder, told: Told) -> None:
    ceiling = order.ceiling_fen if order.risk_fund_fen is None else order.risk_fund_fen
    order.payments_fen, order.discounts_fen = checking.total(told, ceiling)
    order.total_fen = int(told["total_amount"])
    order.ending = {name: told[name] for name in OF_THE_END if told.get(name) is not None}


def _use(order: ServiceOrder) -> Any:
    """Raises RuntimeError for an order that never began: the database has none that is complete."""
    if order.redemption_id is None:
        raise RuntimeError("an order without its use")
    return order.redemption_id
