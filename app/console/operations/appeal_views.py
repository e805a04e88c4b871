"""Appeals: what citizens, and the platform, object to; read under their eyes, marked and settled in working days."""

from datetime import date
from typing import Any

from flask import g, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema, fields, validate

from app.appeals import marking, objecting, queries, reading, settling, stating
from app.appeals.objecting import Choices
from app.appeals.settling import Settlement
from app.console import cells
from app.console.answering import Pages, confirm, listing, notice, page, to
from app.console.forms import Form
from app.console.guards import console_required
from app.console.nav import Nav
from app.console.operations.platform_schemas import Settle
from app.console.operations.words import APPEALS, badge, choices
from app.console.parts import Act, Section
from app.console.tables import Column, Export, Filter, Table, equals, of_query, plain
from app.kernel import clock

pages = Pages("operations", "appeals", nav=Nav("异议", 17, ("operator",)))
ABOUT = {"decision": "判定结果", "entitlement": "权益凭证", "usage": "使用记录", "grade": "信用等级",
         "access": "查看记录", "other": "其他"}
BY = {"citizen": "公民", "platform": "省平台"}
OUTCOMES = {"upheld": "异议成立", "dismissed": "异议不成立", "withdrawn": "随注销撤回"}
CHECKS = {"pass": "通过", "review": "待复核", "unchecked": "未能检查，请留意"}


@pages.route("/", methods=["GET", "POST"])
@console_required("operations", "operator")
def index() -> ResponseReturnValue:
    table = Table("appeals", (
        Column("编号", lambda row: cells.link(row.appeal_no, url_for(".one", appeal_no=row.appeal_no))),
        Column("事项", lambda row: ABOUT.get(row.about_kind, row.about_kind)),
        Column("提出", lambda row: BY[row.opened_by], phone=False),
        Column("状态", lambda row: badge(APPEALS, row.state)),
        Column("时限", clock_of, export=False),
        Column("办结期限", lambda row: row.settle_by, sort="settle_by", phone=False),
        Column("提出时间", lambda row: row.opened_at, sort="opened_at", phone=False),
        Column("结论", lambda row: OUTCOMES.get(row.outcome or ""), phone=False),
    ), of_query(queries.listing()), filters=(
        Filter("state", "状态", equals("state"), choices(APPEALS)), Filter("by", "提出", equals("opened_by"), BY),
        Filter("kind", "事项", equals("about_kind"), ABOUT), Filter("no", "编号", equals("appeal_no"))),
        sort="-opened_at", export=Export("异议", ("审计", "工作考核")), empty="没有异议。")
    return listing(table, title="异议")


@pages.get("/<appeal_no>")
@console_required("operations", "operator")
def one(appeal_no: str) -> ResponseReturnValue:
    return _page(queries.by_no(appeal_no))


@pages.post("/<appeal_no>/read")
@console_required("operations", "operator")
def read(appeal_no: str) -> ResponseReturnValue:
    """The text; the citizen sees that it was read."""
    words = reading.read(appeal_no, str(g.account.id))
    said = [Section(f"{each.merchant}的说明（{plain(each.at)}）", text=each.text) for each in stating.read(appeal_no)]
    return _page(queries.by_no(appeal_no), Section("异议内容", text=words or "（本人已注销）"), *said)


@pages.route("/<appeal_no>/mark", methods=["GET", "POST"])
@console_required("operations", "operator")
def mark(appeal_no: str) -> ResponseReturnValue:
    appeal = queries.by_no(appeal_no)
    if request.method == "GET":
        return confirm("受理这份异议？", "公民会看到异议已受理；办结期限不变。", act="受理", danger=False,
                       back=url_for(".one", appeal_no=appeal_no),
                       facts={"编号": appeal_no, "受理期限": appeal.mark_by, "办结期限": appeal.settle_by})
    marking.mark(appeal_no, str(g.account.id))
    notice("已受理。")
    return to(".one", appeal_no=appeal_no)


@pages.route("/<appeal_no>/settle", methods=["GET", "POST"])
@console_required("operations", "operator")
def settle(appeal_no: str) -> ResponseReturnValue:
    appeal = queries.by_no(appeal_no)
    form = Form(_schema(objecting.choices(appeal)))
    if request.method == "POST" and form.submit(request.form, lambda told: settling.settle(
            appeal_no, Settlement(told["outcome"], told["answer"], told.get("move")), str(g.account.id))):
        notice("已办结，公民会收到通知。")
        return to(".one", appeal_no=appeal_no)
    return page("form.html", form.status, title=f"办结异议 {appeal_no}", form=form, submit="办结并答复",
                back=url_for(".one", appeal_no=appeal_no), text="办结后不能更改；公民仍可另行提出异议。")


def clock_of(row: Any) -> Any:
    """What is due next, and how many working days are left for it."""
    if row.state == "settled":
        return None
    due, words = (row.mark_by, "受理") if row.state == "opened" else (row.settle_by, "办结")
    today = clock.today()
    if due < today:
        return cells.badge(f"{words}已逾期 {_working_days(due, today)} 个工作日", "bad")
    left = _working_days(today, due)
    return cells.badge(f"{words}还剩 {left} 个工作日", "wait") if left else cells.badge(f"今日须{words}", "bad")


def _working_days(start: date, end: date) -> int:
    """From the day after `start` to `end`."""
    count, day = 0, start
    while day < end:
        day = clock.add_working_days(day, 1)
        count += day <= end
    return count


def _schema(possible: Choices) -> Schema:
    """With the moves that there are now, or without the field."""
    if not possible.moves:
        return Settle()
    moves = validate.OneOf(list(possible.moves), labels=list(possible.moves.values()))
    hint = "权益正等待处理，须选一项。" if possible.needed else "不需要处理的不选。"
    return Settle.from_dict({"move": fields.String(
        required=possible.needed, validate=moves, metadata={"label": "对所涉权益的处理", "hint": hint})})()


def _page(appeal: Any, *more: Section) -> ResponseReturnValue:
    acts = []
    if appeal.state != "settled":
        acts = [Act("办结", url_for(".settle", appeal_no=appeal.appeal_no))]
    if appeal.state == "opened":
        acts.insert(0, Act("受理", url_for(".mark", appeal_no=appeal.appeal_no), asks=True))
    about = f"{ABOUT.get(appeal.about_kind, appeal.about_kind)} {appeal.about_id}".strip()
    linked = cells.link(about, url_for("console_operations_records.one", record_no=appeal.about_id)) \
        if appeal.about_kind == "usage" else about
    buttons = [] if more else [Act("阅读异议内容（留痕）", url_for(".read", appeal_no=appeal.appeal_no))]
    return page("overview.html", title=f"异议 {appeal.appeal_no}", acts=acts, sections=[Section("情况", {
        "事项": linked, "提出": BY[appeal.opened_by], "状态": badge(APPEALS, appeal.state), "时限": clock_of(appeal),
        "文字检查": CHECKS[appeal.text_check], "提出时间": appeal.opened_at, "受理期限": appeal.mark_by,
        "受理时间": appeal.marked_at, "办结期限": appeal.settle_by, "办结时间": appeal.settled_at,
        "结论": OUTCOMES.get(appeal.outcome or "")}, text="不显示提出人。异议未办结前，所涉权益不会被取走。",
        buttons=buttons), *more])
