"""The merchant takes an order back: before it began, or while it runs and nothing was billed."""

from app.benefits import ordering
from app.benefits.errors import NotRedeemable, WrongState
from app.kernel import clock
from app.kernel.db import session
from app.orders import queries
from app.orders.errors import ContentDiffers, OrderDone, OrderStateWrong
from app.orders.holding import Named, held
from app.orders.models import ServiceOrder


def cancel(named: Named, reason: str, actor: str | None = None) -> ServiceOrder:
    """A running one is reported as cancelled, and its place in the quota comes back; the same reason again gives the
    same. `actor`: the account, else it is the API. Raises OrderNotExist, AppidWrong, ContentDiffers, OrderDone,
    OrderStateWrong (billed, expired, breached).
    """
    return held(named, lambda order: _cancel(order, reason, actor))


def _cancel(order: ServiceOrder, reason: str, actor: str | None) -> ServiceOrder:
    moment = clock.now()
    if order.state == "REVOKED":
        if order.cancel_reason != reason:
            raise ContentDiffers
        return order
    if order.state == "DONE":
        raise OrderDone
    if queries.state_at(order, moment) == "EXPIRED" or order.state_description == "MCH_COMPLETE":
        raise OrderStateWrong
    if order.redemption_id is not None:
        try:
            ordering.call_off(order.redemption_id, reason, actor)
        except (WrongState, NotRedeemable):
            raise OrderStateWrong from None
    order.state, order.state_description = "REVOKED", None
    order.cancelled_at, order.cancel_reason = moment, reason
    session().flush()
    return order
