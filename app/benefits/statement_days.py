"""What each day of a merchant's statements came to, and whether a day agrees with the ledger, for its console."""

import uuid
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import func, or_, select

from app.benefits import statements
from app.benefits.models import Entitlement
from app.benefits.statements import Sums
from app.kernel import clock
from app.kernel.db import session
from app.ledger.queries import OF_MERCHANTS
from app.merchants import queries as merchants


@dataclass(frozen=True)
class Day:
    """One day whose statement can be had: lines, and uses, fen and lines by kind (redeem, settle, breach, reverse)."""

    day: date
    lines: int
    by_kind: dict[str, tuple[int, int]]


def of_month(merchant_id: uuid.UUID, first: date) -> list[Day]:
    """The days of the month of `first` whose statements can be had, newest first; those without a line too."""
    begun = clock.shanghai_day(merchants.get(merchant_id).created_at)
    last = min((first.replace(day=28) + timedelta(days=7)).replace(day=1) - timedelta(days=1), statements.last_ready())
    start = max(first.replace(day=1), begun)
    found = _sums(merchant_id, start, last) if start <= last else {}
    days = [start + timedelta(days=number) for number in range((last - start).days + 1)]
    return [Day(day, sum(count for count, _ in found.get(day, {}).values()), found.get(day, {}))
            for day in reversed(days)]


def months(merchant_id: uuid.UUID) -> list[date]:
    """The first days of the months that have statements, newest first, two years at most."""
    first = clock.shanghai_day(merchants.get(merchant_id).created_at).replace(day=1)
    found: list[date] = []
    month = statements.last_ready().replace(day=1)
    while month >= first and len(found) < 24:
        found.append(month)
        month = (month - timedelta(days=1)).replace(day=1)
    return found


def of_services(merchant_id: uuid.UUID, day: date) -> dict[str, Sums]:
    """What the day came to for each service, by its id, out of the statement's own lines.

    Raises StatementNotReady, NoStatement.
    """
    statements.ready(day, merchant_id)
    found: dict[str, Sums] = {}
    for line in statements.lines(merchant_id, day):
        found.setdefault(line.service_id, Sums()).add(line)
    return found


def _sums(merchant_id: uuid.UUID, first: date, last: date) -> dict[date, dict[str, tuple[int, int]]]:
    booked = OF_MERCHANTS.c
    day = func.date(func.timezone("Asia/Shanghai", booked.at))
    rows = session().execute(
        select(day, booked.kind, func.count(), func.sum(booked.fen))
        .join(Entitlement, Entitlement.id == booked.entitlement_id)
        .where(booked.merchant_id == merchant_id, booked.at >= clock.day_start(first), booked.at < clock.day_end(last),
               or_(booked.kind != "redeem", Entitlement.kind == "order"))  # a voucher's use is one line
        .group_by(day, booked.kind))
    found: dict[date, dict[str, tuple[int, int]]] = {}
    for one, kind, count, fen in rows:
        found.setdefault(one, {})[kind] = (count, int(fen))
    return found
