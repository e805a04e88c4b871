"""Unmaking a batch that surely was never taken, when a use in it has grown too old to be told.

One that may have been taken is never unmade: only the same bytes, sent again, can find out (platform.md 4.5).
"""

import structlog
from sqlalchemy import delete, text, update

from app.feedback import batching
from app.feedback.models import Batch, Difference, Feedback
from app.feedback.parking import Held
from app.kernel.db import transaction
from app.outbox import owing

log = structlog.get_logger()
UNMADE = text("UPDATE feedback_batches SET state = 'undone', lease_until = NULL, doubtful = false "
              "WHERE batch_no = :batch_no AND state = 'sending' AND attempts = :attempts RETURNING batch_no")


def undo(held: Held) -> None:
    """Its usages are owed as before, at the moment at which it was made: what is too old is kept back by the next
    making, the others go out in a new batch.
    """
    with transaction() as s:
        if not s.scalar(UNMADE, {"batch_no": held.batch_no, "attempts": held.attempts}):
            return
        rows = s.execute(delete(Feedback).where(Feedback.batch_no == held.batch_no, Feedback.state == "sent")
                         .returning(Feedback.record_no, Feedback.usage_id)
                         .execution_options(synchronize_session=False)).all()
        made_at = s.get_one(Batch, held.batch_no).created_at
        owing.owe_again(batching.TOPIC, [(row.record_no, {"usage_id": str(row.usage_id)}) for row in sorted(rows)],
                        made_at)
        s.execute(update(Difference).where(Difference.repair_batch_no == held.batch_no)
                  .values(repair="too_old").execution_options(synchronize_session=False))
    log.warning("feedback_batch_undone", batch_no=held.batch_no, records=len(rows))
