"""Comparing a day anew because staff ask: written down as a piece of work, done by workers, watched over reloads."""

import uuid
from datetime import date, timedelta

from app.feedback import reconciling, reporting
from app.feedback.errors import DayBeingCompared, DayInFuture
from app.feedback.models import Reconciliation
from app.gateways.platform.failures import PlatformFailure
from app.kernel import clock, progress
from app.kernel.db import transaction

KIND = "reconcile"
AGAIN_AFTER = timedelta(minutes=5)  # who took it up and hasn't moved it for so long has died


def ask(day: date, actor: str) -> uuid.UUID:
    """Compare this day soon; the id of the work. Asked again while it waits or runs: that work, if it is one's own.

    Raises DayInFuture.
    """
    if day > clock.today():
        raise DayInFuture
    with transaction():
        running = progress.under_way(KIND, day.isoformat())
        if running is not None and running.owner == actor:
            return running.id
        return progress.begin(KIND, actor, f"{day} 对账", subject=day.isoformat())


def run_due() -> int:
    """Job: do what was asked for; returns how many days were compared."""
    compared = 0
    while (work := progress.take(KIND, AGAIN_AFTER)) is not None:
        compared += _run(work.id, date.fromisoformat(work.told["subject"]))
    return compared


def _run(work_id: uuid.UUID, day: date) -> bool:
    def seen(row: Reconciliation) -> None:
        total = row.theirs_count or 0
        progress.move(work_id, min(row.fetched, total), total)

    try:
        row = reconciling.reconcile(day, seen)
    except DayBeingCompared as no:
        progress.fail(work_id, problem=no.detail)
        return False
    except PlatformFailure as failure:
        progress.fail(work_id, problem=f"省平台没有给出有效应答（{failure.code}），系统会自动再试；也可稍后重新对账。")
        return False
    progress.finish(work_id, 结算日=str(day), 结论=reporting.STATES[row.state], 我方记录数=row.ours_count,
                    省平台记录数=row.theirs_count)
    return True
