"""The register of volunteers: the list, an exact search, one entry. Who is looked at reads it in the mini-app.

Other matters add to an entry's page by a function in SECTIONS, and to the list's first line by one in ACTIONS.
"""

import uuid
from collections.abc import Callable
from typing import Any

from flask import g, request, url_for
from flask.typing import ResponseReturnValue

from app.console import cells
from app.console.answering import Pages, listing, page
from app.console.forms import Form
from app.console.guards import console_required
from app.console.league import certificate_views, entry_views
from app.console.league.mine import listed, scope
from app.console.league.schemas import Find, Purpose
from app.console.league.words import REAL_NAMES, VOLUNTEERS
from app.console.nav import Nav
from app.console.operations.words import badge, choices
from app.console.parts import Act, Section
from app.console.tables import Column, Export, Filter, Table, equals, since
from app.kernel import clock
from app.staff import organising
from app.staff.scoping import END, Scope, within
from app.volunteers import looking, queries, register_queries, revealing
from app.volunteers.queries import Volunteer
from app.volunteers.stars import hours_to_next, stars

pages = Pages("league", "volunteers", nav=Nav("志愿者", 10))
PURPOSES = ("年度核对", "表彰评优", "保险办理", "上级检查")
SHOWN = 20
STARS = {str(number): f"{number} 星" for number in range(6)}

Sections = Callable[[Scope, Volunteer], list[Section]]
Actions = Callable[[Scope], list[tuple[str, str]]]
SECTIONS: tuple[Sections, ...] = (entry_views.sections, certificate_views.sections)
ACTIONS: tuple[Actions, ...] = ()


