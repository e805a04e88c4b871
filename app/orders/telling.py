"""Telling: the merchant by a notification, the citizen by a message; both owed with the commit."""

from datetime import datetime

from app.identity import telling
from app.kernel import clock
from app.merchants import queries as merchants
from app.notifications import putting
from app.orders import moments, showing
from app.orders.models import ServiceOrder, ServicePermission

SUMMARIES = {"PAYSCORE.USER_CONFIRM": "用户已确认订单", "PAYSCORE.USER_PAID": "订单已支付",
             "PAYSCORE.USER_OPEN_SERVICE": "用户已开启服务", "PAYSCORE.USER_CLOSE_SERVICE": "用户已关闭服务"}


def merchant(order: ServiceOrder, event_type: str) -> None:
    """What became of the order, as a query would tell it."""
    if order.notify_url is not None:
        putting.notify(order.merchant_id, event_type, order.out_order_no, showing.for_merchant(order),
                       original_type="payscore", notify_url=order.notify_url, summary=SUMMARIES[event_type])


def of_permission(permission: ServicePermission, event_type: str, moment: datetime) -> None:
    """That it was opened or closed, where the merchant gave an address to be told at."""
    if permission.notify_url is None:
        return
    told = {"mchid": merchants.get(permission.merchant_id).mchid, "appid": permission.appid,
            "out_request_no": permission.authorization_code, "authorization_code": permission.authorization_code,
            "service_id": permission.offer_id.hex, "openid": permission.openid,
            "user_service_status": event_type.removeprefix("PAYSCORE."), "openorclose_time": moments.told(moment)}
    putting.notify(permission.merchant_id, event_type, permission.authorization_code, told, original_type="payscore",
                   notify_url=permission.notify_url, summary=SUMMARIES[event_type])


def citizen(order: ServiceOrder, template: str) -> None:
    """What became of their order: which merchant's, its number, the money it is about, and when."""
    if order.citizen_id is not None:
        telling.tell(order.citizen_id, template, {
            "merchant": merchants.get(order.merchant_id).name, "order_no": order.out_order_no,
            "amount_fen": at_stake(order), "at": clock.now()})


def at_stake(order: ServiceOrder) -> int:
    """What is owed, once that is told; the deposit that was waived until then."""
    return order.risk_fund_fen or 0 if order.total_fen is None else order.total_fen
