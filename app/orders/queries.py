"""Finding orders and permissions. The owner is part of the SQL: another's is not there."""

import uuid
from collections.abc import Collection, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, select

from app.benefits import ordering, statements
from app.kernel import clock
from app.kernel.db import session
from app.kernel.http import page
from app.orders import tokens
from app.orders.errors import AppidWrong, OrderNotExist, PermissionNotFound, ServiceOrderNotFound
from app.orders.models import ServiceOrder, ServicePermission

LIFE = timedelta(days=30)  # of an order that nobody confirms


def state_at(order: ServiceOrder, moment: datetime) -> str:
    """The state as it is by date: what nobody confirmed is over at once, however long the scheduler sleeps."""
    return "EXPIRED" if order.state == "CREATED" and order.created_at + LIFE <= moment else order.state


def state_column(moment: datetime) -> ColumnElement[str]:
    """The same as an SQL expression, to filter by."""
    return case((and_(ServiceOrder.state == "CREATED", ServiceOrder.created_at <= moment - LIFE), "EXPIRED"),
                else_=ServiceOrder.state)


# -- one order --------------------------------------------------------------------------------------------------


def by_number(merchant_id: uuid.UUID, out_order_no: str) -> ServiceOrder | None:
    """The merchant's own order as it is now."""
    return session().scalar(_fresh().where(ServiceOrder.merchant_id == merchant_id,
                                           ServiceOrder.out_order_no == out_order_no))


def find(merchant_id: uuid.UUID, service_id: str, out_order_no: str) -> ServiceOrder:
    """The merchant's order of this service. Raises OrderNotExist."""
    return _of_service(by_number(merchant_id, out_order_no), service_id)


def find_by_query_id(merchant_id: uuid.UUID, service_id: str, query_id: str) -> ServiceOrder:
    """The same by the number that a phone carries back. Raises OrderNotExist."""
    try:
        order_id = uuid.UUID(hex=query_id[1:])
    except ValueError:
        raise OrderNotExist from None
    found = session().scalar(_fresh().where(ServiceOrder.merchant_id == merchant_id, ServiceOrder.id == order_id))
    return _of_service(found if found and found.query_id == query_id else None, service_id)


def asked(merchant_id: uuid.UUID, args: Mapping[str, Any]) -> ServiceOrder:
    """By {service_id, appid} and one of out_order_no and query_id. Raises OrderNotExist, AppidWrong."""
    if "out_order_no" in args:
        order = find(merchant_id, args["service_id"], args["out_order_no"])
    else:
        order = find_by_query_id(merchant_id, args["service_id"], args["query_id"])
    if args["appid"] != order.appid:
        raise AppidWrong(field="appid")
    return order


def by_package(citizen_id: uuid.UUID, package: str) -> ServiceOrder:
    """What a package leads this citizen to: an order that is nobody's yet, or their own.

    Raises ServiceOrderNotFound.
    """
    order_id = tokens.order_of(package)
    found = None if order_id is None else session().scalar(_fresh().where(ServiceOrder.id == order_id))
    if found is None or found.citizen_id not in (None, citizen_id):
        raise ServiceOrderNotFound
    return found


def own_of_merchant(merchant_id: uuid.UUID, order_id: uuid.UUID) -> ServiceOrder | None:
    """This merchant's order of any service, as it is now; another's is as good as absent."""
    return session().scalar(_fresh().where(ServiceOrder.merchant_id == merchant_id, ServiceOrder.id == order_id))


def of_entitlement(entitlement_id: uuid.UUID) -> ServiceOrder | None:
    """The order that this entitlement was made for."""
    return session().scalar(select(ServiceOrder).where(ServiceOrder.entitlement_id == entitlement_id))


# -- lists ------------------------------------------------------------------------------------------------------


def own_page(citizen_id: uuid.UUID, args: dict[str, Any]) -> tuple[list[ServiceOrder], str | None]:
    """A page of the citizen's orders, newest first; `state` as PayScore names it."""
    query = _filtered(select(ServiceOrder).where(ServiceOrder.citizen_id == citizen_id), args)
    return page(query, (ServiceOrder.created_at, ServiceOrder.id), args)


def every_own(citizen_id: uuid.UUID) -> list[ServiceOrder]:
    """All of them, oldest first."""
    return list(session().scalars(select(ServiceOrder).where(ServiceOrder.citizen_id == citizen_id)
                                  .order_by(ServiceOrder.id)))


def merchant_page(merchant_id: uuid.UUID, args: dict[str, Any]) -> tuple[list[ServiceOrder], str | None]:
    """A page of the merchant's orders, newest first. `args`: limit, cursor?, and what `_filtered` reads: state?,
    offer_id?, out_order_no?, created_from?, created_to? (days of Shanghai, both within), unpaid?, disputed?.
    """
    return page(_of_merchant(merchant_id, args), (ServiceOrder.created_at, ServiceOrder.id), args)


def merchant_rows(merchant_id: uuid.UUID, args: dict[str, Any], at_once: int = 500) -> Iterator[ServiceOrder]:
    """All of them, for an export, by the same filters."""
    cursor: str | None = None
    while True:
        rows, cursor = merchant_page(merchant_id, {**args, "limit": at_once, "cursor": cursor})
        yield from rows
        if cursor is None:
            return


