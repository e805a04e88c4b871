"""Permissions: a citizen lets a merchant open orders of one service without asking each time, and takes that back."""

import hashlib
import uuid
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.benefits import deciding, offers
from app.consent.errors import ConsentRequired, ConsentTextChanged
from app.identity import queries as citizens
from app.identity.queries import Citizen
from app.kernel import clock
from app.kernel.db import broke, retrying, session, transaction
from app.kernel.ids import new_id
from app.merchants import openids
from app.merchants import queries as merchants
from app.orders import checking, queries, telling, tokens
from app.orders.errors import (
    ContentDiffers,
    OrdersUnfinished,
    PermissionExists,
    PermissionNotFound,
    PermissionNotOpen,
    PermissionOpenAlready,
    PermissionTokenWrong,
)
from app.orders.models import ServicePermission
from app.trail import writing

ONCE = "uq_service_permissions_merchant_id_authorization_code"
TOKEN_LIFE = timedelta(hours=1)
VERSION = "2026-1"
TEXT = ("我同意{merchant}在我使用“{service}”时，无需我逐笔确认即可为我开立免押服务订单。"
        "每次开单前，系统仍会按我另行同意的授权判定我是否符合条件，商户只知道能否开单，不知道原因。"
        "我可以随时在“我的—免确认服务”中一步关闭，关闭后不再开立新订单，已开立的订单照常履行。")


def apply(merchant: Any, told: Mapping[str, Any], offer_id: uuid.UUID) -> tuple[ServicePermission, str]:
    """The permission that is applied for, nobody's yet, and a fresh token for it.

    The same content again gives a token again until it is opened. Raises AppidWrong, NotifyUrlWrong, ContentDiffers,
    PermissionExists.
    """
    checking.appid(told["appid"], merchant.appid)
    if told.get("notify_url") is not None:
        checking.notify_url(told["notify_url"])
    try:
        found = _applied(merchant.id, told, offer_id)
    except IntegrityError as wrong:  # the same code at the same moment
        if not broke(wrong, ONCE):
            raise
        found = _applied(merchant.id, told, offer_id)
    return found, tokens.applying(found.id, clock.now() + TOKEN_LIFE)


def asked(citizen: Citizen, token: str) -> ServicePermission:
    """What the token asks this citizen for: nobody's yet, or theirs. Raises PermissionTokenWrong."""
    permission_id = tokens.permission_of(token)
    found = None if permission_id is None else _get(permission_id)
    if found is None or found.citizen_id not in (None, citizen.id):
        raise PermissionTokenWrong
    return found


def lacking(citizen: Citizen, permission: ServicePermission) -> list[dict[str, Any]]:
    """The consents of the service's offer that come first, with their texts."""
    return [need.shown() for need in deciding.missing(citizen, offers.get(permission.offer_id))]


def text(permission: ServicePermission) -> str:
    """What is agreed to: as it was agreed, else as it would be now."""
    return permission.text or TEXT.format(merchant=merchants.get(permission.merchant_id).name,
                                          service=offers.get(permission.offer_id).title)


def digest(words: str) -> str:
    """SHA-256 hex of the exact text."""
    return hashlib.sha256(words.encode()).hexdigest()


def allow(citizen: Citizen, token: str, text_version: str, text_digest: str) -> ServicePermission:
    """The citizen agrees; again gives the same. The offer's own consents come first, each for itself.

    Raises PermissionTokenWrong, PermissionOpenAlready, ConsentTextChanged, ConsentRequired.
    """
    found = asked(citizen, token)
    return retrying(lambda: _allow(citizen, found, (text_version, text_digest)))


def withdraw(citizen: Citizen, permission_id: uuid.UUID) -> ServicePermission:
    """At once and in one step; what is under way is lived out. Raises PermissionNotFound, for another's too."""
    with transaction():
        citizens.hold(citizen.id)
        found = _locked(permission_id)
        if found is None or found.citizen_id != citizen.id:
            raise PermissionNotFound
        if found.state == "AVAILABLE":
            close(found, "citizen", "本人关闭免确认服务")
        return found


