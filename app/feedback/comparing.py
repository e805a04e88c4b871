"""Comparing a settlement day in the database: what the platform listed against what we know it took (4.6).

Sets against sets, so that 100,000 rows cost no memory here; the caller's transaction.
"""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, literal, select, text
from sqlalchemy.dialects.postgresql import aggregate_order_by, insert

from app.benefits import usage_queries
from app.feedback.models import Difference, Feedback, Listed, Reconciliation
from app.gateways.access import platform
from app.kernel import clock
from app.kernel.db import session

EDGE = timedelta(minutes=10)  # two clocks and an answer on its way: such a record may count on the next day
KEEP = ("ON CONFLICT (day, record_no, kind) DO UPDATE SET ours = excluded.ours, theirs = excluded.theirs, "
        "closed_at = excluded.closed_at, repair = coalesce(excluded.repair, reconciliation_differences.repair)")
CLOSE = text("UPDATE reconciliation_differences SET closed_at = :now WHERE day = :day AND closed_at IS NULL")
OTHER_RECEIPTS = text(f"""
    INSERT INTO reconciliation_differences (day, record_no, kind, ours, theirs, repair, found_at, closed_at)
    SELECT :day, ours.record_no, 'receipt', ours.receipt_no, theirs.receipt_no, 'taken', :now, :now
    FROM reconciliation_rows theirs JOIN feedbacks ours USING (record_no)
    WHERE theirs.day = :day AND ours.state = 'accepted' AND ours.receipt_no <> theirs.receipt_no {KEEP}""")  # noqa: S608
MATCH = text("""
    UPDATE feedbacks ours SET settlement_day = :day, receipt_no = theirs.receipt_no, state = 'accepted', reason = NULL,
        settled_at = CASE ours.state WHEN 'accepted' THEN ours.settled_at ELSE :now END
    FROM reconciliation_rows theirs
    WHERE theirs.day = :day AND theirs.record_no = ours.record_no AND ours.state <> 'rejected'
      AND (ours.settlement_day IS DISTINCT FROM :day OR ours.receipt_no IS DISTINCT FROM theirs.receipt_no)""")
ELSEWHERE = text("""
    UPDATE reconciliation_differences found SET closed_at = :now
    FROM reconciliation_rows theirs
    WHERE theirs.day = :day AND found.record_no = theirs.record_no AND found.kind = 'ours_only'
      AND found.closed_at IS NULL AND found.day <> :day RETURNING found.day""")
MISSING = text(f"""
    INSERT INTO reconciliation_differences (day, record_no, kind, ours, theirs, found_at)
    SELECT :day, theirs.record_no, CASE WHEN ours.state IS NULL THEN 'theirs_only' ELSE 'state' END, ours.state,
           theirs.receipt_no, :now
    FROM reconciliation_rows theirs LEFT JOIN feedbacks ours USING (record_no)
    WHERE theirs.day = :day AND (ours.state IS NULL OR ours.state = 'rejected')
    UNION ALL
    SELECT :day, ours.record_no, 'ours_only', ours.receipt_no, NULL, :now FROM feedbacks ours
    WHERE ours.state = 'accepted' AND (ours.settlement_day = :day
          OR ours.settlement_day IS NULL AND ours.settled_at >= :low AND ours.settled_at < :high)
      AND NOT EXISTS (SELECT FROM reconciliation_rows theirs
                      WHERE theirs.day = :day AND theirs.record_no = ours.record_no) {KEEP}""")  # noqa: S608
AGREED = text("""
    UPDATE reconciliations SET state = 'agreed' WHERE state = 'differs' AND day = ANY(:days) AND NOT EXISTS (
        SELECT FROM reconciliation_differences found WHERE found.day = reconciliations.day AND closed_at IS NULL)""")


def compare(day: Reconciliation, moment: datetime) -> set[date]:
    """Settle what an answer that got lost left open, take receipts over, and keep what differs, by kind.

    Returns the other days of which something was found on this one.
    """
    told = {"day": day.day, "now": moment}
    session().execute(text("SET LOCAL statement_timeout = '10min'"))  # a whole day at once, nobody waits for it
    session().execute(text("ANALYZE reconciliation_rows"))  # else the planner takes them for as few as yesterday
    session().execute(CLOSE, told)
    session().execute(OTHER_RECEIPTS, told)
    session().execute(MATCH, told)
    elsewhere = set(session().scalars(ELSEWHERE, told))
    session().execute(MISSING, {**told, "low": clock.day_start(day.day) + EDGE, "high": clock.day_end(day.day) - EDGE})
    _totals(day, moment)
    differs = session().scalar(select(_open(day.day).exists()))
    day.state = "incomplete" if not day.complete else "differs" if differs else "agreed"
    day.checked_at = moment
    session().flush()
    agree(elsewhere)
    return elsewhere


def agree(days: set[date]) -> None:
    """Days of which nothing is open any more agree."""
    session().execute(AGREED, {"days": list(days)})


def _totals(day: Reconciliation, moment: datetime) -> None:
    """What is said of the whole day: theirs against the rows that they listed, sums against ours."""
    listed = select(Listed.record_no).where(Listed.day == day.day)
    only_ours = _open(day.day, "ours_only").subquery()
    ours = select(Feedback.record_no).where(Feedback.state == "accepted").where(
        (Feedback.settlement_day == day.day) | Feedback.record_no.in_(select(only_ours.c.record_no)))
    day.ours_count, day.ours_digest = _count_and_digest(ours)
    day.ours_fen = usage_queries.waived_sum(ours)
    count, digest = _count_and_digest(listed)
    _differ(day, "count", count, day.theirs_count, moment)
    _differ(day, "digest", digest, day.theirs_digest, moment)
    if session().scalar(select(~_open(day.day, "theirs_only").exists())):
        _differ(day, "fen", usage_queries.waived_sum(listed), day.theirs_fen, moment)


def _count_and_digest(record_nos: Any) -> tuple[int, str]:
    """Joined by the database, bytewise: a text of 3 MB for 100,000 records."""
    rows = record_nos.subquery()
    number = rows.c.record_no.collate("C")
    count, joined = session().execute(
        select(func.count(), func.string_agg(number, aggregate_order_by(literal("\n"), number)))).one()
    return count, platform().record_nos_digest([joined] if count else [])


def _differ(day: Reconciliation, kind: str, ours: object, theirs: object, moment: datetime) -> None:
    if ours == theirs:
        return
    values = {"ours": str(ours), "theirs": str(theirs), "closed_at": None}
    session().execute(insert(Difference).values(day=day.day, record_no="", kind=kind, found_at=moment, **values)
                      .on_conflict_do_update(index_elements=["day", "record_no", "kind"], set_=values))


def _open(day: date, kind: str | None = None) -> Select[Any]:
    query = select(Difference.record_no).where(Difference.day == day, Difference.closed_at.is_(None))
    return query if kind is None else query.where(Difference.kind == kind)
