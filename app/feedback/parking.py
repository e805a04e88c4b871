"""Parked batches: what the platform refused for good, or staff hold back; and sending them after all."""

from dataclasses import dataclass
from datetime import date, datetime

import structlog
from sqlalchemy import text, update

from app.feedback.errors import BatchNotFound, WrongBatchState
from app.feedback.models import Batch, Difference, Feedback
from app.kernel import clock
from app.kernel.db import session, transaction

log = structlog.get_logger()
PARK = text("UPDATE feedback_batches SET state = 'parked', lease_until = NULL, last_error = :error, settled_at = :now, "
            "parked_by = NULL, doubtful = :doubtful WHERE batch_no = :batch_no AND state = 'sending' "
            "AND attempts = :attempts RETURNING batch_no")


@dataclass(frozen=True)
class Held:
    """A batch that a worker sends; the lease and the number of attempts fence others off."""

    batch_no: str
    body: bytes
    attempts: int
    oldest_at: datetime
    repairs_on: date | None
    doubtful: bool  # whether an earlier attempt may have been taken


def refused(held: Held, code: str) -> None:
    """The platform's final no, by which it took nothing: the batch and its records wait for staff."""
    told = {"batch_no": held.batch_no, "attempts": held.attempts, "error": code, "now": clock.now(),
            "doubtful": held.doubtful}
    with transaction() as s:
        if s.scalar(PARK, told):
            _records(held.batch_no, "sent", "parked", code)


def park(batch_no: str, actor: str) -> Batch:
    """Staff hold a batch back that is not being sent this moment. Raises BatchNotFound, WrongBatchState."""
    with transaction():
        batch = _lock(batch_no)
        if batch.state != "ready":
            raise WrongBatchState(state=batch.state)
        batch.state, batch.parked_by, batch.settled_at = "parked", actor, clock.now()
        _records(batch_no, "sent", "parked", batch.last_error or "PARKED")
    log.info("feedback_batch_parked", batch_no=batch_no, actor=actor)
    return batch


def unpark(batch_no: str, actor: str) -> Batch:
    """A parked batch is due again, with the same bytes (after its cause was mended).

    Raises BatchNotFound, WrongBatchState.
    """
    with transaction():
        batch = _lock(batch_no)
        if batch.state != "parked":
            raise WrongBatchState(state=batch.state)
        batch.state, batch.next_at, batch.settled_at, batch.parked_by = "ready", clock.now(), None, None
        _records(batch_no, "parked", "sent", None)
    log.info("feedback_batch_unparked", batch_no=batch_no, actor=actor)
    return batch


def _lock(batch_no: str) -> Batch:
    batch = session().get(Batch, batch_no, with_for_update=True, populate_existing=True)
    if batch is None:
        raise BatchNotFound
    return batch


def _records(batch_no: str, before: str, after: str, reason: str | None) -> None:
    """A batch's records go with it; those that are told once more for a day's sake keep their receipts."""
    session().execute(update(Feedback).where(Feedback.batch_no == batch_no, Feedback.state == before)
                      .values(state=after, reason=reason).execution_options(synchronize_session=False))
    session().execute(update(Difference).where(Difference.repair_batch_no == batch_no, Difference.repair == before)
                      .values(repair=after).execution_options(synchronize_session=False))