def terminate(found: ServicePermission, reason: str) -> None:
    """The merchant ends it; one that is closed already stays so. Raises PermissionNotOpen, OrdersUnfinished."""
    if found.citizen_id is None:
        raise PermissionNotOpen
    with transaction():
        citizens.hold(found.citizen_id)
        held = _locked(found.id)
        if held is None or held.citizen_id is None or held.state != "AVAILABLE":
            return
        if queries.unfinished(held.merchant_id, held.offer_id, held.citizen_id):
            raise OrdersUnfinished
        close(held, "merchant", reason)


def close(permission: ServicePermission, by: str, reason: str) -> None:
    """In the caller's transaction, the citizen and the permission locked."""
    moment = clock.now()
    permission.state, permission.closed_at, permission.closed_by = "UNBINDUSER", moment, by
    permission.close_reason = reason
    session().flush()
    _record(permission, "permission.close", by, reason)
    telling.of_permission(permission, "PAYSCORE.USER_CLOSE_SERVICE", moment)


def live(offer_id: uuid.UUID, openid: str) -> Any:
    """The open permission of this citizen for this service (which is one merchant's), as it is now."""
    return session().scalar(select(ServicePermission).where(
        ServicePermission.offer_id == offer_id, ServicePermission.openid == openid,
        ServicePermission.state == "AVAILABLE").execution_options(populate_existing=True))


def _applied(merchant_id: uuid.UUID, told: Mapping[str, Any], offer_id: uuid.UUID) -> ServicePermission:
    with transaction() as s:
        found = queries.permission(merchant_id, told["authorization_code"])
        if found is None:
            found = ServicePermission(
                id=new_id(), merchant_id=merchant_id, authorization_code=told["authorization_code"],
                appid=told["appid"], offer_id=offer_id, notify_url=told.get("notify_url"), state="UNAVAILABLE")
            s.add(found)
            s.flush()
        same = (found.offer_id, found.appid, found.notify_url) == (offer_id, told["appid"], told.get("notify_url"))
        if not same:
            raise ContentDiffers
        if found.state != "UNAVAILABLE":
            raise PermissionExists
        return found


def _allow(citizen: Citizen, found: ServicePermission, read: tuple[str, str]) -> ServicePermission:
    with transaction():
        citizen = deciding.locked(citizen)
        permission = _locked(found.id)
        if permission is None or permission.citizen_id not in (None, citizen.id) or permission.state == "UNBINDUSER":
            raise PermissionTokenWrong
        if permission.state == "AVAILABLE":
            return permission
        words = text(permission)
        if read != (VERSION, digest(words)):
            raise ConsentTextChanged
        if missing := lacking(citizen, permission):
            raise ConsentRequired(missing_consents=missing)
        openid = openids.pairwise(permission.merchant_id, citizen.id)
        if live(permission.offer_id, openid) is not None:
            raise PermissionOpenAlready
        moment = clock.now()
        permission.state, permission.citizen_id, permission.openid = "AVAILABLE", citizen.id, openid
        permission.text, permission.text_version, permission.text_digest = words, *read
        permission.opened_at = moment
        session().flush()
        _record(permission, "permission.open", "citizen", "开启免确认服务")
        telling.of_permission(permission, "PAYSCORE.USER_OPEN_SERVICE", moment)
        return permission


def _record(permission: ServicePermission, what: str, by: str, purpose: str) -> None:
    shop = merchants.get(permission.merchant_id)
    actor, who = (f"merchant:{shop.mchid}", shop.name) if by == "merchant" else ("citizen", "本人")
    if permission.citizen_id is not None:
        writing.record(permission.citizen_id, actor=actor, who=who, what=what, purpose=purpose,
                       about=f"permission:{permission.id}")


def _get(permission_id: uuid.UUID) -> ServicePermission | None:
    return session().scalar(select(ServicePermission).where(ServicePermission.id == permission_id)
                            .execution_options(populate_existing=True))


def _locked(permission_id: uuid.UUID) -> ServicePermission | None:
    return session().scalar(select(ServicePermission).where(ServicePermission.id == permission_id)
                            .with_for_update(key_share=True).execution_options(populate_existing=True))
