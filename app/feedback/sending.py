"""Sending batches: the same bytes until the platform has said, row by row, what became of them.

Between any two lines the process may die. A batch that was held comes back when its lease runs out; the
platform knows the record numbers, so that what it took twice it counted once (platform.md 4.5).

Batches go out one after the other in order of their making: while the platform is away the first of them alone
knocks, at the most about once a minute in the end, and what comes later waits behind it (decision 0110).
"""

import time
from collections import Counter as Tally
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

import structlog
from prometheus_client import Counter
from sqlalchemy import text

from app.feedback import batching, parking, repairing, undoing
from app.feedback.parking import Held
from app.gateways.access import platform
from app.gateways.platform.answers import BatchAnswer, RowAnswer
from app.gateways.platform.failures import NOT_TAKEN, Passing, Permanent
from app.kernel import clock, crash, jsons
from app.kernel.beside import beside
from app.kernel.db import session, transaction
from app.kernel.settings import settings
from app.outbox.backoff import next_try

log = structlog.get_logger()
BATCHES = Counter("xinyi_feedback_batches_total", "Batches tried", ["outcome"])
KNOCKS_S = 60  # the longest back-off: only one knocks, and all that is owed waits behind it
LONGEST_S = 10.0  # of one visit, so that a worker that is to end needn't be killed
PATIENCE = 6  # failures of one batch after which another may show whether it is the batch or the platform
ITS_OWN = {"BAD_ANSWER", "INTERNAL"}  # failures that may be about this one batch
HOLD = text("""
    WITH head AS (
        SELECT batch_no, doubtful FROM feedback_batches batch
        WHERE (state = 'ready' AND next_at <= :now OR state = 'sending' AND lease_until < :now)
          AND (aside OR NOT EXISTS (
              SELECT FROM feedback_batches earlier WHERE earlier.state IN ('ready', 'sending')
                AND earlier.batch_no < batch.batch_no AND NOT earlier.aside AND earlier.batch_no <> :answered))
        ORDER BY batch_no LIMIT 1 FOR UPDATE SKIP LOCKED)
    UPDATE feedback_batches batch
    SET state = 'sending', attempts = attempts + 1, lease_until = :lease, last_tried_at = :now, doubtful = true
    FROM head WHERE batch.batch_no = head.batch_no
    RETURNING batch.batch_no, batch.body, batch.attempts, batch.oldest_at, batch.repairs_on, head.doubtful""")
NOTE = """UPDATE feedback_batches SET {} WHERE batch_no = :batch_no AND state = 'sending' AND attempts = :attempts
RETURNING batch_no"""
AGAIN = text(NOTE.format("state = 'ready', lease_until = NULL, last_error = :error, next_at = :next_at, "
                         "doubtful = :doubtful, aside = :its_own AND (aside OR EXISTS (SELECT FROM feedback_batches "
                         "other WHERE other.state = 'ready' AND other.batch_no <> :batch_no))"))
IN_LINE = text("UPDATE feedback_batches SET aside = false WHERE aside AND state IN ('ready', 'sending') "
               "AND batch_no <> :batch_no RETURNING batch_no")
OTHER = text("UPDATE feedback_batches SET next_at = :now WHERE state = 'ready' AND next_at > :now AND batch_no <> "
             ":batch_no AND batch_no = (SELECT min(batch_no) FROM feedback_batches "
             "WHERE state IN ('ready', 'sending') AND NOT aside)")
DONE = text(NOTE.format("state = 'settled', lease_until = NULL, last_error = NULL, receipt_no = :receipt_no, "
                        "settled_at = :now"))
SETTLE = text("""
    UPDATE feedbacks SET state = told.state, receipt_no = told.receipt_no, reason = told.reason, settled_at = :now
    FROM json_to_recordset(CAST(:told AS json)) told(record_no text, state text, receipt_no text, reason text)
    WHERE feedbacks.record_no = told.record_no AND feedbacks.batch_no = :batch_no AND feedbacks.state = 'sent'""")


