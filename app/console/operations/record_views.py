"""Records that the platform rejected or that were kept back: why, what to do, correct and resend."""

from typing import Any

from flask import g, request, url_for
from flask.typing import ResponseReturnValue

from app.console import cells
from app.console.answering import Pages, listing, notice, page, to
from app.console.forms import Form
from app.console.guards import console_required
from app.console.operations.platform_schemas import FIELDS, Correct, changes_of, shown_values
from app.console.operations.words import OUTCOMES, RECORDS, YES_NO, badge, paged
from app.console.parts import Act, Section
from app.console.tables import Column, Export, Filter, Table
from app.feedback import correcting, explaining, queries, record_queries
from app.feedback.record_queries import Link
from app.staff import queries as staff

pages = Pages("operations", "records")
REASONS = {code: told.words for code, told in explaining.REASONS.items()}


@pages.route("/", methods=["GET", "POST"])
@console_required("operations", "operator")
def index() -> ResponseReturnValue:
    table = Table("records", (
        Column("记录编号", lambda row: _link(row.record_no)),
        Column("状态", lambda row: badge(RECORDS, row.state)),
        Column("原因", lambda row: row.words),
        Column("处理", lambda row: row.todo, phone=False),
        Column("时间", lambda row: row.since, phone=False),
        Column("更正", lambda row: _link(row.corrected_by) if row.corrected_by else cells.badge("待处理", "wait")),
    ), paged(queries.wrong_page), filters=(
        Filter("state", "状态", choices={"rejected": "被拒收", "parked": "未报送"}),
        Filter("reason", "原因", choices=REASONS), Filter("mended", "已更正", choices=YES_NO)),
        export=Export("待更正反馈记录", ("对账", "审计", "与省平台核对")), empty="没有被拒收或未报送的记录。")
    return listing(table, title="被拒收与未报送的记录")


@pages.get("/<record_no>")
@console_required("operations", "operator")
def one(record_no: str) -> ResponseReturnValue:
    chain = record_queries.chain(record_no)
    link = next(each for each in chain if each.record_no == record_no)
    later = [each for each in chain if each.corrects == record_no]
    correctable = (link.state == "rejected" or link.reason == "TOO_OLD") and not later
    acts = [Act("更正并重报", url_for(".correct", record_no=record_no))] if correctable else []
    return page("overview.html", title=f"记录 {record_no}", acts=acts, sections=[
        Section("报送内容", _content(link), text="记录一经写下不再改变；更正是另一条新记录。不含个人信息。"),
        Section("报送情况", _standing(link)),
        Section("更正链", head=("记录编号", "状态", "原因", "减免（元）", "更正人", "更正原因"), rows=[
            (_link(each.record_no) if each is not link else f"{each.record_no}（本条）", badge(RECORDS, each.state),
             each.reason and explaining.reason(each.reason).words, cells.yuan(each.waived_fen),
             each.actor and staff.named(each.actor), each.note) for each in chain],
            desk=4, text="自上而下：原记录 → 更正记录；撤回与更正都在其中，两条都会保留。")])


@pages.route("/<record_no>/correct", methods=["GET", "POST"])
@console_required("operations", "operator")
def correct(record_no: str) -> ResponseReturnValue:
    """GET: the form; POST: what would change, to be confirmed; POST with `sure`: done."""
    link = next(each for each in record_queries.chain(record_no) if each.record_no == record_no)
    form, sure = Form(Correct(), shown_values(link)), request.form.get("sure") == "yes"
    verb = _correct if sure else _preview
    if request.method == "POST" and form.submit(request.form, lambda told: verb(link, told)):
        if sure:
            notice(f"已写入更正记录 {form.result}，将自动报送。")
            return to(".one", record_no=form.result)
        return page("operations/correction.html", title="确认更正并重报", record_no=record_no, given=form.given,
                    rows=[(FIELDS[name], *pair) for name, pair in form.result.items()])
    form.given["sure"] = ""  # what was refused is asked about again
    told = explaining.reason(link.reason or "")
    return page("form.html", form.status, title=f"更正记录 {record_no}", form=form, submit="下一步：核对改动",
                back=url_for(".one", record_no=record_no), text=f"{told.words}。{told.todo}。")


def _preview(link: Link, told: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    return correcting.preview(link.record_no, changes_of(link, told), told["note"])


def _correct(link: Link, told: dict[str, Any]) -> str:
    return correcting.correct(link.record_no, changes_of(link, told), told["note"], g.account.actor)


def _link(record_no: str) -> Any:
    return cells.link(record_no, url_for(".one", record_no=record_no))


def _content(link: Link) -> dict[str, Any]:
    return {"场景": link.scenario, "权益编号": link.benefit, "商户统一社会信用代码": link.provider_uscc,
            "区划代码": link.region, "发生时间": link.occurred_at, "结果": OUTCOMES.get(link.outcome, link.outcome),
            "减免金额（元）": cells.yuan(link.waived_fen), "支付金额（元）": cells.yuan(link.paid_fen),
            "联合激励编号": link.initiative_no, "更正的记录": link.corrects and _link(link.corrects)}


def _standing(link: Link) -> dict[str, Any]:
    told = explaining.reason(link.reason) if link.reason else None
    batch = link.batch_no and cells.link(link.batch_no, url_for("console_operations_feedback.batch",
                                                                batch_no=link.batch_no))
    return {"状态": badge(RECORDS, link.state), "批次": batch, "回执号": link.receipt_no, "了结时间": link.settled_at,
            "原因": told and told.words, "处理": told and told.todo}