@pages.route("/", methods=["GET", "POST"])
@console_required("league")
def index() -> ResponseReturnValue:
    levels = () if scope().level in {"county", "unit"} else ("province", "city", "county")  # units are thousands
    places = {str(each.id): each for each in organising.subtree(scope().path, *levels)}
    table = Table("volunteers", (
        Column("编号", lambda row: cells.whole(row.volunteer_no, url_for(".one", volunteer_id=row.id)),
               sort="volunteer_no"),
        Column("姓名", register_queries.masked),
        Column("机构", lambda row: organising.name_of(row.organisation_id), phone=False),
        Column("状态", lambda row: badge(VOLUNTEERS, row.state)),
        Column("时长（小时）", lambda row: row.minutes // 60, number=True, phone=False),
        Column("星级", star, number=True),
        Column("申请日期", lambda row: clock.shanghai_day(row.applied_at), sort="applied_at", phone=False),
    ), listed(register_queries.listed), filters=(
        Filter("state", "状态", equals("state"), choices(VOLUNTEERS)),
        Filter("place", "机构", lambda c, value: below(c, places[value].path),
               {each: f"{'　' * (place.path.count('/') - 2)}{place.name}" for each, place in places.items()}),
        Filter("stars", "星级", lambda c, value: register_queries.with_stars(int(value)), STARS),
        Filter("from", "登记自", since("registered_at"), day=True)),
        sort="-applied_at", empty="还没有登记的志愿者。", export=Export("志愿者", PURPOSES, told_to_each))
    return listing(table, "league/volunteers.html", title="志愿者", form=Form(Find()),
                   actions=[action for each in ACTIONS for action in each(scope())])


@pages.post("/find")
@console_required("league")
def find() -> ResponseReturnValue:
    """Posted, so that no name stands in an address or a log."""
    form = Form(Find())
    found: list[Any] = []
    done = form.submit(request.form, lambda told: found.extend(revealing.find(scope(), told["q"], told["purpose"])))
    section = Section("找到的志愿者", head=("编号", "姓名", "机构", "状态"), desk=2, rows=[
        (cells.whole(row.volunteer_no, url_for(".one", volunteer_id=row.id)), register_queries.masked(row),
         organising.name_of(row.organisation_id), badge(VOLUNTEERS, row.state)) for row in found],
        empty="本机构及下级中没有找到。请核对是否完整；如在其他机构登记，可申请转入。",
        text="结果较多，请改用编号或身份证号查找。" if len(found) == register_queries.MOST_FOUND else "")
    return page("overview.html", form.status, title="查找志愿者", sections=[section] if done else [], form=form,
                submit="查找", action=url_for(".find"))


@pages.get("/<uuid:volunteer_id>")
@console_required("league")
def one(volunteer_id: uuid.UUID) -> ResponseReturnValue:
    mine = scope()
    with within(mine):
        volunteer = register_queries.one(mine, volunteer_id)
        looking.look(mine, volunteer, "查看登记与服务情况")
        sections = [_entry(mine, volunteer), *(part for each in SECTIONS for part in each(mine, volunteer)),
                    _records(mine, volunteer)]
    return page("overview.html", title=f"志愿者 {volunteer.volunteer_no}", sections=sections)


@pages.route("/<uuid:volunteer_id>/identity", methods=["GET", "POST"])
@console_required("league", *revealing.ROLES)
def identity(volunteer_id: uuid.UUID) -> ResponseReturnValue:
    """Who it is, whole, for a purpose."""
    with within(scope()):
        volunteer_no = register_queries.one(scope(), volunteer_id).volunteer_no
    form, back = Form(Purpose()), url_for(".one", volunteer_id=volunteer_id)
    if request.method == "POST" and form.submit(request.form, lambda told: revealing.reveal(
            scope(), volunteer_id, told["purpose"])):
        told = form.result
        kin = told.guardian
        return page("overview.html", title=f"志愿者 {volunteer_no}", sections=[Section("身份信息", {
            "姓名": told.name, "身份证号": told.id_number, "手机号": told.phone, "监护人": kin and kin.name,
            "监护人电话": kin and kin.phone}, text="本次查看已记入查看记录，本人可见。请勿抄录、外传。",
            acts=(Act("返回", back),))])
    return page("form.html", form.status, title=f"显示身份信息：{volunteer_no}", form=form, submit="显示", back=back,
                text="查看会记入查看记录，本人在小程序中看得到由哪个机构、何时、为何查看。")


def star(row: Any) -> int:
    """By the ladder; none but for who is registered."""
    return stars(row.minutes // 60, row.region) if row.state == "registered" else 0


def below(c: Any, path: str) -> Any:
    return (c["organisation_path"] >= path) & (c["organisation_path"] < path + END)


def told_to_each(rows: list[Any], purpose: str) -> None:
    """An export is a look at everybody in it."""
    looking.look_each(scope(), [row.id for row in rows], purpose, looking.LISTED)


def _entry(mine: Scope, volunteer: Volunteer) -> Section:
    hours = queries.minutes(volunteer.id) // 60
    left = hours_to_next(hours, volunteer.region)
    show = Act("显示身份信息（留痕）", url_for(".identity", volunteer_id=volunteer.id))
    return Section("登记", {
        "编号": volunteer.volunteer_no, "姓名": register_queries.masked(volunteer),
        "机构": organising.name_of(volunteer.organisation_id), "地区": volunteer.region,
        "状态": badge(VOLUNTEERS, volunteer.state), "原因": volunteer.reason, "申请时间": volunteer.applied_at,
        "登记时间": volunteer.registered_at, "实名核验": badge(REAL_NAMES, volunteer.real_name_state),
        "累计时长": f"{hours} 小时", "星级": stars(hours, volunteer.region) if volunteer.state == "registered" else 0,
        "距下一星": None if left is None else f"{left} 小时"},
        acts=(show,) if g.account.roles & set(revealing.ROLES) else ())


def _records(mine: Scope, volunteer: Volunteer) -> Section:
    rows = [(each.served_on, each.activity, each.minutes, each.source)
            for each in register_queries.own_records(mine, volunteer.id, SHOWN)]
    return Section("本机构及下级记录的服务（最近 20 条）", head=("日期", "活动", "分钟", "来源"), rows=rows, desk=1,
                   empty="还没有服务记录。")
