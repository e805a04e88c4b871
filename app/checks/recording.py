"""What the officer sees of a check, and what the officer did with it."""

import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update

from app.benefits import queries as benefits
from app.checks.asking import CHECKS
from app.checks.errors import CheckWaiting, IncentiveNotAnswered, ResponseRecorded
from app.checks.models import Check
from app.kernel import clock
from app.kernel.db import session, transaction
from app.merchants import queries as merchants
from app.trail import writing


@dataclass(frozen=True)
class Response:
    """`applied`: the service_id of the incentive that was applied, None for none; `officer`: the body's own number."""

    applied: str | None
    officer: str | None = None
    note: str | None = None


def view(check: Check) -> dict[str, Any]:
    """For the officer: `waiting` or `done`, and once done titles with yes or no. Never who, which grade, or why.

    Nobody scanned, no consent and not eligible look the same: done, and no.
    """
    told = {"check_no": check.check_no, "out_check_no": check.out_check_no, "matter": check.matter,
            "expires_at": check.expires_at, "state": "done" if done(check) else "waiting", "incentives": [],
            "response": None}
    if done(check):
        told["incentives"] = [{name: each[name] for name in ("service_id", "title", "eligible")}
                              for each in answers(check)]
    if check.responded_at is not None:
        told["response"] = {
            "applied": check.applied_offer_id.hex if check.applied_offer_id else None, "officer": check.officer,
            "note": check.note, "responded_at": check.responded_at}
    return told


def done(check: Check) -> bool:
    return check.evaluated_at is not None or check.expires_at <= clock.now()


def answers(check: Check) -> list[dict[str, Any]]:
    """What was answered; a no to each where nobody scanned."""
    if check.answers is not None:
        return check.answers
    known = benefits.offers_by_id(check.offer_ids)
    return [{"service_id": each.hex, "title": known[each].title, "eligible": False} for each in check.offer_ids]


def record(check_id: uuid.UUID, response: Response) -> Check:
    """Which incentive was applied, or none: once; the same again changes nothing. The citizen sees it.

    Raises CheckWaiting, IncentiveNotAnswered, ResponseRecorded.
    """
    with transaction() as s:
        check = session().execute(select(Check).where(Check.id == check_id).with_for_update()
                                  .execution_options(populate_existing=True)).scalar_one()
        if check.responded_at is not None:
            if _said(check) != response:
                raise ResponseRecorded
            return check
        if not done(check):
            raise CheckWaiting
        if response.applied is not None and not any(
                each["service_id"] == response.applied and each["eligible"] for each in answers(check)):
            raise IncentiveNotAnswered(field="applied")
        s.execute(update(Check).where(Check.id == check.id).values(
            response="none" if response.applied is None else "applied", officer=response.officer, note=response.note,
            applied_offer_id=uuid.UUID(response.applied) if response.applied else None, responded_at=clock.now())
            .execution_options(synchronize_session=False))
        _tell(check, response)
        s.refresh(check)
        return check


def _said(check: Check) -> Response:
    return Response(check.applied_offer_id.hex if check.applied_offer_id else None, check.officer, check.note)


def _tell(check: Check, response: Response) -> None:
    """Into the access log of who scanned; the body's note isn't: it may say more than the trail may keep."""
    merchant = merchants.get(check.merchant_id)
    purpose = "记录信用激励的采用情况：" + ("未采用" if response.applied is None else "已采用")
    writing.record(check.citizen_id, actor=f"merchant:{merchant.mchid}", who=merchant.name, what="check.response",
                   purpose=purpose, about=f"check:{check.id}")
    CHECKS.labels("none" if response.applied is None else "applied").inc()
