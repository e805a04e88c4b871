"""Sending batches: the same bytes until the platform has said, row by row, what became of them.

Between any two lines the process may die. A batch that was held comes back when its lease runs out; the
platform knows the record numbers, so that what it took twice it counted once (platform.md 4.5).
"""

from collections import Counter as Tally
from datetime import timedelta

import structlog
from prometheus_client import Counter
from sqlalchemy import and_, bindparam, or_, select, update

from app.feedback import batching
from app.feedback.models import Batch, Feedback
from app.gateways.access import platform
from app.gateways.platform.answers import BatchAnswer, RowAnswer
from app.gateways.platform.failures import Passing, Permanent
from app.kernel import clock, crash
from app.kernel.db import transaction
from app.kernel.settings import settings
from app.outbox.backoff import next_try

log = structlog.get_logger()
BATCHES = Counter("xinyi_feedback_batches_total", "Batches tried", ["outcome"])
ROWS = Counter("xinyi_feedback_records_total", "Records settled", ["status"])
FEEDBACKS = Feedback.metadata.tables[Feedback.__tablename__]
SETTLE = update(FEEDBACKS).where(FEEDBACKS.c.record_no == bindparam("its_record_no"),
                                 FEEDBACKS.c.batch_no == bindparam("its_batch_no"), FEEDBACKS.c.state == "sent")


def work(most: int = 20) -> int:
    """Make and send batches until nothing is due, at most `most` of each; returns how many were sent."""
    sent = 0
    for _ in range(most):
        made = batching.make(settings().FEEDBACK_BATCH)
        tried = send_one()
        sent += tried
        if not made and not tried:
            break
    return sent


def send_one() -> bool:
    """Send the batch that is due longest; False where none is."""
    batch = _hold()
    if batch is None:
        return False
    crash.point("feedback.held")
    try:
        answer = platform().send_batch(batch.body)
    except Passing as failure:
        BATCHES.labels("again").inc()
        _note(batch, state="ready", lease_until=None, last_error=failure.code,
              next_at=next_try(batch.attempts, failure.retry_after_s))
    except Permanent as failure:
        BATCHES.labels("parked").inc()
        log.error("feedback_parked", batch_no=batch.batch_no, code=failure.code)
        _park(batch, failure.code)
    else:
        crash.point("feedback.answered")
        BATCHES.labels("settled").inc()
        _settle(batch, answer)
        crash.point("feedback.settled")
    return True


def _hold() -> Batch | None:
    """Take a ready batch, or one whose holder died; the lease and the number of attempts fence others off."""
    moment = clock.now()
    free = or_(and_(Batch.state == "ready", Batch.next_at <= moment),
               and_(Batch.state == "sending", Batch.lease_until < moment))
    with transaction() as s:
        batch = s.scalar(select(Batch).where(free).order_by(Batch.next_at, Batch.batch_no).limit(1)
                         .with_for_update(skip_locked=True).execution_options(populate_existing=True))
        if batch is not None:
            batch.state = "sending"
            batch.attempts += 1
            batch.lease_until = moment + timedelta(seconds=settings().OUTBOX_LEASE_SECONDS)
    return batch


def _note(batch: Batch, **values: object) -> bool:
    """Write what came of it, unless somebody else holds the batch by now."""
    with transaction() as s:
        held = s.scalar(update(Batch).where(Batch.batch_no == batch.batch_no, Batch.state == "sending",
                                            Batch.attempts == batch.attempts)
                        .values(**values).returning(Batch.batch_no)
                        .execution_options(synchronize_session=False))
    return held is not None


def _settle(batch: Batch, answer: BatchAnswer) -> None:
    with transaction() as s:
        if _note(batch, state="settled", lease_until=None, last_error=None, receipt_no=answer.receipt_no,
                 settled_at=clock.now()):
            s.execute(SETTLE, [_settled(batch.batch_no, row) for row in answer.results])
            for status, count in Tally(row.status for row in answer.results).items():
                ROWS.labels(status).inc(count)
        crash.point("feedback.settling")


def _settled(batch_no: str, row: RowAnswer) -> dict[str, object]:
    """`accepted` and `duplicate` settle a record; `rejected` is final until staff correct it."""
    accepted = row.status in ("accepted", "duplicate")
    return {"its_record_no": row.record_no, "its_batch_no": batch_no, "state": "accepted" if accepted else "rejected",
            "settled_at": clock.now(), "receipt_no": row.receipt_no if accepted else None, "reason": row.reason}


def _park(batch: Batch, code: str) -> None:
    with transaction() as s:
        if _note(batch, state="parked", lease_until=None, last_error=code, settled_at=clock.now()):
            s.execute(update(Feedback).where(Feedback.batch_no == batch.batch_no, Feedback.state == "sent")
                      .values(state="parked", reason=code).execution_options(synchronize_session=False))


def resend(batch_no: str) -> bool:
    """A parked batch is due again, with the same bytes (after its cause was mended); False where none is parked."""
    with transaction() as s:
        found = s.scalar(update(Batch).where(Batch.batch_no == batch_no, Batch.state == "parked")
                         .values(state="ready", next_at=clock.now(), settled_at=None).returning(Batch.batch_no))
        s.execute(update(Feedback).where(Feedback.batch_no == batch_no, Feedback.state == "parked")
                  .values(state="sent", reason=None).execution_options(synchronize_session=False))
    return found is not None
