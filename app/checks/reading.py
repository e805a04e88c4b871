"""Finding checks: by the widget's token, by the body's number, for lists and counts."""

import io
import uuid
from datetime import datetime
from typing import Any

import segno
from sqlalchemy import func, select

from app.checks import codes
from app.checks.asking import find
from app.checks.errors import CheckNotFound, WidgetTokenInvalid
from app.checks.models import Check
from app.kernel import clock
from app.kernel.db import session
from app.kernel.http import page
from app.merchants import queries as merchants


def by_token(token: str) -> Check:
    """The check that this widget's token opens, while it lasts. Raises WidgetTokenInvalid."""
    told = codes.read_token(token)
    check = None if told is None else session().scalar(
        select(Check).where(Check.check_no == told[1]).execution_options(populate_existing=True))
    if check is None or told is None or check.ends_at <= clock.now():
        raise WidgetTokenInvalid
    merchant = merchants.get(check.merchant_id)
    if merchant.mchid != told[0] or merchant.state != "active":
        raise WidgetTokenInvalid
    return check


def own(merchant_id: uuid.UUID, out_check_no: str) -> Check:
    """The body's own. Raises CheckNotFound, for another's too."""
    check = find(merchant_id, out_check_no)
    if check is None:
        raise CheckNotFound
    return check


def listed(merchant_id: uuid.UUID, args: dict[str, Any]) -> tuple[list[Check], str | None]:
    """A page of a body's checks, newest first. `args`: limit, cursor?, response? (applied, none)."""
    query = select(Check).where(Check.merchant_id == merchant_id).execution_options(populate_existing=True)
    if response := args.get("response"):
        query = query.where(Check.response == response)
    return page(query, (Check.created_at, Check.id), args)


def counts(start: datetime, end: datetime, merchant_id: uuid.UUID | None = None) -> dict[str, int]:
    """{"asked", "answered", "applied", "none"} of the checks opened from `start` to before `end`."""
    query = select(func.count(), func.count(Check.evaluated_at), func.count().filter(Check.response == "applied"),
                   func.count().filter(Check.response == "none")).where(Check.created_at >= start,
                                                                        Check.created_at < end)
    if merchant_id is not None:
        query = query.where(Check.merchant_id == merchant_id)
    asked, answered, applied, none = session().execute(query).one()
    return {"asked": asked, "answered": answered, "applied": applied, "none": none}


def counts_by_body(start: datetime, end: datetime) -> dict[uuid.UUID, dict[str, int]]:
    """The same for every body that asked, by its id."""
    query = select(Check.merchant_id, func.count(), func.count(Check.evaluated_at),
                   func.count().filter(Check.response == "applied"), func.count().filter(Check.response == "none"))
    rows = session().execute(query.where(Check.created_at >= start, Check.created_at < end)
                             .group_by(Check.merchant_id))
    return {row[0]: dict(zip(("asked", "answered", "applied", "none"), row[1:], strict=True)) for row in rows}


def qr(check: Check) -> str:
    """The code as an SVG that fills its box."""
    drawn = io.BytesIO()
    segno.make(codes.code_of(check.check_no), error="m", micro=False).save(
        drawn, kind="svg", border=4, omitsize=True, xmldecl=False, nl=False)
    return drawn.getvalue().decode()
