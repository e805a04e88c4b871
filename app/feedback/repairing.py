"""What only we have of a settlement day is told once more: the same record, which they know or take anew (4.5)."""

from collections.abc import Sequence
from datetime import date, datetime
from itertools import groupby

import orjson
import structlog
from sqlalchemy import select, text, update

from app.feedback import batching, comparing, reporting
from app.feedback.models import Batch, Difference, Feedback
from app.gateways.platform.answers import RowAnswer
from app.kernel import jsons
from app.kernel.db import session

log = structlog.get_logger()
LOST = (select(Difference.record_no, Feedback.batch_no).join(Feedback, Feedback.record_no == Difference.record_no)
        .where(Difference.kind == "ours_only", Difference.closed_at.is_(None), Difference.repair.is_(None))
        .order_by(Feedback.batch_no, Difference.record_no))
WAITING = select(Difference.record_no).where(Difference.closed_at.is_(None), Difference.repair == "sent").limit(1)
ANSWERS = ("FROM unnest(CAST(:record_nos AS text[]), CAST(:statuses AS text[]), CAST(:receipt_nos AS text[]), "
           "CAST(:reasons AS text[])) told(record_no, status, receipt_no, reason)")
NOTED = text(f"""
    UPDATE reconciliation_differences found SET repair = told.status, theirs = coalesce(told.receipt_no, told.reason),
        closed_at = CASE WHEN told.status = 'accepted' THEN :now ELSE found.closed_at END
    {ANSWERS} WHERE found.repair_batch_no = :batch_no AND found.record_no = told.record_no""")  # noqa: S608
TAKEN = text(f"""
    UPDATE feedbacks ours SET receipt_no = told.receipt_no,
        settled_at = CASE told.status WHEN 'accepted' THEN :now ELSE ours.settled_at END,
        settlement_day = CASE told.status WHEN 'accepted' THEN NULL ELSE ours.settlement_day END
    {ANSWERS} WHERE ours.record_no = told.record_no AND ours.state = 'accepted' AND told.status <> 'rejected'""")  # noqa: S608


def tell_again(day: date, moment: datetime) -> int:
    """Batches of the day's records that they don't list, each with its first bytes; how many records.

    One older than the platform takes stays for staff. In the caller's transaction.
    """
    lost = session().execute(LOST.where(Difference.day == day).execution_options(yield_per=1000))
    return sum(_batch(day, str(batch_no), {row.record_no for row in rows}, moment)
               for batch_no, rows in groupby(lost, lambda row: row.batch_no))


def _batch(day: date, batch_no: str, record_nos: set[str], moment: datetime) -> int:
    """The same content under a new number; key for key as it was sealed."""
    told = orjson.loads(session().scalars(select(Batch.body).where(Batch.batch_no == batch_no)).one())
    occurred = {record["record_no"]: datetime.fromisoformat(record["occurred_at"])
                for record in told["records"] if record["record_no"] in record_nos}
    young = {record_no for record_no, at in occurred.items() if at >= moment - batching.OLDEST}
    _mark(day, record_nos - young, "too_old", None)
    if young:
        records = [jsons.dumps(record) for record in told["records"] if record["record_no"] in young]
        number = batching.write(records, min(occurred[record_no] for record_no in young), repairs_on=day)
        _mark(day, young, "sent", number)
    return len(young)


def settle(batch_no: str, rows: Sequence[RowAnswer], moment: datetime) -> None:
    """What the platform said of records told once more.

    `accepted`: it had lost them, and counts them today. `duplicate`: it has them, on whatever day; its receipt
    stands. `rejected`: for staff. In the caller's transaction.
    """
    told = {"batch_no": batch_no, "now": moment, "record_nos": [row.record_no for row in rows],
            "statuses": [row.status for row in rows], "receipt_nos": [row.receipt_no for row in rows],
            "reasons": [row.reason for row in rows]}
    session().execute(NOTED, told)
    session().execute(TAKEN, told)
    day = session().scalars(select(Batch.repairs_on).where(Batch.batch_no == batch_no)).one()
    if day is not None and not session().scalar(WAITING.where(Difference.day == day)):
        comparing.agree({day})
        reporting.make(day)  # once all of them are answered
    log.info("reconciliation_repaired", day=str(day), batch_no=batch_no, records=len(rows))


def _mark(day: date, record_nos: set[str], repair: str, batch_no: str | None) -> None:
    session().execute(
        update(Difference).where(Difference.day == day, Difference.kind == "ours_only",
                                 Difference.record_no.in_(record_nos))
        .values(repair=repair, repair_batch_no=batch_no).execution_options(synchronize_session=False))
