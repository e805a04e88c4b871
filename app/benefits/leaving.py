"""What becomes of decisions and entitlements when a citizen takes their data along, or leaves."""

from typing import Any

from sqlalchemy import select

from app.benefits import life, queries
from app.benefits.models import Decision, Entitlement
from app.identity import sealing
from app.identity.erasing import before, hinders
from app.identity.exporting import exports
from app.identity.queries import Citizen
from app.kernel import clock, jsons
from app.kernel.db import session
from app.scenario.access import scenarios
from app.scenario.contract import Role


@exports("decisions")
def decisions(citizen: Citizen) -> list[dict[str, Any]]:
    """Every decision with the conditions and the facts that it was made on."""
    rows = session().scalars(select(Decision).where(Decision.citizen_id == citizen.id).order_by(Decision.id))
    return [{"id": str(each.id), "offer_id": str(each.offer_id), "scenario": each.scenario,
             "rule_version": each.rule_version, "conditions": each.conditions, "eligible": each.eligible,
             "unmet": each.unmet, "made_at": clock.rfc3339(each.made_at),
             "facts": _opened(citizen, "decision.facts", each.facts_sealed)} for each in rows]


@exports("entitlements")
def entitlements(citizen: Citizen) -> list[dict[str, Any]]:
    """Every entitlement with what was filled in for it, and its history."""
    rows = queries.every_own(citizen.id)
    steps = queries.history([each.id for each in rows])
    return [{"id": str(each.id), "entitlement_no": each.entitlement_no, "offer_id": str(each.offer_id),
             "scenario": each.scenario, "kind": each.kind, "state": each.state, "terms": each.terms,
             "valid_from": clock.rfc3339(each.valid_from), "valid_to": clock.rfc3339(each.valid_to),
             "form": _opened(citizen, "entitlement.form", each.form_sealed),
             "history": [{"at": clock.rfc3339(step.at), "move": step.move, "state": step.target, "by": step.by,
                          "note": step.note} for step in steps[each.id]]} for each in rows]


@hinders("orders")
def still_open(citizen: Citizen) -> list[dict[str, str]]:
    """Orders and applications in which something is still owed on either side."""
    return [{"kind": each.kind, "no": each.entitlement_no} for each in queries.open_orders(citizen.id)]


@before("entitlements")
def give_back(citizen: Citizen) -> None:
    """What was claimed and never used goes back to the others."""
    for each in queries.every_own(citizen.id):
        table = scenarios()[each.scenario]
        door = table.manifest.doors.cancellation
        if each.state == table.life.start and door is not None and door in life.allowed(each, Role.CITIZEN):
            _cancel(each, door)


def _cancel(entitlement: Entitlement, door: str) -> None:
    """Under its own lock; one that ran out or was used since keeps what became of it."""
    fresh = queries.own_locked(entitlement.citizen_id, entitlement.id)
    if door in life.allowed(fresh, Role.CITIZEN):
        life.move(fresh, door, Role.CITIZEN)


def _opened(citizen: Citizen, column: str, sealed: bytes | None) -> Any:
    return None if sealed is None else jsons.loads(sealing.open_for(citizen, column, sealed))
