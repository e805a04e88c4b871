"""Warning staff that a response to an initiative is due: three working days before, and one."""

import structlog
from prometheus_client import Counter
from sqlalchemy import exists, select
from sqlalchemy.dialects.postgresql import insert

from app.feedback.initiative_models import Initiative, InitiativeResponse, InitiativeWarning
from app.kernel import clock
from app.kernel.db import session, transaction

log = structlog.get_logger()
WARNED = Counter("xinyi_initiative_warnings_total", "Responses due in so many working days or fewer", ["days"])
BEFORE = (1, 3)  # working days; the nearer one first, which makes the other needless


def run_due() -> int:
    """Warn of every initiative without a response whose day is near, once for each distance; returns how many.

    The day counts in Asia/Shanghai; one that came late is warned of by the nearest distance alone.
    """
    answered = exists().where(InitiativeResponse.initiative_no == Initiative.initiative_no)
    today, warned = clock.today(), 0
    ends = {days: clock.add_working_days(today, days) for days in BEFORE}
    horizon = clock.day_end(ends[max(BEFORE)])
    waiting = session().execute(
        select(Initiative.initiative_no, Initiative.respond_by)
        .where(Initiative.respond_by >= clock.now(), Initiative.respond_by < horizon, ~answered)
        .order_by(Initiative.respond_by)).all()
    for initiative_no, respond_by in waiting:
        due_on = clock.shanghai_day(respond_by)
        days = next(days for days in BEFORE if due_on <= ends[days])
        warned += _warn(initiative_no, days, due_on=due_on)
    return warned


def _warn(initiative_no: str, days: int, **due: object) -> bool:
    with transaction() as s:
        first = s.execute(insert(InitiativeWarning)
                          .values(initiative_no=initiative_no, days=days, warned_at=clock.now(), **due)
                          .on_conflict_do_nothing().returning(InitiativeWarning.days)).first() is not None
    if first:
        WARNED.labels(days).inc()
        log.warning("initiative_response_due", initiative_no=initiative_no, working_days=days)
    return first
