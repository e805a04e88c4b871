"""The kept grade: sealed under the citizen's key, used while it holds, dropped when it must not be used again.

Two clocks of the platform order what is known: an answer's X-Timestamp (`said_at`) and an event's `occurred_at`
(platform.md section 5). All writers hold the citizen's lock.
"""

import uuid
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, select, update

from app.credit.models import CreditGrade
from app.gateways.platform.answers import GradeAnswer
from app.identity import sealing
from app.identity.queries import Citizen
from app.kernel import clock, jsons
from app.kernel.db import need_transaction, session, transaction
from app.kernel.settings import settings

COLUMN = "credit.grade"
ROW = (select(CreditGrade).where(CreditGrade.citizen_id == bindparam("citizen_id"))
       .execution_options(populate_existing=True))


@dataclass(frozen=True)
class Said:
    """What is sealed. `list_seqs`: the largest event number applied, by list."""

    grade: str = field(repr=False)
    red_lists: list[str] = field(repr=False)
    restricted: bool = field(repr=False)
    list_seqs: dict[str, int] = field(repr=False, default_factory=dict)


@dataclass(frozen=True)
class Grade:
    """A citizen's kept grade. `valid_until` is inclusive; a stale one is for showing, never for deciding."""

    grade: str = field(repr=False)
    red_lists: tuple[str, ...] = field(repr=False)
    restricted: bool = field(repr=False)
    as_of: date
    valid_until: date
    stale: bool


def latest(citizen: Citizen) -> Grade | None:
    """What was said last, stale or not; None where nothing is kept."""
    row = _row(citizen.id)
    if row is None or row.sealed is None:
        return None
    said = open_said(citizen, row)
    return Grade(said.grade, tuple(said.red_lists), said.restricted, _some(row.as_of), _some(row.valid_until),
                 stale=not _holds(row))


def fresh(citizen_id: uuid.UUID) -> bool:
    """Whether a grade is kept that holds now."""
    row = _row(citizen_id)
    return row is not None and _holds(row)


def revision(citizen_id: uuid.UUID) -> int:
    """How many events were applied so far; a query notes it before it asks."""
    row = _row(citizen_id)
    return 0 if row is None else row.revision


def repaired_at(citizen_id: uuid.UUID) -> datetime | None:
    """When we last heard that the platform repaired the record."""
    row = _row(citizen_id)
    return None if row is None else row.repaired_at


def keep_answer(citizen: Citizen, answer: GradeAnswer, query_id: uuid.UUID, revision_then: int) -> None:
    """Keep an answer, unless an event overtook it: applied since we asked, and not older than the answer."""
    row = locked(citizen.id)
    if row.revision != revision_then and row.event_at is not None and row.event_at >= answer.answered_at:
        return
    before = open_said(citizen, row) if row.sealed is not None else None
    row.said_at, row.query_id, row.dropped_at = answer.answered_at, query_id, None
    row.as_of, row.valid_until = answer.as_of, answer.valid_until
    _seal(citizen, row, Said(answer.grade, list(answer.red_lists), answer.restricted,
                             before.list_seqs if before else {}))


def replace_grade(citizen: Citizen, row: CreditGrade, grade: str, restricted: bool, as_of: date,
                  valid_until: date) -> None:
    """The platform changed its word; lists stay as they were last told."""
    row.as_of, row.valid_until = as_of, valid_until
    _seal(citizen, row, replace(open_said(citizen, row), grade=grade, restricted=restricted))


def replace_lists(citizen: Citizen, row: CreditGrade, red_lists: list[str], list_seqs: dict[str, int]) -> None:
    _seal(citizen, row, replace(open_said(citizen, row), red_lists=red_lists, list_seqs=list_seqs))


def drop(row: CreditGrade) -> None:
    """Forget what was said; it is asked for again at the next need."""
    row.sealed = row.as_of = row.valid_until = row.kept_until = None
    row.dropped_at = clock.now()
    session().flush()


def forget() -> int:
    """Job: delete grades that were past their time for as long as their person was told; returns how many."""
    longest = clock.now() - timedelta(days=settings().GRADE_SHOWN_STALE_DAYS)
    with transaction() as s:
        gone = s.scalars(update(CreditGrade).where(CreditGrade.kept_until < longest)
                         .values(sealed=None, as_of=None, valid_until=None, kept_until=None, dropped_at=clock.now())
                         .returning(CreditGrade.citizen_id).execution_options(synchronize_session=False)).all()
    return len(gone)


def locked(citizen_id: uuid.UUID) -> CreditGrade:
    """The citizen's row, made where there is none. The caller holds the citizen's lock, which is lock enough."""
    need_transaction()
    row = _row(citizen_id)
    if row is None:
        row = CreditGrade(citizen_id=citizen_id, grade_seq=0, revision=0)
        session().add(row)
        session().flush()
    return row


def open_said(citizen: Citizen, row: CreditGrade) -> Said:
    """What is sealed. Raises SealBroken, also where nothing is."""
    told: dict[str, Any] = jsons.loads(sealing.open_for(citizen, COLUMN, row.sealed or b""))
    return Said(**told)


def _seal(citizen: Citizen, row: CreditGrade, said: Said) -> None:
    """Kept to the end of its last valid day in Shanghai, and never longer after the answer than the setting."""
    row.sealed = sealing.seal_for(citizen, COLUMN, jsons.dumps(vars(said)))
    longest = timedelta(days=settings().GRADE_KEEP_DAYS)
    row.kept_until = min(clock.day_end(_some(row.valid_until)), _at(row.said_at) + longest)
    session().flush()


def _row(citizen_id: uuid.UUID) -> CreditGrade | None:
    return session().scalar(ROW, {"citizen_id": citizen_id})


def _holds(row: CreditGrade) -> bool:
    return row.sealed is not None and row.kept_until is not None and clock.now() < row.kept_until


def _some(day: date | None) -> date:
    """What is sealed has both days."""
    assert day is not None  # noqa: S101
    return day


def _at(moment: datetime | None) -> datetime:
    """What is sealed came with an answer."""
    assert moment is not None  # noqa: S101
    return moment
