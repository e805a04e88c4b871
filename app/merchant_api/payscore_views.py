"""PayScore's doors (merchant.md, section 2): service orders, and the permissions to open them without asking."""

from typing import Any

from flask import Response, g

from app.benefits.errors import OfferClosed
from app.credit.errors import PlatformUnavailable
from app.kernel.beats import on_the_beat
from app.kernel.http import Door
from app.kernel.openapi import refuses
from app.merchant_api import payscore_schemas as schemas
from app.merchant_api.guards import merchant_required
from app.orders import cancelling, completing, opening, paying, permitting, queries, showing
from app.orders.errors import (
    AboveFund,
    AppidWrong,
    ContentDiffers,
    NotAuthorised,
    NotifyUrlWrong,
    OrderCanceled,
    OrderDone,
    OrderNotExist,
    OrderStateWrong,
    OrdersUnfinished,
    PermissionExists,
    PermissionNotFound,
    PermissionNotOpen,
    ServiceNotFound,
    TimeWrong,
    TotalRaised,
    TotalWrong,
)
from app.orders.holding import Named

door = Door("payscore", __name__, url_prefix="/v3/payscore",
            description="Deposit-free service orders, as WeChat Pay's PayScore speaks")
sdk_door = Door("payscore_sdk", __name__, url_prefix="/payscore",
                description="The path of a direct completion as the public SDK sends it")
Told = dict[str, Any]
OPENING = (ContentDiffers, ServiceNotFound, OfferClosed, AppidWrong, AboveFund, TimeWrong, NotifyUrlWrong,
           NotAuthorised, PlatformUnavailable)
MOVING = (OrderNotExist, AppidWrong, OrderCanceled, OrderDone, OrderStateWrong)


@door.post("/serviceorder")
@refuses(*OPENING)
@merchant_required
@door.arguments(schemas.OrderIn)
@door.response(200, schemas.OrderOut)
@on_the_beat(NotAuthorised)
def create(told: Told) -> Told:
    """Open an order; the same content again gives the same"""
    return showing.for_merchant(opening.create(g.merchant, told))


@door.get("/serviceorder")
@refuses(OrderNotExist, AppidWrong)
@merchant_required
@door.arguments(schemas.OrderArgs, location="query")
@door.response(200, schemas.OrderOut)
def query(args: Told) -> Told:
    """One order, by the merchant's number or by the one that the phone carried back"""
    return showing.for_merchant(queries.asked(g.merchant.id, args))


@door.post("/serviceorder/<out_order_no>/cancel")
@refuses(OrderNotExist, AppidWrong, ContentDiffers, OrderDone, OrderStateWrong)
@merchant_required
@door.arguments(schemas.CancelIn)
@door.response(200, schemas.OrderBriefOut)
def cancel(told: Told, out_order_no: str) -> Told:
    """Take it back, before it is complete"""
    return showing.brief(cancelling.cancel(_named(told, out_order_no), told["reason"]))


@door.post("/serviceorder/<out_order_no>/modify")
@refuses(*MOVING, TotalWrong, AboveFund, TotalRaised)
@merchant_required
@door.arguments(schemas.ModifyIn)
@door.response(200, schemas.OrderOut)
def modify(told: Told, out_order_no: str) -> Told:
    """Less is owed than was told"""
    return showing.for_merchant(completing.modify(_named(told, out_order_no), _rest(told)))


@door.post("/serviceorder/<out_order_no>/complete")
@refuses(*MOVING, ContentDiffers, TotalWrong, AboveFund, TimeWrong)
@merchant_required
@door.arguments(schemas.CompleteIn)
@door.response(200, schemas.OrderOut)
def complete(told: Told, out_order_no: str) -> Told:
    """The service is over; this is owed"""
    return showing.for_merchant(completing.complete(_named(told, out_order_no), _rest(told)))


