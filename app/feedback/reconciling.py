"""Daily reconciliation: what the platform counted on a settlement day against what we know it took (4.6).

Their pages are kept as they come, so that who dies on the way, or hears no answer, goes on where it was.
"""

import hashlib
from collections.abc import Callable
from datetime import date, datetime, time, timedelta

import structlog
from sqlalchemy import delete, or_, select, text
from sqlalchemy.dialects.postgresql import insert

from app.feedback import comparing, repairing, reporting
from app.feedback.errors import DayBeingCompared, DayInFuture
from app.feedback.models import Batch, Listed, Reconciliation
from app.gateways.access import platform
from app.gateways.platform.answers import ReconciliationPage
from app.gateways.platform.failures import Passing, Permanent, PlatformFailure
from app.kernel import clock, crash
from app.kernel.db import session, transaction
from app.kernel.settings import settings
from app.outbox.backoff import next_try

log = structlog.get_logger()
OPENS = time(2, 0)  # from then on the day before is complete
SPREAD_S = 1800  # so long after it at most do we ask, each installation and day at a moment of its own
DONE = ("agreed", "differs")
KEEP = text("INSERT INTO reconciliation_rows (day, record_no, receipt_no) SELECT :day, record_no, receipt_no FROM "
            "unnest(CAST(:record_nos AS text[]), CAST(:receipt_nos AS text[])) told(record_no, receipt_no) "
            "ON CONFLICT DO NOTHING")


def reconcile(day: date, seen: Callable[[Reconciliation], object] = id) -> Reconciliation:
    """Compare one day, mend what an answer that got lost left open, tell again what they lost, keep what differs.

    `seen` is called with the row after each page that is here.

    Raises Passing or Permanent where the platform gives no answer, DayBeingCompared where another worker is at it,
    DayInFuture (which the platform only refuses).
    """
    if day > clock.today():
        raise DayInFuture
    held = _hold(day)
    try:
        while True:
            page = platform().reconciliation_page(day, held.cursor)
            crash.point("reconcile.answered")
            last = _keep(held, page)
            seen(held)
            if last:
                return held
    except PlatformFailure as failure:
        _put_off(held, failure)
        raise


def run_due() -> int:
    """Reconcile every finished day that wasn't compared whole yet, oldest first; returns how many were compared."""
    compared = 0
    for day in due_days():
        try:
            compared += bool(reconcile(day))
        except (Passing, DayBeingCompared) as failure:
            log.warning("reconciliation_put_off", day=str(day), code=failure.code)
            break  # the days after it wait with it: one knock at the door is enough
        except Permanent as failure:
            log.error("reconciliation_refused", day=str(day), code=failure.code)
    return compared


def due_days() -> list[date]:
    """Days from the first batch on to the last one that is complete; none while the first of them backs off."""
    begun = session().scalar(select(Batch.created_at).order_by(Batch.batch_no).limit(1))
    moment = clock.now()
    last = clock.shanghai_day(moment) - timedelta(days=1)
    if moment < asked_from(last):
        last -= timedelta(days=1)
    if begun is None:
        return []
    first = clock.shanghai_day(begun)
    known = {row.day: row for row in session().execute(
        select(Reconciliation.day, Reconciliation.state, Reconciliation.next_at))}
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    due = [day for day in days if day not in known or known[day].state not in DONE]
    return [] if due and due[0] in known and known[due[0]].next_at > moment else due


def asked_from(day: date) -> datetime:
    """When this installation asks for a day: after 02:00 of the next one, at its own moment within half an hour."""
    told = settings()
    seed = hashlib.sha256(f"{told.PUBLIC_BASE_URL}|{told.PLATFORM_APP_ID}|{day}".encode()).digest()
    opens = datetime.combine(day + timedelta(days=1), OPENS, clock.SHANGHAI)
    return opens + timedelta(seconds=int.from_bytes(seed[:4], "big") % SPREAD_S)


def _hold(day: date) -> Reconciliation:
    """The day's row, ours until the lease runs out; where pages are here already, it goes on behind them."""
    moment = clock.now()
    with transaction() as s:
        s.execute(insert(Reconciliation).values(day=day).on_conflict_do_nothing())
        row = s.scalar(select(Reconciliation).where(Reconciliation.day == day, or_(
            Reconciliation.lease_until.is_(None), Reconciliation.lease_until < moment))
            .with_for_update(skip_locked=True).execution_options(populate_existing=True))
        if row is None:
            raise DayBeingCompared
        if row.state != "fetching" or row.cursor is None:
            _forget(row)
        row.state, row.attempts, row.lease_until = "fetching", row.attempts + 1, _lease()
    return row


def _keep(held: Reconciliation, page: ReconciliationPage) -> bool:
    """Write a page down, and with the last one compare; whether it was the last. Raises Passing, DayBeingCompared."""
    with transaction():
        row = _still(held)
        said = (page.count, page.waived_fen, page.digest)
        if row.cursor is None:
            row.theirs_count, row.theirs_fen, row.theirs_digest = said
        changed = (row.theirs_count, row.theirs_fen, row.theirs_digest) != said
        if changed:
            _forget(row)  # more came meanwhile: from the start, later
        else:
            session().execute(KEEP, {"day": row.day, "record_nos": [each.record_no for each in page.records],
                                     "receipt_nos": [each.receipt_no for each in page.records]})
            row.cursor, row.fetched, row.lease_until = page.next_cursor, row.fetched + len(page.records), _lease()
            row.complete = page.complete
            if page.next_cursor is None:
                _compare(row)
            session().flush()
            crash.point("reconcile.keeping")
    if changed:
        raise Passing("BAD_ANSWER", why="the day changed between two pages")
    return page.next_cursor is None


def _compare(row: Reconciliation) -> None:
    moment = clock.now()
    row.lease_until, row.failures, row.last_error = None, 0, None
    others = comparing.compare(row, moment)
    session().execute(delete(Listed).where(Listed.day == row.day))
    again = repairing.tell_again(row.day, moment) if row.complete else 0
    for day in (row.day, *sorted(others)):
        reporting.make(day)
    log.info("reconciled", day=str(row.day), state=row.state, count=row.theirs_count, told_again=again)


def _still(held: Reconciliation) -> Reconciliation:
    """The row, locked, where it is ours still."""
    row = session().scalar(select(Reconciliation).where(
        Reconciliation.day == held.day, Reconciliation.attempts == held.attempts)
        .with_for_update().execution_options(populate_existing=True))
    if row is None:
        raise DayBeingCompared
    return row


def _put_off(held: Reconciliation, failure: PlatformFailure) -> None:
    """Later again. Behind a page that they refuse to go on from, it begins anew."""
    with transaction() as s:
        row = s.scalar(select(Reconciliation).where(
            Reconciliation.day == held.day, Reconciliation.attempts == held.attempts)
            .with_for_update().execution_options(populate_existing=True))
        if row is None:
            return
        if isinstance(failure, Permanent):
            _forget(row)
        row.failures += 1
        row.lease_until, row.last_error = None, failure.code
        row.next_at = next_try(row.failures, getattr(failure, "retry_after_s", None))


def _forget(row: Reconciliation) -> None:
    row.cursor, row.fetched = None, 0
    session().execute(delete(Listed).where(Listed.day == row.day))


def _lease() -> datetime:
    return clock.now() + timedelta(seconds=settings().OUTBOX_LEASE_SECONDS)
