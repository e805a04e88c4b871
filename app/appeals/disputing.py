"""The platform disputes a use that we reported: an appeal is opened for staff, on the same clocks as any other."""

from typing import Any

from sqlalchemy import exists, select

from app.appeals import opening
from app.appeals.models import Appeal
from app.appeals.opening import Clocks, Objection
from app.benefits import usage_queries
from app.credit.errors import EventRefused
from app.identity import queries as citizens
from app.identity import telling
from app.kernel.db import need_transaction, session
from app.kernel.settings import settings
from app.trail import writing


def dispute(data: dict[str, Any]) -> None:
    """`usage.disputed` {record_no, reason}, in the event's transaction. Raises EventRefused for a record that we never
    reported.

    One appeal is open for a record at a time; where its citizen has left, nobody is left to be answered.
    """
    need_transaction()
    usage = usage_queries.by_no(data["record_no"])
    if usage is None:
        raise EventRefused("BAD_REQUEST")
    citizen = citizens.lock(usage.citizen_id)
    if citizen is None or _open_already(usage.usage_no):
        return
    told = settings()
    clocks = Clocks(told.APPEAL_MARK_WORKING_DAYS, told.APPEAL_SETTLE_WORKING_DAYS, told.IDEMPOTENCY_HOURS)
    appeal = opening.put_down(citizen, Objection("usage", usage.usage_no, data["reason"]), clocks, "unchecked")
    appeal.opened_by = "platform"
    writing.record(citizen.id, actor="platform", who=told.PLATFORM_NAME, what="appeal.open",
                   purpose="省平台对一条使用记录提出异议，由工作人员复核", about=f"appeal:{appeal.id}")
    telling.tell(citizen.id, "appeal_opened", {"appeal_no": appeal.appeal_no, "settle_by": appeal.settle_by})


def _open_already(usage_no: str) -> bool:
    """The citizen's lock keeps a twin from slipping in between, and the index has the last word."""
    return bool(session().scalar(select(exists().where(
        Appeal.about_id == usage_no, Appeal.opened_by == "platform", Appeal.state != "settled"))))
