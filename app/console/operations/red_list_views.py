"""The League's red list as it stands here and at the platform; who an entry is about, masked, is a look."""

from typing import Any

from flask import g, request, url_for
from flask.typing import ResponseReturnValue

from app.console import cells
from app.console.answering import Pages, confirm, listing, notice, page, to
from app.console.guards import console_required
from app.console.nav import Nav
from app.console.operations.words import RED_LISTS, badge, paged
from app.console.parts import Act, Section
from app.console.tables import Column, Export, Filter, Table
from app.feedback import explaining
from app.staff import queries as staff
from app.volunteers.errors import RedListEntryUnknown
from app.volunteers.red_list import queries as red_list_queries
from app.volunteers.red_list import reading as red_list_reading
from app.volunteers.red_list import sharing as red_list

pages = Pages("operations", "red_list", nav=Nav("红名单", 16, ("operator",)))
STATES = {"listed": ("在列", "good"), "delisted": ("已移出", "")}


@pages.route("/", methods=["GET", "POST"])
@console_required("operations", "operator")
def index() -> ResponseReturnValue:
    table = Table("red_list", (
        Column("编号", lambda row: cells.link(row.entry_no, url_for(".one", entry_no=row.entry_no))),
        Column("本方", lambda row: badge(STATES, row.state)),
        Column("省平台", standing),
        Column("文号", lambda row: row.document_no, phone=False),
        Column("认定单位", lambda row: row.cited_by, phone=False),
        Column("有效期", lambda row: f"{row.valid_from} 至 {row.valid_to}", phone=False),
    ), paged(red_list_queries.listed), filters=(
        Filter("q", "编号或文号"), Filter("state", "本方", choices={"listed": "在列", "delisted": "已移出"}),
        Filter("unsettled", "只看未报妥", choices={"yes": "是"})),
        export=Export("红名单报送情况", ("对账", "审计")), empty="还没有红名单条目。")
    return listing(table, title="红名单报送")


@pages.get("/<entry_no>")
@console_required("operations", "operator")
def one(entry_no: str) -> ResponseReturnValue:
    return _page(_row(entry_no))


@pages.post("/<entry_no>/who")
@console_required("operations", "operator")
def who(entry_no: str) -> ResponseReturnValue:
    """Masked; the person sees that it was looked at."""
    seen = red_list_reading.look(entry_no, g.account.actor)
    return _page(_row(entry_no), Section("人员（已脱敏）", {"姓名": seen.name, "证件号码": seen.id_number},
                                       text="本次查看已记入查看记录，本人可见。"))


@pages.route("/<entry_no>/again", methods=["GET", "POST"])
@console_required("operations", "operator")
def again(entry_no: str) -> ResponseReturnValue:
    row = _row(entry_no)
    if request.method == "GET":
        return confirm("重新报送？", "把这一条目现在的情况再次报送省平台；省平台所指的问题须已解决。", act="重新报送",
                       danger=False, back=url_for(".one", entry_no=entry_no),
                       facts={"编号": entry_no, "省平台": standing(row)})
    red_list.again(entry_no)
    notice("已重新安排报送。")
    return to(".one", entry_no=entry_no)


def standing(row: Any) -> Any:
    """What the platform has answered for what we say now."""
    if row.answered_revision >= row.revision:
        return badge(STATES, row.platform_status) if row.platform_status else cells.badge("未曾报送")
    return cells.badge(f"被拒（{row.refused_code}）", "bad") if row.refused_code else cells.badge("待报送", "wait")


def _row(entry_no: str) -> Any:
    row = red_list_queries.by_no(entry_no)
    if row is None:
        raise RedListEntryUnknown
    return row


def _page(row: Any, *more: Section) -> ResponseReturnValue:
    unsettled = row.answered_revision < row.revision
    told = explaining.reason(row.refused_code) if unsettled and row.refused_code else None
    return page("overview.html", title=f"红名单 {row.entry_no}", sections=[Section("情况", {
        "名单": RED_LISTS.get(row.list_code, row.list_code), "本方": badge(STATES, row.state), "省平台": standing(row),
        "含义": told and told.words, "移出原因": row.delist_reason, "认定单位": row.cited_by, "文号": row.document_no,
        "公示": f"{row.publicised_from} 至 {row.publicised_to}", "有效期": f"{row.valid_from} 至 {row.valid_to}",
        "最近由谁变更": staff.named(row.said_by), "平台答复时间": row.answered_at},
        acts=[Act("重新报送", url_for(".again", entry_no=row.entry_no), asks=True)] if unsettled else [],
        buttons=[] if more else [Act("查看人员（脱敏，留痕）", url_for(".who", entry_no=row.entry_no))]), *more])
