"""A merchant's statements: the days of a month, one day by service with its digest and the ledger's word, downloads."""

import hashlib
from datetime import date

from flask import g, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound as NoSuchPage

from app.benefits import balancing, redemption_queries, statement_days, statements, workbooks
from app.console.answering import Pages, attachment, page
from app.console.guards import console_required, own_merchant
from app.console.nav import Nav
from app.kernel.db import transaction
from app.staff.telling import tell

pages = Pages("merchant", "statements", nav=Nav("对账单", 14, ("manager",)))
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pages.get("/")
@console_required("merchant", "manager")
def index() -> ResponseReturnValue:
    months = statement_days.months(own_merchant())
    asked = request.args.get("month", "")
    month = next((each for each in months if f"{each:%Y-%m}" == asked), months[0] if months else None)
    days = [] if month is None else statement_days.of_month(own_merchant(), month)
    return page("merchant/statements.html", title="对账单", months=months, month=month, days=days,
                kinds=statements.KINDS)


@pages.get("/<day>")
@console_required("merchant", "manager")
def one(day: str) -> ResponseReturnValue:
    when = _day(day)
    content = statements.plain(own_merchant(), when)
    titles = redemption_queries.services(own_merchant())
    services = [(titles.get(service_id, service_id), service_id, sums.row())
                for service_id, sums in statement_days.of_services(own_merchant(), when).items()]
    verdict = balancing.check_day(when, own_merchant())
    return page("merchant/statement.html", title=f"对账单 {day}", day=day, services=services,
                digest=hashlib.sha256(content).hexdigest(), head=statements.SUMMARY, agrees=not verdict.wrong,
                entries=verdict.entries)


@pages.post("/<day>/download")
@console_required("merchant", "manager")
def download(day: str) -> ResponseReturnValue:
    """One service's where the form names it, else all of them."""
    when, service_id = _day(day), request.form.get("service", "")
    offer_id = statements.service(own_merchant(), service_id) if service_id else None
    content = statements.plain(own_merchant(), when, offer_id)
    _told(f"对账单 · {day} · {service_id or '全部服务'}")
    return attachment(content, f"对账单-{day}{'-' + service_id if service_id else ''}.csv")


@pages.post("/month/<month>")
@console_required("merchant", "manager")
def workbook(month: str) -> ResponseReturnValue:
    content = workbooks.monthly_xlsx(own_merchant(), month)
    _told(f"对账单 · {month} · 月度表格")
    return attachment(content, f"对账单-{month}.xlsx", XLSX)


def _day(text: str) -> date:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise NoSuchPage from None
    if found.isoformat() != text:
        raise NoSuchPage
    return found


def _told(purpose: str) -> None:
    with transaction():
        tell("staff.exported", g.account.id, actor=g.account.actor, purpose=purpose)
