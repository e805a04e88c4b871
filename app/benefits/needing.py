"""What a move needs before it is made: documents, a signature, a reason, a date, a warning."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import exists, select

from app.benefits.errors import NotReady, Unsaid
from app.benefits.models import Application, Commitment, Document, Entitlement, Step
from app.identity import queries as citizens
from app.identity import sealing as citizen_sealing
from app.kernel import clock, jsons
from app.kernel.db import session
from app.scenario.contract import Move, Need
from app.scenario.life import span_end
from app.scenario.scenario import Scenario


@dataclass(frozen=True)
class Said:
    """What the one who moves says with it; empty where the door takes nothing of the kind."""

    missing: Sequence[str] = ()
    due: date | None = None
    reason: str | None = None
    legal_ground: str | None = None


SAID_NOTHING = Said()
TO_BE_SAID = frozenset({Need.MISSING, Need.DUE, Need.REASON, Need.LEGAL_GROUND})


def check(entitlement: Entitlement, scenario: Scenario, move: Move, said: Said, moment: datetime) -> None:
    """Raises NotReady, or Unsaid where only words are lacking; both name what."""
    lacking = [need.value for need in move.needs if not _met(need, entitlement, scenario, move, said, moment)]
    if lacking and TO_BE_SAID.issuperset(lacking):
        raise Unsaid(lacking=lacking)
    if lacking:
        raise NotReady(lacking=lacking)


def working_days_on(start: datetime, count: int) -> datetime:
    """The end of the count-th working day after `start`, as `app.scenario.life` asks of a calendar."""
    return clock.day_end(clock.add_working_days(clock.shanghai_day(start), count))


def asked_documents(entitlement: Entitlement, scenario: Scenario) -> list[str]:
    """The names of the documents that are asked for now and not handed in yet.

    After a call for supplements these are the ones called for, handed in after the call; before it, all that
    may not come later.
    """
    application = session().get(Application, entitlement.id)
    if application is not None and application.missing:
        wanted, since = list(application.missing), application.updated_at
    else:
        every = scenario.documents(entitlement.terms, form_of(entitlement))
        wanted, since = [each.name for each in every if not each.deferred], entitlement.created_at
    here = set(session().scalars(select(Document.name).where(Document.entitlement_id == entitlement.id,
                                                             Document.handed_in_at >= since)))
    return [name for name in wanted if name not in here]


def form_of(entitlement: Entitlement) -> dict[str, Any]:
    """What the citizen filled in at the claim, opened; {} where nothing was asked or the person is gone."""
    if entitlement.form_sealed is None:
        return {}
    citizen = citizens.get(entitlement.citizen_id)
    if citizen is None:
        return {}
    form: dict[str, Any] = jsons.loads(
        citizen_sealing.open_for(citizen, "entitlement.form", entitlement.form_sealed))
    return form


def _met(need: Need, entitlement: Entitlement, scenario: Scenario, move: Move, said: Said,
         moment: datetime) -> bool:
    match need:
        case Need.DOCUMENTS:
            return not asked_documents(entitlement, scenario)
        case Need.COMMITMENT:
            return bool(session().scalar(select(exists().where(Commitment.entitlement_id == entitlement.id))))
        case Need.MISSING:
            return bool(said.missing)
        case Need.DUE:
            return said.due is not None and _late_enough(entitlement, move, said.due, moment)
        case Need.REASON:
            return bool(said.reason)
        case Need.LEGAL_GROUND:
            return bool(said.legal_ground)
        case Need.TOLD:
            return _told(entitlement, scenario)


def _late_enough(entitlement: Entitlement, move: Move, due: date, moment: datetime) -> bool:
    """A body may give the citizen more time than the table promises, never less."""
    earliest = None if move.due is None else span_end(move.due, entitlement.terms, moment, working_days_on)
    return clock.day_end(due) >= (earliest or moment)


def _told(entitlement: Entitlement, scenario: Scenario) -> bool:
    """Whether a move that tells the citizen was made since the thing was last handed over."""
    tells = {move.name for move in scenario.life.moves if move.tells}
    steps = session().execute(select(Step.move, Step.target).order_by(Step.at, Step.id)
                              .where(Step.entitlement_id == entitlement.id))
    handing = scenario.manifest.doors.redemption
    in_hand = {move.target for move in scenario.life.moves if move.name == handing}
    told = False
    for name, target in steps:
        told = name in tells or (told and target not in in_hand)
    return told
