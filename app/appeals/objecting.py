"""While an appeal is open nothing is taken away: an entitlement that it is about waits in its objected state."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from app.appeals.errors import MoveNeeded
from app.appeals.models import Appeal
from app.benefits import expiring, life, queries
from app.benefits.needing import Said
from app.kernel import clock
from app.scenario.access import scenarios
from app.scenario.contract import Role


def object_to(appeal: Appeal) -> None:
    """Make the scenario's objection, where the appeal is about an entitlement that can be objected to now.

    In the caller's transaction, the citizen locked before.
    """
    if appeal.about_kind != "entitlement":
        return
    entitlement = queries.own_locked(appeal.citizen_id, uuid.UUID(appeal.about_id))
    door = scenarios()[entitlement.scenario].manifest.doors.objection
    as_it_is = expiring.state_at(entitlement, clock.now()) == entitlement.state
    if door is not None and as_it_is and door in life.allowed(entitlement, Role.CITIZEN):
        life.move(entitlement, door, Role.CITIZEN, note=f"异议 {appeal.appeal_no}",
                  said=Said(reason=appeal.appeal_no))


@dataclass(frozen=True)
class Choices:
    """The staff's moves with the entitlement that an appeal is about, name → Chinese; `needed`: it waits for one."""

    moves: Mapping[str, str]
    needed: bool


def choices(appeal: Appeal) -> Choices:
    """What `resolve` would take now."""
    if appeal.about_kind != "entitlement" or appeal.state == "settled":
        return Choices({}, False)
    entitlement = queries.own(appeal.citizen_id, uuid.UUID(appeal.about_id))
    labels = scenarios()[entitlement.scenario].manifest.moves
    return Choices({name: labels[name] for name in sorted(life.allowed(entitlement, Role.STAFF))},
                   entitlement.state in _objected(entitlement.scenario))


def resolve(appeal: Appeal, move: str | None) -> None:
    """Make the staff's move with the entitlement. Raises MoveNeeded where it waits for one and none is named (or
    another than there is), so that no settled appeal leaves it hanging.
    """
    if appeal.about_kind != "entitlement":
        if move is not None:
            raise MoveNeeded(moves=[])
        return
    entitlement = queries.own_locked(appeal.citizen_id, uuid.UUID(appeal.about_id))
    possible = life.allowed(entitlement, Role.STAFF)
    waits = entitlement.state in _objected(entitlement.scenario)
    if (move is None and waits) or (move is not None and move not in possible):
        raise MoveNeeded(moves=sorted(possible))
    if move is not None:
        life.move(entitlement, move, Role.STAFF, note=f"异议 {appeal.appeal_no}",
                  said=Said(reason=appeal.appeal_no))


def _objected(scenario_id: str) -> set[str]:
    scenario = scenarios()[scenario_id]
    return {move.target for move in scenario.life.moves if move.name == scenario.manifest.doors.objection}
