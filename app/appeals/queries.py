"""Finding appeals: a citizen's own, and what staff have to do by when."""

import uuid
from datetime import date
from typing import Any

from sqlalchemy import Select, func, or_, select

from app.appeals.errors import AppealNotFound
from app.appeals.models import Appeal
from app.kernel.db import need_transaction, session
from app.kernel.http import page


def own_page(citizen_id: uuid.UUID, args: dict[str, Any]) -> tuple[list[Appeal], str | None]:
    """A page of the citizen's appeals, newest first."""
    return page(select(Appeal).where(Appeal.citizen_id == citizen_id), (Appeal.opened_at, Appeal.id), args)


def every_own(citizen_id: uuid.UUID) -> list[Appeal]:
    """All of them, oldest first."""
    return list(session().scalars(select(Appeal).where(Appeal.citizen_id == citizen_id).order_by(Appeal.id)))


def listing() -> Select[Any]:
    """All appeals, for staff to narrow and sort; whose they are and what they say isn't shown in lists."""
    return select(Appeal)


def counts(day: date) -> tuple[int, int]:
    """(not settled, of those past their day) as it stands on this day."""
    late = or_(Appeal.settle_by < day, (Appeal.state == "opened") & (Appeal.mark_by < day))
    row = session().execute(select(func.count(), func.count().filter(late)).where(Appeal.state != "settled")).one()
    return row[0], row[1]


def waiting() -> list[Appeal]:
    """What isn't settled, the most urgent first."""
    return list(session().scalars(select(Appeal).where(Appeal.state != "settled")
                                  .order_by(Appeal.settle_by, Appeal.id)))


def overdue(day: date) -> list[Appeal]:
    """What should have been marked or settled before this day and wasn't."""
    return list(session().scalars(select(Appeal).where(Appeal.state != "settled", or_(
        Appeal.settle_by < day, (Appeal.state == "opened") & (Appeal.mark_by < day))).order_by(Appeal.id)))


def by_no(appeal_no: str) -> Appeal:
    """Raises AppealNotFound."""
    return _found(session().scalar(select(Appeal).where(Appeal.appeal_no == appeal_no)))


def lock(appeal_no: str) -> Appeal:
    """The appeal, fresh and locked; its citizen is locked before. Raises AppealNotFound."""
    need_transaction()
    return _found(session().scalar(select(Appeal).where(Appeal.appeal_no == appeal_no)
                                   .with_for_update().execution_options(populate_existing=True)))


def _found(appeal: Appeal | None) -> Appeal:
    if appeal is None:
        raise AppealNotFound
    return appeal
