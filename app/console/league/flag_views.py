"""What is odd and unanswered, with what it clashes with; and every entry of service there is, corrections too."""

from flask import url_for
from flask.typing import ResponseReturnValue

from app.console import cells
from app.console.answering import Pages, listing
from app.console.guards import console_required
from app.console.league import attended_views as attended
from app.console.league.mine import listed
from app.console.nav import Nav
from app.console.tables import Column, Filter, Table, equals, holds, since, until
from app.staff import queries as staff
from app.volunteers.service import queries as hours_queries

pages = Pages("league", "flags", nav=Nav("时长疑点", 21, (attended.OFFICER, attended.REVIEWER)))
KINDS = {"correction": "只看更正"}


@pages.get("/")
@console_required("league")
def index() -> ResponseReturnValue:
    table = Table("flags", (
        Column("疑点", lambda each: attended.FLAGS[each.row.kind]),
        Column("志愿者", lambda each: cells.link(each.row.volunteer_no, url_for(
            "console_league_attendances.one", attendance_id=each.row.attendance_id))),
        Column("姓名", lambda each: each.name, phone=False),
        Column("活动", lambda each: each.row.title, phone=False),
        Column("日期", lambda each: each.row.served_on),
        Column("分钟", lambda each: each.row.minutes, number=True, phone=False),
        Column("情况", what, phone=False),
        Column("办理", lambda each: cells.act("说明", url_for(
            "console_league_attendances.explain", attendance_id=each.row.attendance_id, flag_id=each.row.id))
            if attended.may(attended.OFFICER) or attended.may(attended.REVIEWER) else ""),
    ), attended.people(hours_queries.flags), filters=(
        Filter("kind", "疑点", equals("kind"), attended.FLAGS), Filter("number", "志愿者编号", equals("volunteer_no")),
        Filter("title", "活动", holds("title"))),
        sort="-raised_at", empty="没有待说明的疑点。")
    return listing(table, title="时长疑点")


@pages.get("/records")
@console_required("league")
def records() -> ResponseReturnValue:
    """Every entry; a correction beside what it puts right."""
    table = Table("records", (
        Column("时间", lambda row: row.created_at, sort="created_at"),
        Column("活动", lambda row: row.activity),
        Column("日期", lambda row: row.served_on, phone=False),
        Column("分钟", lambda row: row.minutes, number=True),
        Column("来源", lambda row: row.source, phone=False),
        Column("更正原因", lambda row: row.reason),
        Column("作者", lambda row: staff.named(row.author or ""), phone=False),
        Column("登记", lambda row: cells.link("查看", url_for(
            "console_league_attendances.one", attendance_id=row.attendance_id)) if row.attendance_id else ""),
    ), listed(hours_queries.records), filters=(
        Filter("only", "范围", lambda c, value: c["corrects_id"].is_not(None), KINDS),
        Filter("from", "自", since("created_at"), day=True), Filter("to", "至", until("created_at"), day=True)),
        sort="-created_at", empty="还没有服务记录。")
    return listing(table, title="服务记录与更正")


def what(each: attended.Attended) -> str:
    """In words; other attendances by how many they are."""
    kind, told = each.row.kind, each.row.told
    if kind == "overlap":
        return f"与 {len(told.split())} 条登记时间重叠"
    return f"当日合计 {told} 分钟" if kind == "long_day" else f"服务日期 {told}，登记时尚未发生"