def work(most: int = 1000) -> int:
    """Make and send batches until nothing is due, for at most a few seconds and `most`; returns how many were sent.

    While one is on its way, the next ones are made beside it, and the answer to the one before is written down.
    """
    until, sent, more = time.monotonic() + LONGEST_S, 0, batching.opened() > 0 or batching.fill()
    answered, writing = None, None
    with beside() as make, beside() as write:
        while sent < most and time.monotonic() < until:
            making = make(batching.fill) if more else None
            held = _hold(answered)
            answer = _send(held) if held else None
            if writing:
                writing.result()
            answered, writing = None, None
            if held and answer:
                answered, writing = held.batch_no, write(partial(_settle, held, answer))
            more = making is not None and making.result()
            if not held:
                break
            sent += 1
        if writing:
            writing.result()
    return sent


def send_one() -> bool:
    """Send the batch whose turn it is; False where none is due, or an earlier one waits for its next try."""
    if (held := _hold()) is None:
        return False
    if answer := _send(held):
        _settle(held, answer)
    return True


def _hold(answered: str | None = None) -> Held | None:
    """Take the first batch where it is ready, or where its holder died.

    `answered`: the one that the platform has just taken, and whose answer the caller is writing down; nobody needs to
    wait for that. Should it come to nothing, that batch is sent again and is a duplicate.
    """
    moment = clock.now()
    lease = moment + timedelta(seconds=settings().OUTBOX_LEASE_SECONDS)
    with transaction() as s:
        row = s.execute(HOLD, {"now": moment, "lease": lease, "answered": answered or ""}).one_or_none()
    return Held(*row) if row else None


def _send(held: Held) -> BatchAnswer | None:
    """The platform's answer; None where there is none, or none was wanted any more, and that was seen to."""
    crash.point("feedback.held")
    if not held.doubtful and held.oldest_at < clock.now() - batching.OLDEST:
        undoing.undo(held)
        return None
    try:
        return platform().send_batch(held.body)
    except Passing as failure:
        BATCHES.labels("again").inc()
        _again(held, failure)
    except Permanent as failure:
        BATCHES.labels("parked").inc()
        log.error("feedback_parked", batch_no=held.batch_no, code=failure.code)
        parking.refused(held, failure.code)
    return None


def _again(held: Held, failure: Passing) -> None:
    """Back off. A batch that failed often by itself steps aside for one that waits; that one's failure calls it back.

    The other goes at once: should the platform come back meanwhile, it would overtake for nothing.
    """
    knocked = failure.sent or failure.connection
    patience = held.attempts if knocked else 1  # where our own gateway held it back, it says until when
    with transaction() as s:
        called_back = s.scalar(IN_LINE, {"batch_no": held.batch_no}) is not None
        its_own = held.attempts >= PATIENCE and failure.code in ITS_OWN and not called_back
        s.execute(AGAIN, {
            "batch_no": held.batch_no, "attempts": held.attempts, "error": failure.code,
            "next_at": next_try(patience, failure.retry_after_s, KNOCKS_S),
            "doubtful": held.doubtful or not _surely_not_taken(failure), "its_own": its_own})
        if its_own:
            s.execute(OTHER, {"batch_no": held.batch_no, "now": clock.now()})


def _surely_not_taken(failure: Passing) -> bool:
    """They said so, or no byte of it can have reached them; anything else may have been taken."""
    return (failure.code in NOT_TAKEN or not failure.sent
            or (failure.code == "CLOCK_SKEW" and failure.skew_s is None))


def _settle(held: Held, answer: BatchAnswer) -> None:
    crash.point("feedback.answered")
    BATCHES.labels("settled").inc()
    with transaction() as s:
        moment, told = clock.now(), {"batch_no": held.batch_no, "attempts": held.attempts}
        if s.scalar(DONE, {**told, "receipt_no": answer.receipt_no, "now": moment}):
            if held.repairs_on is None:
                _settle_rows(held.batch_no, answer.results, moment)
            else:
                repairing.settle(held.batch_no, answer.results, moment)
            for status, count in Tally(row.status for row in answer.results).items():
                batching.ROWS.labels(status).inc(count)
        crash.point("feedback.settling")
    crash.point("feedback.settled")


def _settle_rows(batch_no: str, rows: Sequence[RowAnswer], moment: datetime) -> None:
    """`accepted` and `duplicate` settle a record; `rejected` is final until staff correct it."""
    session().execute(SETTLE, {
        "batch_no": batch_no, "now": moment, "told": jsons.dumps([
            {"record_no": row.record_no, "state": "rejected" if row.status == "rejected" else "accepted",
             "receipt_no": row.receipt_no, "reason": row.reason} for row in rows]).decode()})
