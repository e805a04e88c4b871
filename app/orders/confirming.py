"""The citizen says yes to a merchant's order: here, and not before, it is decided whether they may have it."""

from app.benefits import claiming, deciding, offers, ordering
from app.benefits.ordering import Decision
from app.identity.queries import Citizen
from app.kernel import clock
from app.kernel.db import retrying, transaction
from app.orders import holding, opening, queries, telling
from app.orders.errors import ServiceOrderNotFound, ServiceOrderOver
from app.orders.models import ServiceOrder
from app.scenario.contract import Role


def confirm(citizen: Citizen, package: str) -> ServiceOrder:
    """Decide, claim and hand over in one transaction with the order; again gives the same.

    Raises ServiceOrderNotFound, ServiceOrderOver, NotEligible (the decision is kept, the order waits on), and what
    claiming raises.
    """
    order = queries.by_package(citizen.id, package)
    offer = offers.get(order.offer_id)
    if order.citizen_id is None:
        deciding.freshen(citizen, offer)
    confirmed = retrying(lambda: _confirm(citizen, order))
    return claiming.refuse(citizen, confirmed, offer) if isinstance(confirmed, Decision) else confirmed


def _confirm(citizen: Citizen, found: ServiceOrder) -> ServiceOrder | Decision:
    with transaction() as s:
        citizen = deciding.locked(citizen)
        order = holding.lock(found.id)
        if order.citizen_id == citizen.id:
            return order
        if order.citizen_id is not None:
            raise ServiceOrderNotFound  # another was first
        state = queries.state_at(order, clock.now())
        if state != "CREATED":
            raise ServiceOrderOver(state=state)
        handed = ordering.hand_over(citizen, offers.get(order.offer_id), ordering.Order(
            order.id.hex, order.risk_fund_fen or 0, Role.CITIZEN))
        if isinstance(handed, Decision):
            return handed
        opening.take(order, citizen, handed)
        s.flush()
        telling.merchant(order, "PAYSCORE.USER_CONFIRM")
        telling.citizen(order, "order_confirmed")
        return order
