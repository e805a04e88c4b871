"""Stating: a merchant tells staff what happened, before they decide on an objection to one of its orders or uses.

The merchant never reads what the citizen wrote, and staff alone decide.
"""

import uuid
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import func, select

from app.appeals import dispute_queries, queries
from app.appeals.errors import AppealNotFound, StatementTooLate, TooManyStatements
from app.appeals.models import Appeal, Statement
from app.identity import queries as citizens
from app.identity import sealing
from app.identity.queries import Citizen
from app.kernel import clock
from app.kernel.db import session, transaction
from app.kernel.ids import new_id
from app.merchants import queries as merchants
from app.trail import writing

STATEMENT = "appeal.statement"
MOST = 10


@dataclass(frozen=True)
class Said:
    """One statement, opened."""

    merchant: str
    at: datetime
    text: str = field(repr=False)


def state(merchant_id: uuid.UUID, appeal_no: str, text: str, actor: str) -> None:
    """Add a statement; the citizen sees that one was made. `actor`: "merchant:<account id>". Raises AppealNotFound
    (another merchant's too), StatementTooLate, TooManyStatements.
    """
    with transaction() as s:
        found = dispute_queries.one(merchant_id, appeal_no)
        if found is None:
            raise AppealNotFound
        citizen = citizens.lock(found.citizen_id)
        appeal = queries.lock(appeal_no)
        if citizen is None or appeal.state == "settled":
            raise StatementTooLate
        if (s.scalar(select(func.count()).where(Statement.appeal_id == appeal.id)) or 0) >= MOST:
            raise TooManyStatements
        s.add(Statement(id=new_id(), appeal_id=appeal.id, merchant_id=merchant_id, actor=actor, at=clock.now(),
                        text_sealed=sealing.seal_for(citizen, STATEMENT, text.encode())))
        writing.record(citizen.id, actor=actor, who=merchants.get(merchant_id).name, what="appeal.statement",
                       purpose="就一份异议向工作人员说明情况", about=f"appeal:{appeal.id}")


def of_merchant(merchant_id: uuid.UUID, appeal: Appeal) -> list[Said]:
    """What this merchant itself said of it, oldest first; nothing where the citizen has left."""
    citizen = citizens.get(appeal.citizen_id)
    return [] if citizen is None else _opened(citizen, appeal.id, merchant_id)


def of_appeal(citizen: Citizen, appeal_id: uuid.UUID) -> list[Said]:
    """What merchants said of it, oldest first: for its citizen, and for staff after `reading.read`."""
    return _opened(citizen, appeal_id, None)


def read(appeal_no: str) -> list[Said]:
    """The same for staff, by the appeal's number, whose look `reading.read` has told. Raises AppealNotFound."""
    appeal = queries.by_no(appeal_no)
    citizen = citizens.get(appeal.citizen_id)
    return [] if citizen is None else of_appeal(citizen, appeal.id)


def _opened(citizen: Citizen, appeal_id: uuid.UUID, merchant_id: uuid.UUID | None) -> list[Said]:
    query = select(Statement).where(Statement.appeal_id == appeal_id).order_by(Statement.at, Statement.id)
    if merchant_id is not None:
        query = query.where(Statement.merchant_id == merchant_id)
    rows = list(session().scalars(query))
    known = merchants.many({row.merchant_id for row in rows})
    return [Said(known[row.merchant_id].name, row.at, sealing.open_for(citizen, STATEMENT, row.text_sealed).decode())
            for row in rows]
