"""What orders do when their entitlement is moved by others: by the clock, or by staff who settle an objection."""

from app.benefits import life, ordering
from app.benefits.ordering import Entitlement
from app.identity import telling as citizens
from app.kernel import clock
from app.merchants import queries as merchants
from app.orders import queries, telling
from app.orders.models import ServiceOrder
from app.scenario.contract import Kind, Move, Outcome, Role


@life.after("orders")
def followed(entitlement: Entitlement, move: Move) -> None:
    """Each step on the way to a breach is told to the citizen in its own transaction, for what was opened by showing a
    code, too. Within `life.move`, the citizen and the entitlement locked.
    """
    if entitlement.kind != Kind.ORDER.value or move.by not in (Role.CLOCK, Role.STAFF):
        return
    order = queries.of_entitlement(entitlement.id)
    if template := _template(entitlement, move):
        _tell(entitlement, order, template)
    if order is None or order.redemption_id is None:
        return
    if move.report is Outcome.BREACHED:
        order.breached_at = clock.now()
    elif move.report is Outcome.REVERSED:  # staff took the breach back
        order.breached_at = None
    elif move.by is Role.STAFF and order.state_description == "MCH_COMPLETE":
        ordering.bill(order.redemption_id)  # it waited for the objection: the payment's own clock begins now


def _template(entitlement: Entitlement, move: Move) -> str | None:
    """By what the table says of the move, not by its name: every scenario has its own."""
    if move.by is not Role.CLOCK or move.releases_quota:
        return None  # what staff decide is told with the objection's answer; a claim that ran out was never an order
    if move.report is Outcome.BREACHED:
        return "order_breached"
    if entitlement.final:
        return None
    return "order_reminder" if move.tells else "order_overdue"


def _tell(entitlement: Entitlement, order: ServiceOrder | None, template: str) -> None:
    if order is not None:
        telling.citizen(order, template)
        return
    citizens.tell(entitlement.citizen_id, template, {
        "merchant": merchants.get(entitlement.merchant_id).name, "order_no": entitlement.entitlement_no,
        "amount_fen": ordering.waived(entitlement), "at": clock.now()})
