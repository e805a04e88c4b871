"""Replaying: giving kept decisions again, from what was kept and by today's rules, and naming what differs."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, select

from app.benefits import offers, queries
from app.benefits.deciding import CONSENT_MISSING
from app.benefits.models import Decision, Offer
from app.identity import queries as citizens
from app.identity import sealing
from app.kernel import jsons
from app.kernel.db import end_reads, session
from app.kernel.sealing import SealBroken
from app.scenario.access import scenarios
from app.scenario.conditions import Evaluation, MalformedConditions, evaluate, from_json
from app.scenario.contract import Conditions
from app.scenario.scenario import BrokenRules

BATCH = 500
KEPT = (Decision.id, Decision.citizen_id, Decision.offer_id, Decision.scenario, Decision.rule_version,
        Decision.conditions, Decision.scale, Decision.facts_sealed, Decision.eligible, Decision.unmet)


class Outcome(StrEnum):
    """What came of giving a decision again."""

    SAME = "same"
    DIFFERS = "differs"
    ERASED = "erased"  # the citizen left, and the facts with them


@dataclass(frozen=True)
class Replayed:
    """One decision given again; `why` says what differs, without any fact's value."""

    decision_id: uuid.UUID
    outcome: Outcome
    why: str = ""


def replay(decision_id: uuid.UUID | None = None) -> Iterator[Replayed]:
    """This decision, or every one in the order they were made, read in batches: memory stays flat.

    Each is evaluated on the conditions, facts and scale that were kept, and by the scenario as it is today where
    that still has the same rule version.
    """
    last: uuid.UUID | None = None
    while rows := _batch(decision_id, last):
        known = queries.offers_by_id({row.offer_id for row in rows})
        yield from [_one(row, known[row.offer_id]) for row in rows]
        end_reads()
        last = rows[-1].id
        if decision_id is not None:
            return


def _batch(decision_id: uuid.UUID | None, last: uuid.UUID | None) -> list[Row[Any]]:
    """Columns, not objects: nothing of them stays in the session."""
    query = select(*KEPT).order_by(Decision.id).limit(BATCH)
    if decision_id is not None:
        query = query.where(Decision.id == decision_id)
    if last is not None:
        query = query.where(Decision.id > last)
    return list(session().execute(query))


def _one(row: Row[Any], offer: Offer) -> Replayed:
    citizen = citizens.get(row.citizen_id)
    if citizen is None or row.facts_sealed is None:
        return Replayed(row.id, Outcome.ERASED)
    try:
        facts = jsons.loads(sealing.open_for(citizen, "decision.facts", row.facts_sealed))
        kept = evaluate(from_json(row.conditions), facts, row.scale)
        today = _today(row, offer)
        now = kept if today is None else evaluate(today, facts, row.scale)
    except (SealBroken, MalformedConditions, BrokenRules, jsons.NotJson) as wrong:
        return Replayed(row.id, Outcome.DIFFERS, f"it can't be given again ({type(wrong).__name__})")
    for name, found in (("what was kept", kept), ("today's rules of the same version", now)):
        if not _same(row, found):
            return Replayed(row.id, Outcome.DIFFERS, f"{name}: {_answer(found)}, then: {_answer(row)}")
    return Replayed(row.id, Outcome.SAME)


def _today(row: Row[Any], offer: Offer) -> Conditions | None:
    """Today's conditions of the offer where its rules have the same version; None where there is nothing to compare."""
    gone = row.scenario not in scenarios()
    if gone or CONSENT_MISSING in row.unmet or offers.rule_version(offer) != row.rule_version:
        return None
    return offers.conditions(offer)


def _same(row: Row[Any], found: Evaluation) -> bool:
    return found.eligible == row.eligible and list(found.unmet) == list(row.unmet)


def _answer(given: Row[Any] | Evaluation) -> str:
    return "yes" if given.eligible else f"no ({', '.join(given.unmet)})"
