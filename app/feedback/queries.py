"""What staff look at: records that were rejected or kept back, batches, days that differ, and how all of it stands."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import defer

from app.feedback import explaining
from app.feedback.errors import BatchNotFound, DayNotCompared
from app.feedback.models import Batch, Correction, Difference, Feedback, Reconciliation
from app.kernel import clock
from app.kernel.db import session
from app.kernel.http import page
from app.outbox import queries as outbox

WRONG = (Feedback.state == "rejected") | ((Feedback.state == "parked") & Feedback.batch_no.is_(None))
UNMENDED = select(func.count()).select_from(Feedback).outerjoin(
    Correction, Correction.corrected_no == Feedback.record_no).where(WRONG, Correction.record_no.is_(None))


@dataclass(frozen=True)
class Wrong:
    """A record that staff must look at, with the reason in words; `corrected_by` names the new one, if any."""

    record_no: str
    state: str  # rejected (there) or parked (never sent)
    reason: str
    words: str
    todo: str
    batch_no: str | None
    since: datetime | None
    corrected_by: str | None
    actor: str | None


@dataclass(frozen=True)
class Health:
    """How feedback stands now. Lags are seconds; `waiting`: owed messages that wait, by why."""

    owed: int
    waiting: dict[str, int]
    owed_lag_s: float
    open_batches: int
    in_flight: int
    in_flight_lag_s: float
    last_error: str | None
    next_try_at: datetime | None
    parked_batches: int
    to_correct: int
    accepted_today: int
    rejected_today: int
    open_days: list[date] = field(default_factory=list)
    last_agreed_on: date | None = None


def wrong_page(args: dict[str, Any]) -> tuple[list[Wrong], str | None]:
    """Newest first. `args`: limit, cursor; and to narrow, state, reason (before any colon), mended (bool)."""
    query = select(Feedback).where(WRONG)
    if args.get("state"):
        query = query.where(Feedback.state == args["state"])
    if args.get("reason"):
        query = query.where(func.split_part(Feedback.reason, ":", 1) == args["reason"])
    if args.get("mended") is not None:
        mended = select(Correction).where(Correction.corrected_no == Feedback.record_no).exists()
        query = query.where(mended if args["mended"] else ~mended)
    rows, cursor = page(query, (Feedback.record_no,), args)
    made = {each.corrected_no: each for each in session().scalars(
        select(Correction).where(Correction.corrected_no.in_([row.record_no for row in rows])))}
    return [_wrong(row, made.get(row.record_no)) for row in rows], cursor


def _wrong(row: Feedback, correction: Correction | None) -> Wrong:
    told = explaining.reason(row.reason or "")
    return Wrong(row.record_no, row.state, row.reason or "", told.words, told.todo, row.batch_no, row.settled_at,
                 correction.record_no if correction else None, correction.actor if correction else None)


def batch_page(args: dict[str, Any]) -> tuple[list[Batch], str | None]:
    """Batches without their bodies, newest first. `args`: limit, cursor; and to narrow, state, failed (bool)."""
    query = select(Batch).options(defer(Batch.body, raiseload=True))
    if args.get("state"):
        query = query.where(Batch.state == args["state"])
    if args.get("failed"):
        query = query.where(Batch.last_error.is_not(None))
    return page(query, (Batch.batch_no,), args)


def batch(batch_no: str) -> tuple[Batch, list[Feedback]]:
    """A batch and its records, in order of their numbers. Raises BatchNotFound."""
    found = session().get(Batch, batch_no, populate_existing=True)
    if found is None:
        raise BatchNotFound
    return found, list(session().scalars(select(Feedback).where(Feedback.batch_no == batch_no)
                                         .order_by(Feedback.record_no)))


def day_page(args: dict[str, Any]) -> tuple[list[Reconciliation], str | None]:
    """Compared days, newest first. `args`: limit, cursor; and to narrow, state."""
    query = select(Reconciliation)
    if args.get("state"):
        query = query.where(Reconciliation.state == args["state"])
    return page(query, (Reconciliation.day,), args)


def difference_page(day: date, args: dict[str, Any]) -> tuple[list[Difference], str | None]:
    """What differed on a day. `args`: limit, cursor; and to narrow, kind, open (bool). Raises DayNotCompared."""
    if session().get(Reconciliation, day) is None:
        raise DayNotCompared
    query = select(Difference).where(Difference.day == day)
    if args.get("kind"):
        query = query.where(Difference.kind == args["kind"])
    if args.get("open") is not None:
        query = query.where(Difference.closed_at.is_(None) == args["open"])
    return page(query, (Difference.record_no, Difference.kind), args)


def health() -> Health:
    """A handful of counts, each over an index of what is open or of today."""
    moment = clock.now()
    began, owed = clock.day_start(clock.today()), outbox.standing("usage")
    head = session().execute(
        select(Batch.created_at, Batch.last_error, Batch.next_at).where(Batch.state.in_(("ready", "sending")))
        .order_by(Batch.batch_no).limit(1)).one_or_none()
    open_batches, in_flight = session().execute(
        select(func.count(), func.coalesce(func.sum(Batch.records), 0))
        .where(Batch.state.in_(("ready", "sending")))).one()
    today = {str(state): int(count) for state, count in session().execute(
        select(Feedback.state, func.count()).where(Feedback.settled_at >= began).group_by(Feedback.state))}
    return Health(
        owed=owed.count, waiting=owed.waiting, owed_lag_s=_age(owed.oldest_at, moment),
        open_batches=open_batches, in_flight=int(in_flight), in_flight_lag_s=_age(head and head.created_at, moment),
        last_error=head.last_error if head else None, next_try_at=head.next_at if head else None,
        parked_batches=_count(select(func.count()).select_from(Batch).where(Batch.state == "parked")),
        to_correct=_count(UNMENDED), accepted_today=today.get("accepted", 0), rejected_today=today.get("rejected", 0),
        open_days=list(session().scalars(select(Reconciliation.day).where(Reconciliation.state == "differs")
                                         .order_by(Reconciliation.day))),
        last_agreed_on=session().scalar(select(func.max(Reconciliation.day)).where(Reconciliation.state == "agreed")))


def per_day(days: int) -> list[tuple[date, int, int]]:
    """(Shanghai day, accepted, rejected) of the last days, today the last, whether or not there were any."""
    today = clock.today()
    first = today - timedelta(days=days - 1)
    day = func.date(func.timezone("Asia/Shanghai", Feedback.settled_at))
    told = {row[0]: (row[1], row[2]) for row in session().execute(
        select(day, func.count().filter(Feedback.state == "accepted"),
               func.count().filter(Feedback.state == "rejected"))
        .where(Feedback.settled_at >= clock.day_start(first)).group_by(day))}
    every = [first + timedelta(days=number) for number in range(days)]
    return [(each, *told.get(each, (0, 0))) for each in every]


def day(day: date) -> Reconciliation:
    """A day's comparison as it stands. Raises DayNotCompared."""
    found = session().get(Reconciliation, day, populate_existing=True)
    if found is None:
        raise DayNotCompared
    return found


def differences_by_kind(day: date) -> list[tuple[str, int, int]]:
    """(kind, found, still open) of a day, by kind."""
    return [(kind, found, open_) for kind, found, open_ in session().execute(
        select(Difference.kind, func.count(), func.count().filter(Difference.closed_at.is_(None)))
        .where(Difference.day == day).group_by(Difference.kind).order_by(Difference.kind))]


def _age(since: datetime | None, moment: datetime) -> float:
    return max(0.0, (moment - since).total_seconds()) if since else 0.0


def _count(query: Any) -> int:
    return int(session().scalar(query) or 0)
