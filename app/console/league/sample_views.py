"""Samples of confirmed hours, for who looks from above: drawing, what was drawn, and what each look finds."""

import uuid
from datetime import timedelta
from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue

from app.console import cells
from app.console.answering import Pages, confirm, listing, notice, page, to
from app.console.forms import Form
from app.console.guards import console_required
from app.console.league import attended_views as attended
from app.console.league.attended_views import OUTCOMES, REVIEWER
from app.console.league.hours_schemas import Draw, Minutes
from app.console.league.mine import listed, scope
from app.console.nav import Nav
from app.console.parts import Section
from app.console.tables import Column, Table
from app.kernel import clock
from app.staff import queries as staff
from app.staff.scoping import within
from app.volunteers.service import queries as hours_queries
from app.volunteers.service import sampling
from app.volunteers.service.errors import SampleUnknown

pages = Pages("league", "samples", nav=Nav("时长抽查", 22, (REVIEWER, attended.OFFICER)))


@pages.get("/")
@console_required("league")
def index() -> ResponseReturnValue:
    table = Table("samples", (
        Column("抽查", lambda row: cells.link(f"{row.confirmed_from} 至 {row.confirmed_to}", url_for(
            ".one", sample_id=row.id))),
        Column("方式", lambda row: "逐条核对整项活动" if row.activity_id else f"抽取 {row.percent}%"),
        Column("可抽", lambda row: row.population, number=True, phone=False),
        Column("抽中", lambda row: row.drawn, number=True, phone=False),
        Column("待查", lambda row: row.open, number=True),
        Column("有误", lambda row: row.wrong, number=True),
        Column("时间", lambda row: row.drawn_at, sort="drawn_at", phone=False),
    ), listed(hours_queries.samples), sort="-drawn_at", empty="还没有抽查。")
    may = attended.may(REVIEWER) and scope().level in sampling.ABOVE
    return listing(table, title="时长抽查", actions=[("抽取", url_for(".draw"))] if may else [])


@pages.route("/draw", methods=["GET", "POST"])
@console_required("league", REVIEWER)
def draw() -> ResponseReturnValue:
    form = Form(Draw(), {"first": (clock.today() - timedelta(days=30)).isoformat(), "last": clock.today().isoformat()})
    if request.method == "POST" and form.submit(request.form, lambda told: sampling.draw(
            scope(), told["first"], told["last"])):
        notice("已抽取，请逐条核对。")
        return to(".one", sample_id=form.result.id)
    return page("form.html", form.status, title="抽取已确认的时长", form=form, submit="抽取", back=url_for(".index"))


@pages.get("/<uuid:sample_id>")
@console_required("league")
def one(sample_id: uuid.UUID) -> ResponseReturnValue:
    with within(scope()):
        sample = sampling.get(scope(), sample_id)
        items, same = hours_queries.sample_items(scope(), sample_id), sampling.same_again(sample)
    rows = [(each.row.place, cells.link(each.row.volunteer_no, url_for(
        "console_league_attendances.one", attendance_id=each.row.attendance_id)), each.name, each.row.title,
        each.row.served_on, each.row.minutes, cells.badge(*OUTCOMES[each.row.outcome]), _acts(sample_id, each.row))
        for each in attended.masked(items)]
    return page("overview.html", title="时长抽查", sections=[
        Section("这次抽查", {
            "确认日期": f"{sample.confirmed_from} 至 {sample.confirmed_to}", "可抽": sample.population,
            "抽中": len(items), "比例": f"{sample.percent}%，至少 {sample.least} 条", "随机种子": sample.seed,
            "按种子重抽": "与抽中的一致" if same else "与抽中的不一致，请报告系统管理员",
            "抽取人": staff.login_of(sample.drawn_by), "时间": sample.drawn_at},
            text="发现一条有误后，该活动的其余记录逐条核对。" if sample.activity_id else ""),
        Section("抽中的记录", head=("序", "志愿者", "姓名", "活动", "日期", "分钟", "结果", "办理"), rows=rows)])


@pages.route("/<uuid:sample_id>/items/<uuid:item_id>/right", methods=["GET", "POST"])
@console_required("league", REVIEWER)
def right(sample_id: uuid.UUID, item_id: uuid.UUID) -> ResponseReturnValue:
    _drawn(sample_id, item_id)
    back = url_for(".one", sample_id=sample_id)
    if request.method == "GET":
        return confirm("核对属实？", "记下核对结果，时长不变。", act="属实", danger=False, back=back)
    sampling.find_right(scope(), item_id)
    notice("已记为属实。")
    return to(".one", sample_id=sample_id)


@pages.route("/<uuid:sample_id>/items/<uuid:item_id>/wrong", methods=["GET", "POST"])
@console_required("league", REVIEWER)
def wrong(sample_id: uuid.UUID, item_id: uuid.UUID) -> ResponseReturnValue:
    _drawn(sample_id, item_id)
    form = Form(Minutes())
    if request.method == "POST" and form.submit(request.form, lambda told: sampling.find_wrong(
            scope(), item_id, told["minutes"], told["reason"])):
        if form.result is None:
            notice("已更正。")
            return to(".one", sample_id=sample_id)
        notice("已更正。这项活动的其余记录须逐条核对，核对结束前不再确认。", "warning")
        return to(".one", sample_id=form.result.id)
    return confirm("核对有误？", "时长更正为实际分钟数；这项活动已确认的其余记录都要逐条核对。", act="更正", form=form,
                   back=url_for(".one", sample_id=sample_id))


def _drawn(sample_id: uuid.UUID, item_id: uuid.UUID) -> None:
    """The record was drawn in this sample. Raises SampleUnknown."""
    with within(scope()):
        sampling.get(scope(), sample_id)
        if item_id not in {item.id for item in hours_queries.sample_items(scope(), sample_id)}:
            raise SampleUnknown


def _acts(sample_id: uuid.UUID, row: Any) -> object:
    if row.outcome is not None or not attended.may(REVIEWER):
        return row.note or ""
    told: Any = {"sample_id": sample_id, "item_id": row.id}
    yes, no = url_for(".right", **told), url_for(".wrong", **told)
    return cells.act("属实", yes) + " " + cells.act("有误", no, danger=True)
