"""Settlement days compared with the platform: what differs, what was done about it, the signed report."""

from datetime import date
from typing import Any

from flask import g, request, url_for
from flask.typing import ResponseReturnValue

from app.console import cells
from app.console.answering import Pages, attachment, confirm, listing, page, to
from app.console.forms import Form
from app.console.guards import console_required
from app.console.nav import Nav
from app.console.operations.platform_schemas import AnotherDay
from app.console.operations.words import DAYS, DAYS_STATES, YES_NO, badge, choices, paged
from app.console.parts import Act, Chart, Section
from app.console.tables import Column, Export, Filter, Table
from app.feedback import explaining, queries, reporting, rerunning
from app.feedback.errors import DayNotCompared
from app.kernel import clock, progress
from app.kernel.db import transaction
from app.staff.telling import tell

pages = Pages("operations", "reconciliations", nav=Nav("对账", 12, ("operator",)))
KINDS = {kind: told.words for kind, told in explaining.DIFFERENCES.items()}


@pages.route("/", methods=["GET", "POST"])
@console_required("operations", "operator")
def index() -> ResponseReturnValue:
    table = Table("reconciliations", (
        Column("结算日", lambda row: cells.link(str(row.day), url_for(".one", day=row.day.isoformat()))),
        Column("结论", lambda row: badge(DAYS_STATES, row.state)),
        Column("我方", lambda row: row.ours_count, number=True),
        Column("平台", lambda row: row.theirs_count, number=True),
        Column("我方减免（元）", lambda row: cells.yuan(row.ours_fen), number=True, phone=False),
        Column("平台减免（元）", lambda row: cells.yuan(row.theirs_fen), number=True, phone=False),
        Column("核对时间", lambda row: row.checked_at, phone=False),
        Column("最近错误", lambda row: row.last_error, phone=False),
    ), paged(queries.day_page), filters=(Filter("state", "结论", choices=choices(DAYS_STATES)),),
        export=Export("对账", ("对账", "审计")), empty="还没有对账的日期：有反馈的日期在次日 02:00 后自动对账。")
    days = list(reversed(queries.day_page({"limit": DAYS})[0]))
    charts = [Chart("每日记录数", [f"{row.day:%m-%d}" for row in days], {
        "我方": [row.ours_count or 0 for row in days], "省平台": [row.theirs_count or 0 for row in days]}, "bar", "条")]
    return listing(table, "overview.html", title="对账", acts=[Act("对某一天重新对账", url_for(".another"))],
                   charts=charts if days else [])


@pages.route("/another", methods=["GET", "POST"])
@console_required("operations", "operator")
def another() -> ResponseReturnValue:
    form = Form(AnotherDay())
    if request.method == "POST" and form.submit(request.form, lambda told: rerunning.ask(told["day"], g.account.actor)):
        return to("console_account.work", work_id=form.result)
    return page("form.html", form.status, title="对某一天重新对账", form=form, submit="开始对账",
                back=url_for(".index"), text="重新取省平台当日明细逐条核对。进度在下一页，刷新或离开不影响。")


@pages.route("/<day>", methods=["GET", "POST"])
@console_required("operations", "operator")
def one(day: str) -> ResponseReturnValue:
    row = queries.day(_day(day))
    table = Table("differences", (
        Column("记录编号", _record),
        Column("差异", lambda each: KINDS[each.kind]),
        Column("我方", lambda each: each.ours),
        Column("平台", lambda each: each.theirs),
        Column("已作处理", lambda each: explaining.REPAIRS.get(each.repair or "")),
        Column("了结", lambda each: each.closed_at or cells.badge("未了结", "bad")),
        Column("建议", lambda each: explaining.DIFFERENCES[each.kind].todo, phone=False),
    ), paged(lambda args: queries.difference_page(row.day, args)), filters=(
        Filter("kind", "差异", choices=KINDS), Filter("open", "未了结", choices=YES_NO)),
        export=Export(f"对账差异-{day}", ("对账", "审计", "与省平台核对")), empty="这一天没有差异。")
    acts = [Act("重新对账", url_for(".again", day=day), asks=True)]
    if row.checked_at is not None:
        acts += [Act(f"下载{words}", url_for(".report", day=day, part=part))
                 for part, words in (("csv", "报告"), ("sig", "签名"), ("pem", "公钥"))]
    found = queries.differences_by_kind(row.day)
    running = progress.under_way(rerunning.KIND, day)
    return listing(table, "overview.html", title=f"{day} 对账", acts=acts, table_title="差异明细", sections=[
        Section("结论", _facts(row, running)),
        Section("差异分类", head=("差异", "发现", "未了结"), rows=[(KINDS[kind], *more) for kind, *more in found],
                empty="没有差异。")])


@pages.route("/<day>/again", methods=["GET", "POST"])
@console_required("operations", "operator")
def again(day: str) -> ResponseReturnValue:
    if request.method == "GET":
        return confirm("重新对账？", "重新取省平台当日明细逐条核对；进度在下一页，刷新或离开不影响。", act="重新对账",
                       danger=False, back=url_for(".one", day=day), facts={"结算日": day})
    return to("console_account.work", work_id=rerunning.ask(_day(day), g.account.actor))


@pages.get("/<day>/report.<any(csv, sig, pem):part>")
@console_required("operations", "operator")
def report(day: str, part: str) -> ResponseReturnValue:
    """The newest report of the day as it was signed, byte for byte; its signature; the key that checks it."""
    signed = reporting.newest(_day(day))
    content, name, kind = {
        "csv": (signed.content, f"{day}.csv", "text/csv; charset=utf-8"),
        "sig": (signed.signature, f"{day}.csv.sig", "application/octet-stream"),
        "pem": (signed.public_key, f"{day}.csv.pem", "application/x-pem-file")}[part]
    if part == "csv":
        with transaction():
            tell("staff.exported", g.account.id, actor=g.account.actor, purpose=f"对账报告 · {day}")
    return attachment(content, name, kind)


def _facts(row: Any, running: progress.Work | None) -> dict[str, Any]:
    watched = running is not None and running.owner == g.account.actor
    return {
        "结论": badge(DAYS_STATES, row.state), "核对时间": row.checked_at, "记录数（我方 / 平台）":
        f"{_or_none(row.ours_count)} / {_or_none(row.theirs_count)}", "减免（元，我方 / 平台）":
        f"{_or_none(cells.yuan(row.ours_fen))} / {_or_none(cells.yuan(row.theirs_fen))}",
        "摘要（我方）": row.ours_digest, "摘要（平台）": row.theirs_digest,
        "平台称已结清": "是" if row.complete else "否", "最近错误": row.last_error,
        "正在重新对账": cells.link("查看进度", url_for("console_account.work", work_id=running.id))
        if watched and running is not None else "是" if running else "否"}


def _or_none(value: Any) -> Any:
    return "—" if value is None else value


def _record(each: Any) -> Any:
    """Theirs alone is no record of ours to look at."""
    if not each.record_no:
        return "（整日）"
    if each.kind == "theirs_only":
        return each.record_no
    return cells.link(each.record_no, url_for("console_operations_records.one", record_no=each.record_no))


def _day(day: str) -> date:
    """An address that we made. Raises DayNotCompared for any other."""
    try:
        found = date.fromisoformat(day)
    except ValueError:
        raise DayNotCompared from None
    if day != found.isoformat() or not 2000 < found.year <= clock.today().year + 1:
        raise DayNotCompared
    return found