def disputes(merchant_id: uuid.UUID, args: dict[str, Any]) -> tuple[list[ServiceOrder], str | None]:
    """A page of the orders that their citizen objects to, waiting for staff's word."""
    return merchant_page(merchant_id, {**args, "disputed": True})


def settled_on(merchant_id: uuid.UUID, offer_id: uuid.UUID, day: date) -> list[ServiceOrder]:
    """The orders of this service that were done on this Shanghai day, in the order in which they were."""
    return list(session().scalars(
        select(ServiceOrder).where(ServiceOrder.merchant_id == merchant_id, ServiceOrder.offer_id == offer_id,
                                   ServiceOrder.settled_at >= clock.day_start(day),
                                   ServiceOrder.settled_at < clock.day_end(day))
        .order_by(ServiceOrder.settled_at, ServiceOrder.id)))


@statements.names
def numbers_of(redemption_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, str]:
    """The merchants' own numbers of the orders behind these redemptions, for their statements."""
    rows = session().execute(select(ServiceOrder.redemption_id, ServiceOrder.out_order_no)
                             .where(ServiceOrder.redemption_id.in_(redemption_ids)))
    return {redemption_id: number for redemption_id, number in rows if redemption_id is not None}


def unfinished(merchant_id: uuid.UUID, offer_id: uuid.UUID, citizen_id: uuid.UUID) -> bool:
    """Whether this citizen has orders of this service that are under way."""
    return session().scalar(select(ServiceOrder.id).where(
        ServiceOrder.merchant_id == merchant_id, ServiceOrder.offer_id == offer_id,
        ServiceOrder.citizen_id == citizen_id, ServiceOrder.state == "DOING").limit(1)) is not None


# -- permissions ------------------------------------------------------------------------------------------------


def permission(merchant_id: uuid.UUID, authorization_code: str) -> ServicePermission | None:
    """The merchant's own, by its number for it."""
    return session().scalar(select(ServicePermission).where(
        ServicePermission.merchant_id == merchant_id, ServicePermission.authorization_code == authorization_code)
        .execution_options(populate_existing=True))


def permission_by_code(merchant_id: uuid.UUID, service_id: str, authorization_code: str) -> ServicePermission:
    """Raises PermissionNotFound, where it is of another service, too."""
    found = permission(merchant_id, authorization_code)
    if found is None or found.offer_id.hex != service_id:
        raise PermissionNotFound
    return found


def permission_by_openid(merchant_id: uuid.UUID, args: Mapping[str, Any], openid: str) -> ServicePermission:
    """The newest of this citizen and {service_id, appid}: the live one where there is one.

    Raises PermissionNotFound, AppidWrong.
    """
    offer_id = uuid.UUID(hex=args["service_id"])
    found = session().scalar(
        select(ServicePermission).where(ServicePermission.merchant_id == merchant_id,
                                        ServicePermission.offer_id == offer_id, ServicePermission.openid == openid)
        .order_by(ServicePermission.opened_at.desc(), ServicePermission.id.desc()).limit(1)
        .execution_options(populate_existing=True))
    if found is None:
        raise PermissionNotFound
    if found.appid != args["appid"]:
        raise AppidWrong(field="appid")
    return found


def own_permissions(citizen_id: uuid.UUID, args: dict[str, Any]) -> tuple[list[ServicePermission], str | None]:
    """A page of what the citizen has opened, newest first, the closed ones too."""
    return page(select(ServicePermission).where(ServicePermission.citizen_id == citizen_id),
                (ServicePermission.opened_at, ServicePermission.id), args)


def every_permission(citizen_id: uuid.UUID) -> list[ServicePermission]:
    """All of them, oldest first."""
    return list(session().scalars(select(ServicePermission).where(ServicePermission.citizen_id == citizen_id)
                                  .order_by(ServicePermission.id)))


def _fresh() -> Select[ServiceOrder]:
    return select(ServiceOrder).execution_options(populate_existing=True)


def _of_service(order: ServiceOrder | None, service_id: str) -> ServiceOrder:
    if order is None or order.offer_id.hex != service_id:
        raise OrderNotExist
    return order


def _of_merchant(merchant_id: uuid.UUID, args: dict[str, Any]) -> Select[ServiceOrder]:
    query = _filtered(select(ServiceOrder).where(ServiceOrder.merchant_id == merchant_id), args)
    if offer_id := args.get("offer_id"):
        query = query.where(ServiceOrder.offer_id == offer_id)
    if number := args.get("out_order_no"):
        query = query.where(ServiceOrder.out_order_no == number)
    if first := args.get("created_from"):
        query = query.where(ServiceOrder.created_at >= clock.day_start(first))
    if last := args.get("created_to"):
        query = query.where(ServiceOrder.created_at < clock.day_end(last))
    if args.get("unpaid"):
        query = query.where(ServiceOrder.state_description == "MCH_COMPLETE")
    if args.get("disputed"):
        query = query.where(ServiceOrder.entitlement_id.in_(ordering.disputed_ids(merchant_id)))
    return query


def _filtered(query: Select[ServiceOrder], args: dict[str, Any]) -> Select[ServiceOrder]:
    return query.where(state_column(clock.now()) == args["state"]) if args.get("state") else query
