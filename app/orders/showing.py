"""Orders in the shapes in which merchants and citizens read them. No shape has a place for a name, grade or reason."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from app.benefits import queries as benefits
from app.kernel import clock
from app.merchants import queries as merchants
from app.orders import moments, queries, tokens
from app.orders.models import ServiceOrder, ServicePermission

AS_TOLD = ("service_introduction", "post_payments", "post_discounts", "risk_fund", "time_range", "location", "attach",
           "device", "notify_url")
OF_THE_END = ("post_payments", "post_discounts", "time_range", "location", "device")


def for_merchant(order: ServiceOrder) -> dict[str, Any]:
    """The whole order as PayScore's query tells it; what isn't there is left out."""
    told = {name: value for name, value in order.content.items() if name in AS_TOLD}
    state = queries.state_at(order, clock.now())
    return _there({
        **brief(order), **told, **_end(order), "state": state, "state_description": order.state_description,
        "need_user_confirm": order.need_user_confirm, "openid": order.openid, "total_amount": order.total_fen,
        "package": tokens.package(order.id) if state == "CREATED" else None,
        "need_collection": None if order.total_fen is None else order.total_fen > 0,
        "collection": collection(order)})


def brief(order: ServiceOrder) -> dict[str, Any]:
    """Which order it is, and no more."""
    return {"appid": order.appid, "mchid": merchants.get(order.merchant_id).mchid, "out_order_no": order.out_order_no,
            "service_id": order.offer_id.hex, "order_id": order.order_id}


def collection(order: ServiceOrder) -> dict[str, Any] | None:
    """What is to be paid and what was; None where there is nothing to pay (yet)."""
    if not order.total_fen:
        return None
    paid = order.paid_at is not None
    told: dict[str, Any] = {
        "state": "USER_PAID" if paid else "USER_PAYING", "total_amount": order.total_fen,
        "paying_amount": 0 if paid else order.total_fen, "paid_amount": order.total_fen if paid else 0}
    if order.paid_at is not None:  # always by the merchant's own means: we move no money
        told["details"] = [{"seq": 1, "amount": order.total_fen, "paid_type": "MCH",
                            "paid_time": moments.told(order.paid_at)}]
    return told


def permission(found: ServicePermission) -> dict[str, Any]:
    """A permission as PayScore's query tells it; a risk level is nobody's business."""
    return _there({
        "appid": found.appid, "mchid": merchants.get(found.merchant_id).mchid, "service_id": found.offer_id.hex,
        "authorization_code": found.authorization_code, "openid": found.openid, "authorization_state": found.state,
        "notify_url": found.notify_url, "authorization_success_time": _moment(found.opened_at),
        "cancel_authorization_time": _moment(found.closed_at)})


# -- to the citizen ---------------------------------------------------------------------------------------------


def for_citizen(order: ServiceOrder) -> dict[str, Any]:
    """One order as its citizen reads it, before and after the confirmation."""
    return for_citizens([order])[0]


def for_citizens(orders: Collection[ServiceOrder]) -> list[dict[str, Any]]:
    """Several, with their merchants and services in one read each."""
    shops = merchants.many({each.merchant_id for each in orders})
    services = benefits.offers_by_id({each.offer_id for each in orders})
    return [_for_citizen(each, shops[each.merchant_id].name, services[each.offer_id].title) for each in orders]


def _for_citizen(order: ServiceOrder, merchant: str, service: str) -> dict[str, Any]:
    told = {**order.content, **_end(order)}
    names = ("service_introduction", "risk_fund", "post_payments", "post_discounts", "time_range", "location")
    return _there({
        "id": tokens.package(order.id), "out_order_no": order.out_order_no, "merchant": merchant, "title": service,
        "offer_id": order.offer_id, "entitlement_id": order.entitlement_id, "query_id": order.query_id,
        "state": queries.state_at(order, clock.now()), "state_description": order.state_description,
        **{name: told.get(name) for name in names}, "total_amount": order.total_fen,
        "paid": None if order.total_fen is None else order.state == "DONE", "breached": order.breached_at is not None,
        "created_at": order.created_at, "confirmed_at": order.begun_at, "completed_at": order.completed_at,
        "paid_at": order.paid_at, "cancelled_at": order.cancelled_at, "cancel_reason": order.cancel_reason,
        "confirm_by": order.created_at + queries.LIFE if order.state == "CREATED" else None})


def _end(order: ServiceOrder) -> dict[str, Any]:
    """What the completion told in place of what was foreseen; times, places and devices are laid over
    those of the beginning."""
    ending: Mapping[str, Any] = order.ending or {}
    told: dict[str, Any] = {name: ending[name] for name in OF_THE_END if name in ending}
    for name in ("time_range", "location", "device"):
        if name in told:
            told[name] = {**order.content.get(name, {}), **told[name]}
    if ending and "post_discounts" not in ending:
        told["post_discounts"] = None  # those that were foreseen didn't come about
    return told


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else moments.told(moment)


def _there(told: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in told.items() if value is not None}
