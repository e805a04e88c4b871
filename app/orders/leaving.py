"""What becomes of orders and permissions when a citizen takes their data along, or leaves."""

from typing import Any

from app.identity.erasing import before
from app.identity.exporting import exports
from app.identity.queries import Citizen
from app.kernel import clock
from app.orders import permitting, queries, schemas, showing


@exports("service_orders")
def orders(citizen: Citizen) -> list[dict[str, Any]]:
    """Every order, as its citizen reads it."""
    dumped: list[dict[str, Any]] = schemas.ServiceOrderOut(many=True).dump(
        showing.for_citizens(queries.every_own(citizen.id)))
    return dumped


@exports("service_permissions")
def permissions(citizen: Citizen) -> list[dict[str, Any]]:
    """Every permission with its exact text."""
    return [{"id": str(each.id), "offer_id": str(each.offer_id), "text": each.text, "state": each.state,
             "opened_at": each.opened_at and clock.rfc3339(each.opened_at),
             "closed_at": each.closed_at and clock.rfc3339(each.closed_at), "close_reason": each.close_reason}
            for each in queries.every_permission(citizen.id)]


@before("service_permissions")
def close_all(citizen: Citizen) -> None:
    """No merchant opens an order for somebody who has left."""
    for each in queries.every_permission(citizen.id):
        if each.state == "AVAILABLE":
            permitting.close(each, "erasure", "本人注销")
