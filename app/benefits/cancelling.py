"""Cancelling: the citizen gives back what wasn't used."""

import uuid

from app.benefits import expiring, life, queries
from app.benefits.errors import WrongState
from app.benefits.models import Entitlement
from app.identity import queries as citizens
from app.identity.queries import Citizen
from app.kernel import clock
from app.kernel.db import retrying, transaction
from app.scenario.access import scenarios
from app.scenario.contract import Role


def cancel(citizen: Citizen, entitlement_id: uuid.UUID) -> Entitlement:
    """The place in the quota comes back. Raises EntitlementNotFound, WrongState (used, over, or run out)."""
    return retrying(lambda: _cancel(citizen, entitlement_id))


def _cancel(citizen: Citizen, entitlement_id: uuid.UUID) -> Entitlement:
    with transaction():
        citizens.lock(citizen.id)
        entitlement = queries.own_locked(citizen.id, entitlement_id)
        state = expiring.state_at(entitlement, clock.now())
        door = scenarios()[entitlement.scenario].manifest.doors.cancellation
        if state != entitlement.state or door is None:
            raise WrongState(state=state)
        life.move(entitlement, door, Role.CITIZEN)
        return entitlement
