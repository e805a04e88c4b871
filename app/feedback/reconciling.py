"""Daily reconciliation: what the platform counted on a settlement day against what we know it took (4.6)."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import structlog
from sqlalchemy import and_, or_, select
from sqlalchemy.dialects.postgresql import insert

from app.benefits import usage_queries
from app.feedback.models import Feedback, Reconciliation
from app.gateways.access import platform
from app.gateways.platform.answers import ReconciliationPage, SettledRecord
from app.gateways.platform.failures import Passing
from app.kernel import clock
from app.kernel.db import session, transaction

log = structlog.get_logger()
EDGE = timedelta(minutes=10)  # two clocks and an answer on its way: such a record may count on the next day
LOOK_BACK = 30  # days, as long as the platform takes records
CHUNK = 500
OPENS_HOUR = 2  # from 02:00 a day is complete


@dataclass
class _Theirs:
    """The platform's whole day, page by page."""

    first: ReconciliationPage
    records: list[SettledRecord] = field(default_factory=list)


def reconcile(day: date) -> Reconciliation:
    """Compare one day, mend what an answer that got lost left open, and keep what differs.

    Differences are rows {record_no, kind, ours, theirs} with `kind` one of theirs_only, ours_only, receipt,
    state, total. Raises Passing or Permanent where the platform gives no answer.
    """
    theirs = _fetch(day)
    with transaction():
        differences = _match(day, theirs.records)
        differences += _missing(day, {record.record_no for record in theirs.records})
        return _keep(day, theirs.first, differences)


def run_due() -> int:
    """Reconcile every finished day that isn't agreed yet, oldest first; returns how many were compared."""
    moment = clock.now().astimezone(clock.SHANGHAI)
    last = moment.date() - timedelta(days=1 if moment.hour >= OPENS_HOUR else 2)
    days = [last - timedelta(days=back) for back in reversed(range(LOOK_BACK))]
    done = set(session().scalars(select(Reconciliation.day).where(
        Reconciliation.day.in_(days), Reconciliation.state.in_(("agreed", "differs")))))
    begun = usage_queries.first_day()
    due = [day for day in days if day not in done and begun is not None and day >= begun]
    compared = 0
    for day in due:
        try:
            reconcile(day)
        except Passing as failure:
            log.warning("reconciliation_put_off", day=str(day), code=failure.code)
            break
        compared += 1
    return compared


def _fetch(day: date) -> _Theirs:
    page = platform().reconciliation_page(day)
    theirs = _Theirs(page, list(page.records))
    while page.next_cursor is not None:
        page = platform().reconciliation_page(day, page.next_cursor)
        if (page.count, page.digest) != (theirs.first.count, theirs.first.digest):
            raise Passing("BAD_ANSWER", why="the day changed between two pages")
        theirs.records.extend(page.records)
    return theirs


def _match(day: date, records: list[SettledRecord]) -> list[dict[str, Any]]:
    """Give each of their records its day; settle those whose answer we never got."""
    found: list[dict[str, Any]] = []
    for start in range(0, len(records), CHUNK):
        part = records[start:start + CHUNK]
        known = {row.record_no: row for row in session().scalars(
            select(Feedback).where(Feedback.record_no.in_([record.record_no for record in part]))
            .with_for_update().execution_options(populate_existing=True))}
        for record in part:
            found += _match_one(day, known.get(record.record_no), record)
    return found


def _match_one(day: date, ours: Feedback | None, record: SettledRecord) -> list[dict[str, Any]]:
    if ours is None:
        return [_row(record.record_no, "theirs_only", None, record.receipt_no)]
    ours.settlement_day = day
    if ours.state in ("sent", "parked"):  # taken there, the answer lost here: the receipt says so
        ours.state, ours.receipt_no, ours.reason, ours.settled_at = "accepted", record.receipt_no, None, clock.now()
    elif ours.state != "accepted":
        return [_row(record.record_no, "state", ours.state, "accepted")]
    if ours.receipt_no != record.receipt_no:
        return [_row(record.record_no, "receipt", ours.receipt_no, record.receipt_no)]
    return []


def _missing(day: date, theirs: set[str]) -> list[dict[str, Any]]:
    """Ours of that day, by their count or by our clock, that they don't list."""
    low, high = clock.day_start(day) + EDGE, clock.day_end(day) - EDGE
    ours = session().scalars(select(Feedback).where(Feedback.state == "accepted", or_(
        Feedback.settlement_day == day,
        and_(Feedback.settlement_day.is_(None), Feedback.settled_at >= low, Feedback.settled_at < high))))
    return [_row(row.record_no, "ours_only", row.receipt_no, None) for row in ours if row.record_no not in theirs]


def _keep(day: date, theirs: ReconciliationPage, differences: list[dict[str, Any]]) -> Reconciliation:
    session().flush()
    numbers = sorted(session().scalars(select(Feedback.record_no).where(Feedback.settlement_day == day)))
    numbers += [row["record_no"] for row in differences if row["kind"] == "ours_only"]
    fen, digest = usage_queries.waived_sum(numbers), platform().record_nos_digest(numbers)
    if not differences and (len(numbers), fen, digest) != (theirs.count, theirs.waived_fen, theirs.digest):
        differences = [_row("", "total", f"{len(numbers)}/{fen}/{digest}",
                            f"{theirs.count}/{theirs.waived_fen}/{theirs.digest}")]
    state = "differs" if differences else "agreed"
    values = {"state": state if theirs.complete else "incomplete", "ours_count": len(numbers), "ours_fen": fen,
              "ours_digest": digest, "theirs_count": theirs.count, "theirs_fen": theirs.waived_fen,
              "theirs_digest": theirs.digest, "differences": differences, "checked_at": clock.now()}
    with transaction() as s:
        row = s.scalars(insert(Reconciliation).values(day=day, **values)
                        .on_conflict_do_update(index_elements=["day"], set_=values).returning(Reconciliation),
                        execution_options={"populate_existing": True}).one()
    log.info("reconciled", day=str(day), state=row.state, count=row.theirs_count, differences=len(differences))
    return row


def _row(record_no: str, kind: str, ours: str | None, theirs: str | None) -> dict[str, Any]:
    return {"record_no": record_no, "kind": kind, "ours": ours, "theirs": theirs}
