"""Telling the platform what a closed month of an accepted initiative brought (反馈); again where it changed since."""

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from sqlalchemy import Select, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from app.benefits import usage_queries
from app.benefits.usage_queries import Figures
from app.feedback import initiatives
from app.feedback.initiative_errors import NotAccepted, PeriodWrong
from app.feedback.initiative_models import Initiative, InitiativeFeedback, InitiativeResponse
from app.gateways.access import platform
from app.gateways.platform.failures import Permanent
from app.kernel import clock, crash
from app.kernel.db import refuse_inside_transaction, session, transaction
from app.outbox import putting
from app.outbox.sending import Message, handles

TOPIC = "initiative.feedback"
PERIOD = re.compile(r"20[0-9]{2}-(?:0[1-9]|1[0-2])")
CLOSES = timedelta(hours=2)  # after midnight: the last day's uses are in
NOTHING = Figures()
NO_REMARK = "按月汇总，无补充说明"  # for a month without a word of staff: the page doesn't say that it may be absent


def run_due() -> int:
    """Feed back every closed month whose figures are new or other than those that were told; returns how many."""
    told = 0
    for initiative, response in session().execute(_accepted()).all():
        figures = usage_queries.of_initiative(initiative.initiative_no)
        for period in _closed(response.responded_at, clock.now() - CLOSES):
            within = period <= _month(clock.shanghai_day(initiative.ends_at))
            if within or period in figures:
                told += _owe(initiative.initiative_no, period, figures.get(period, NOTHING))
    return told


def feed_back(initiative_no: str, period: str, note: str | None = None) -> InitiativeFeedback:
    """One month ("2026-11") now, this one too, perhaps with a note of staff; the closed month replaces it.

    Raises InitiativeNotFound, NotAccepted, PeriodWrong.
    """
    initiative = initiatives.get(initiative_no)
    found = session().execute(_accepted().where(Initiative.initiative_no == initiative.initiative_no)).first()
    if found is None:
        raise NotAccepted
    first = _month(clock.shanghai_day(found[1].responded_at))
    if not PERIOD.fullmatch(period) or not first <= period <= _month(clock.today()):
        raise PeriodWrong
    _owe(initiative_no, period, usage_queries.of_initiative(initiative_no).get(period, NOTHING), note)
    return session().get_one(InitiativeFeedback, (initiative_no, period), populate_existing=True)


@handles(TOPIC)
def send(message: Message) -> None:
    """Outbox: the figures as they are now; what was answered for already isn't said again."""
    refuse_inside_transaction()
    initiative_no, period = message.payload["initiative_no"], message.payload["period"]
    row = session().get_one(InitiativeFeedback, (initiative_no, period), populate_existing=True)
    revision = row.revision
    if row.answered_revision >= revision:
        return
    try:
        status = platform().feed_back_initiative(initiative_no, period, row.beneficiaries, row.usages, row.waived_fen,
                                                 row.note or NO_REMARK)
    except Permanent as final:
        _note(initiative_no, period, revision, code=final.code)
        raise
    crash.point("initiatives.fed_back")
    _note(initiative_no, period, revision, answered_revision=revision, status=status, code=None,
          answered_at=clock.now())


def _owe(initiative_no: str, period: str, figures: Figures, note: str | None = None) -> bool:
    """Write the month and owe it, where it isn't what was told; a note stays until another one is written."""
    values: dict[str, int | str] = {"beneficiaries": figures.beneficiaries, "usages": figures.usages,
                                    "waived_fen": figures.waived_fen}
    if note is not None:
        values["note"] = note
    table = InitiativeFeedback
    changed = [getattr(table, name).is_distinct_from(value) for name, value in values.items()]
    with transaction() as s:
        written = s.execute(
            insert(table)
            .values(initiative_no=initiative_no, period=period, computed_at=clock.now(), revision=1,
                    answered_revision=0, **values)
            .on_conflict_do_update(index_elements=["initiative_no", "period"], where=or_(*changed),
                                   set_={**values, "revision": table.revision + 1, "computed_at": clock.now()})
            .returning(table.revision)).first()
        if written is not None:
            putting.put(TOPIC, key=f"{initiative_no}:{period}",
                        payload={"initiative_no": initiative_no, "period": period})
    return written is not None


def _note(initiative_no: str, period: str, revision: int, **values: object) -> None:
    """What became of one revision; a later one that was answered meanwhile has the last word."""
    with transaction() as s:
        s.execute(update(InitiativeFeedback)
                  .where(InitiativeFeedback.initiative_no == initiative_no, InitiativeFeedback.period == period,
                         InitiativeFeedback.answered_revision < revision).values(**values))


def _accepted() -> Select[Initiative, InitiativeResponse]:
    """The initiatives that we accepted and whose response the platform has."""
    return (select(Initiative, InitiativeResponse)
            .join(InitiativeResponse, InitiativeResponse.initiative_no == Initiative.initiative_no)
            .where(InitiativeResponse.response == "accepted", InitiativeResponse.state == "answered")
            .order_by(Initiative.initiative_no).execution_options(populate_existing=True))


def _closed(first: datetime, moment: datetime) -> Iterator[str]:
    """The Shanghai months from that of `first` to the last one that is over at `moment`."""
    day, last = clock.shanghai_day(first).replace(day=1), clock.shanghai_day(moment).replace(day=1)
    while day < last:
        yield _month(day)
        day = (day + timedelta(days=32)).replace(day=1)


def _month(day: date) -> str:
    return f"{day:%Y-%m}"
