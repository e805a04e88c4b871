"""Settling: an answer in words, and what follows for the thing that it was about."""

from dataclasses import dataclass, field

from app.appeals import marking, objecting, queries
from app.appeals.errors import AlreadySettled, AppealNotFound
from app.appeals.models import Appeal
from app.appeals.opening import ANSWER
from app.identity import queries as citizens
from app.identity import sealing, telling
from app.kernel import clock
from app.kernel.db import retrying, transaction

OUTCOMES = ("upheld", "dismissed")


@dataclass(frozen=True)
class Settlement:
    """`outcome` is one of OUTCOMES; `move` is the staff's move where an entitlement waits for this appeal."""

    outcome: str
    answer: str = field(repr=False)
    move: str | None = None


def settle(appeal_no: str, settlement: Settlement, by: str) -> Appeal:
    """Raises AppealNotFound, AlreadySettled, MoveNeeded, and what the move itself may raise."""
    return retrying(lambda: _settle(appeal_no, settlement, by))


def _settle(appeal_no: str, settlement: Settlement, by: str) -> Appeal:
    with transaction():
        citizen = citizens.lock(queries.by_no(appeal_no).citizen_id)
        appeal = queries.lock(appeal_no)
        if appeal.state == "settled":
            raise AlreadySettled
        if citizen is None:
            raise AppealNotFound
        objecting.resolve(appeal, settlement.move)
        moment = clock.now()
        appeal.marked_at = appeal.marked_at or moment
        appeal.state, appeal.settled_at, appeal.outcome = "settled", moment, settlement.outcome
        appeal.answer_sealed = sealing.seal_for(citizen, ANSWER, settlement.answer.encode())
        marking.note(appeal, by, "appeal.settle", "办结异议并答复")
        telling.tell(citizen.id, "appeal_settled", {"appeal_no": appeal.appeal_no, "at": moment})
        return appeal
