"""The clock's side of entitlements: what has run out by its date, and the moves that the timers make."""

import uuid
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import ColumnElement, and_, case, exists, select, tuple_

from app.benefits import life
from app.benefits.models import Entitlement, Presentation
from app.identity import queries as citizens
from app.kernel import clock
from app.kernel.db import end_reads, retrying, session, transaction
from app.kernel.errors import Refusal
from app.kernel.settings import settings
from app.scenario.access import scenarios
from app.scenario.contract import After, Role
from app.scenario.life import find, timers_of
from app.scenario.scenario import Scenario

log = structlog.get_logger()


def state_at(entitlement: Entitlement, moment: datetime) -> str:
    """The state as it is by date: what has run out is over at once, however long the scheduler sleeps."""
    if moment < entitlement.valid_to:
        return entitlement.state
    return _runs_out(scenarios()[entitlement.scenario]).get(entitlement.state, entitlement.state)


def state_column(moment: datetime) -> ColumnElement[str]:
    """The same as an SQL expression, to filter by."""
    return case(*((and_(Entitlement.valid_to <= moment, Entitlement.scenario == scenario.id,
                        Entitlement.state == state), target)
                  for scenario in scenarios().values() for state, target in _runs_out(scenario).items()),
                else_=Entitlement.state)


def run_due(limit: int = 500) -> int:
    """Make the moves that are due, oldest first, at most `limit`; returns how many were made. A job.

    Each in its own transaction, so that one that can't be made (it is logged, and tried again by the next run)
    stops no other. May run twice at the same time.
    """
    made, place = 0, None
    while made < limit:
        due = _next_due(place, min(100, limit - made))
        if not due:
            break
        for moment, entitlement_id, citizen_id in due:
            made += _run_one(entitlement_id, citizen_id)
            place = (moment, entitlement_id)
    return made


def _runs_out(scenario: Scenario) -> dict[str, str]:
    """From each state that ends with `valid_to` to the state that it then is in."""
    return {timer.state: find(scenario.life, timer.state, timer.move, Role.CLOCK).target
            for state in scenario.life.states for timer in timers_of(scenario.life, state)
            if timer.after is After.VALID_TO and timer.plus is None and timer.move == scenario.manifest.doors.expiry}


def _next_due(place: tuple[datetime, uuid.UUID] | None, count: int) -> list[Any]:
    moment = clock.now()
    query = (select(Entitlement.due_at, Entitlement.id, Entitlement.citizen_id)
             .where(Entitlement.due_at <= moment, ~_proof_out(moment))
             .order_by(Entitlement.due_at, Entitlement.id).limit(count))
    if place is not None:
        query = query.where(tuple_(Entitlement.due_at, Entitlement.id) > place)
    rows = list(session().execute(query))
    end_reads()
    return rows


def _proof_out(moment: datetime) -> ColumnElement[bool]:
    """What ran out by its date may have been used before, without network: its end waits for the proof to come in."""
    last = moment - timedelta(days=settings().PROOF_UPLOAD_DAYS)
    return and_(Entitlement.due_at == Entitlement.valid_to, exists().where(
        Presentation.entitlement_id == Entitlement.id, Presentation.offline, Presentation.used_at.is_(None),
        Presentation.expires_at >= last))


def _run_one(entitlement_id: uuid.UUID, citizen_id: uuid.UUID) -> bool:
    try:
        return retrying(lambda: _move_if_due(entitlement_id, citizen_id))
    except (Refusal, KeyError) as wrong:  # a table or a scenario that doesn't fit what was granted
        log.error("timer_failed", entitlement_id=str(entitlement_id), kind=type(wrong).__name__)
        return False


def _move_if_due(entitlement_id: uuid.UUID, citizen_id: uuid.UUID) -> bool:
    """Locks citizen, then entitlement; whoever comes second finds it held or no longer due."""
    with transaction() as s:
        citizens.lock(citizen_id)
        entitlement = s.scalar(
            select(Entitlement).where(Entitlement.id == entitlement_id, Entitlement.due_at <= clock.now())
            .with_for_update(skip_locked=True, key_share=True).execution_options(populate_existing=True))
        if entitlement is None or entitlement.due_move is None:
            return False
        life.move(entitlement, entitlement.due_move, Role.CLOCK)
        return True