@door.post("/serviceorder/<out_order_no>/pay")
@refuses(*MOVING)
@merchant_required
@door.arguments(schemas.ServiceIn)
@door.response(200, schemas.OrderBriefOut)
def pay(told: Told, out_order_no: str) -> Told:
    """Remind the citizen of what is owed"""
    return showing.brief(paying.remind(_named(told, out_order_no)))


@door.post("/serviceorder/<out_order_no>/sync")
@refuses(*MOVING, ContentDiffers, TimeWrong)
@merchant_required
@door.arguments(schemas.SyncIn)
@door.response(200, schemas.OrderOut)
def sync(told: Told, out_order_no: str) -> Told:
    """It was paid by other means"""
    return showing.for_merchant(paying.synchronise(_named(told, out_order_no), told))


@sdk_door.post("/serviceorder/direct-complete")
@door.post("/serviceorder/direct-complete")
@refuses(*OPENING, TotalWrong)
@merchant_required
@door.arguments(schemas.DirectIn)
@door.response(200, schemas.OrderOut)
@on_the_beat(NotAuthorised)
def direct_complete(told: Told) -> Told:
    """An order and its completion in one, by the citizen's permission"""
    return showing.for_merchant(completing.complete_directly(g.merchant, told))


@door.post("/permissions")
@refuses(AppidWrong, ServiceNotFound, NotifyUrlWrong, ContentDiffers, PermissionExists)
@merchant_required
@door.arguments(schemas.PermissionIn)
@door.response(200, schemas.AppliedOut)
def apply(told: Told) -> Told:
    """Ask a citizen for the permission: the token is what the mini-app opens"""
    offer = opening.service(g.merchant.id, told["service_id"])
    return {"apply_permissions_token": permitting.apply(g.merchant, told, offer.id)[1]}


@door.get("/permissions/authorization-code/<authorization_code>")
@refuses(PermissionNotFound)
@merchant_required
@door.arguments(schemas.CodeArgs, location="query")
@door.response(200, schemas.MerchantPermissionOut)
def by_code(args: Told, authorization_code: str) -> Told:
    """A permission by the merchant's number for it"""
    return showing.permission(queries.permission_by_code(g.merchant.id, args["service_id"], authorization_code))


@door.get("/permissions/openid/<openid>")
@refuses(PermissionNotFound, AppidWrong)
@merchant_required
@door.arguments(schemas.ServiceIn, location="query")
@door.response(200, schemas.MerchantPermissionOut)
def by_openid(args: Told, openid: str) -> Told:
    """The permission of one citizen"""
    return showing.permission(queries.permission_by_openid(g.merchant.id, args, openid))


@door.post("/permissions/authorization-code/<authorization_code>/terminate")
@refuses(PermissionNotFound, PermissionNotOpen, OrdersUnfinished)
@merchant_required
@door.arguments(schemas.EndByCodeIn)
@door.response(204)
def end_by_code(told: Told, authorization_code: str) -> Response:
    """End a permission, by the merchant's number for it"""
    permitting.terminate(queries.permission_by_code(g.merchant.id, told["service_id"], authorization_code),
                         told["reason"])
    return Response(status=204)  # nothing is signed as nothing, not as "null"


@door.post("/permissions/openid/<openid>/terminate")
@refuses(PermissionNotFound, AppidWrong, PermissionNotOpen, OrdersUnfinished)
@merchant_required
@door.arguments(schemas.EndByOpenidIn)
@door.response(204)
def end_by_openid(told: Told, openid: str) -> Response:
    """End the permission of one citizen"""
    permitting.terminate(queries.permission_by_openid(g.merchant.id, told, openid), told["reason"])
    return Response(status=204)


def _named(told: Told, out_order_no: str) -> Named:
    return Named(g.merchant.id, out_order_no, told["service_id"], told["appid"])


def _rest(told: Told) -> Told:
    """What is told of the order, without which order it is."""
    return {name: value for name, value in told.items() if name not in ("appid", "service_id")}
