"""The citizen's doors to a merchant's service orders, and to the permissions to open them."""

import uuid
from typing import Any

from flask import g

from app.benefits import queries as benefits
from app.benefits.errors import LimitReached, NotEligible, OfferClosed, OfferNotFound, SoldOut
from app.consent.errors import ConsentRequired, ConsentTextChanged
from app.credit.errors import PlatformUnavailable
from app.identity.guards import citizen_required, verified_required
from app.kernel.http import Door, PageArgs
from app.kernel.idempotency import KeyReused, StillRunning, idempotent
from app.kernel.openapi import refuses
from app.merchants import queries as merchants
from app.orders import confirming, following, leaving, permitting, queries, schemas, showing
from app.orders.errors import (
    PermissionNotFound,
    PermissionOpenAlready,
    PermissionTokenWrong,
    ServiceOrderNotFound,
    ServiceOrderOver,
)

door = Door("orders", __name__, url_prefix="/api/v1", description="Deposit-free orders that a merchant opens")
PARTS = (following, leaving)  # these follow the life of benefits, and take part in the export and in erasing


@door.get("/orders")
@citizen_required
@door.arguments(schemas.OrderArgs, location="query")
@door.response(200, schemas.ServiceOrdersOut)
def own_orders(args: dict[str, Any]) -> dict[str, Any]:
    """My orders, newest first"""
    rows, cursor = queries.own_page(g.citizen.id, args)
    return {"items": showing.for_citizens(rows), "next_cursor": cursor}


@door.get("/orders/<order_id>")
@refuses(ServiceOrderNotFound)
@citizen_required
@door.response(200, schemas.ServiceOrderOut)
def order(order_id: str) -> dict[str, Any]:
    """One order by its `package`: what I am asked to confirm, or what became of it"""
    return showing.for_citizen(queries.by_package(g.citizen.id, order_id))


@door.post("/orders/<order_id>/confirmation")
@refuses(ServiceOrderNotFound, ServiceOrderOver, OfferNotFound, OfferClosed, SoldOut, LimitReached, NotEligible,
         ConsentRequired, PlatformUnavailable, KeyReused, StillRunning)
@verified_required
@idempotent
@door.response(200, schemas.ServiceOrderOut)
def confirmation(order_id: str) -> dict[str, Any]:
    """Yes to this order: here it is decided whether I may have it, and it begins"""
    return showing.for_citizen(confirming.confirm(g.citizen, order_id))


@door.get("/service-permissions")
@citizen_required
@door.arguments(PageArgs, location="query")
@door.response(200, schemas.PermissionsOut)
def own_permissions(args: dict[str, Any]) -> dict[str, Any]:
    """Which merchants may open orders for me without asking each time"""
    rows, cursor = queries.own_permissions(g.citizen.id, args)
    return {"items": [_permission(each) for each in rows], "next_cursor": cursor}


@door.post("/service-permissions")
@refuses(PermissionTokenWrong, PermissionOpenAlready, ConsentTextChanged, ConsentRequired, KeyReused, StillRunning)
@verified_required
@idempotent
@door.arguments(schemas.AllowIn)
@door.response(201, schemas.PermissionOut)
def allow(told: dict[str, Any]) -> dict[str, Any]:
    """Agree to what a merchant's token asks for"""
    return _permission(permitting.allow(g.citizen, told["token"], told["text_version"], told["text_digest"]))


@door.get("/service-permissions/<permission>")
@refuses(PermissionTokenWrong)
@verified_required
@door.response(200, schemas.PermissionAskedOut)
def asked(permission: str) -> dict[str, Any]:
    """What a merchant's token asks for: the exact text, and the consents that come first"""
    found = permitting.asked(g.citizen, permission)
    return {**_permission(found), "missing_consents": permitting.lacking(g.citizen, found)}


@door.delete("/service-permissions/<uuid:permission>")
@refuses(PermissionNotFound)
@citizen_required
@door.response(200, schemas.PermissionOut)
def withdraw(permission: uuid.UUID) -> dict[str, Any]:
    """Take it back, in one step; orders under way are lived out"""
    return _permission(permitting.withdraw(g.citizen, permission))


def _permission(found: Any) -> dict[str, Any]:
    words = permitting.text(found)
    told = {"id": found.id, "merchant": merchants.get(found.merchant_id).name, "offer_id": found.offer_id,
            "title": benefits.offers_by_id([found.offer_id])[found.offer_id].title, "state": found.state, "text": words,
            "text_version": found.text_version or permitting.VERSION,
            "text_digest": found.text_digest or permitting.digest(words)}
    closed = {} if found.closed_at is None else {"closed_at": found.closed_at}
    return {**told, **closed, **({} if found.opened_at is None else {"opened_at": found.opened_at})}
