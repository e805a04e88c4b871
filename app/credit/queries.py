"""How many looks at the platform there were and what came of them: numbers, never whose."""

import uuid
from datetime import date, datetime, timedelta

from sqlalchemy import func, select

from app.credit.models import CreditQuery, CreditReport, PlatformEvent
from app.kernel import clock
from app.kernel.db import session


def looks_per_day(kind: str, days: int) -> list[tuple[date, int, int]]:
    """(Shanghai day, answered, failed) of grade or report queries, today the last, whether or not there were any."""
    today = clock.today()
    first = today - timedelta(days=days - 1)
    day = func.date(func.timezone("Asia/Shanghai", CreditQuery.asked_at))
    told = {row[0]: (row[1], row[2]) for row in session().execute(
        select(day, func.count().filter(CreditQuery.state == "answered"),
               func.count().filter(CreditQuery.state == "failed"))
        .where(CreditQuery.id >= _first_id(clock.day_start(first)), CreditQuery.kind == kind,
               CreditQuery.asked_at >= clock.day_start(first)).group_by(day))}
    every = [first + timedelta(days=number) for number in range(days)]
    return [(each, *told.get(each, (0, 0))) for each in every]


def failures(kind: str, days: int) -> dict[str, int]:
    """How often each code was why a query had no answer, most often first."""
    since = clock.day_start(clock.today() - timedelta(days=days - 1))
    rows = session().execute(
        select(CreditQuery.failure, func.count())
        .where(CreditQuery.id >= _first_id(since), CreditQuery.kind == kind, CreditQuery.state == "failed",
               CreditQuery.failure.is_not(None), CreditQuery.asked_at >= since)
        .group_by(CreditQuery.failure).order_by(func.count().desc(), CreditQuery.failure).limit(20))
    return {str(code): count for code, count in rows}


def reports_kept() -> int:
    """Reports that their citizens can download now."""
    return session().scalar(select(func.count()).select_from(CreditReport).where(
        CreditReport.dropped_at.is_(None), CreditReport.valid_until >= clock.today())) or 0


def events_refused(since: datetime) -> int:
    """Events of the platform that were not taken."""
    return session().scalar(select(func.count()).select_from(PlatformEvent).where(
        PlatformEvent.state == "refused", PlatformEvent.received_at >= since)) or 0


def _first_id(moment: datetime) -> uuid.UUID:
    """The smallest id that rows of that hour can have (kernel.ids), an hour earlier for clocks that were set: the key
    bounds what is read.
    """
    return uuid.UUID(int=int((moment - timedelta(hours=1)).timestamp() * 1000) << 80)
