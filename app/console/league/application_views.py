"""Applications from the mini-app: yes, or no with a reason; the applicant reads it."""

import uuid

from flask import request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from app.console import cells
from app.console.answering import Pages, confirm, listing, notice, page, to
from app.console.forms import Form
from app.console.guards import console_required
from app.console.league.entry_views import facts_of
from app.console.league.mine import listed, scope
from app.console.league.register_schemas import Because, several_of
from app.console.league.words import VOLUNTEERS
from app.console.nav import Nav
from app.console.operations.words import badge
from app.console.parts import Tile
from app.console.tables import Column, Filter, Table, equals
from app.staff import organising
from app.staff.scoping import Scope, within
from app.volunteers import approving, register_queries

REGISTRAR, AT_ONCE = "registrar", 50
pages = Pages("league", "applications", nav=Nav("登记申请", 14, (REGISTRAR,)))
STATES = {"applied": "待审核", "refused": "未通过"}


@pages.get("/")
@console_required("league", REGISTRAR)
def index() -> ResponseReturnValue:
    table = Table("applications", (
        Column("编号", lambda row: cells.link(row.volunteer_no, url_for("console_league_volunteers.one",
                                                                      volunteer_id=row.id))),
        Column("姓名", register_queries.masked),
        Column("地区", lambda row: row.region, sort="region", phone=False),
        Column("机构", lambda row: organising.name_of(row.organisation_id), phone=False),
        Column("申请时间", lambda row: row.applied_at, sort="applied_at", phone=False),
        Column("状态", lambda row: badge(VOLUNTEERS, row.state), phone=False),
        Column("办理", lambda row: acts(row.id, row.state)),
    ), listed(approving.applications), filters=(Filter("state", "状态", equals("state"), STATES),), sort="applied_at",
        empty="没有待审核的申请。志愿者在小程序中申请后会出现在这里。")
    return listing(table, title="登记申请", actions=[("同意多份", url_for(".several"))])


@pages.route("/several", methods=["GET", "POST"])
@console_required("league", REGISTRAR)
def several() -> ResponseReturnValue:
    """The longest waiting, ticked by whoever decides."""
    mine = scope()
    with within(mine):
        rows = approving.longest_waiting(mine, AT_ONCE)
        choices = {row.id: f"{register_queries.masked(row)} · {row.volunteer_no} · {row.region}" for row in rows}
    form = Form(several_of(choices))
    if request.method == "POST" and form.submit(request.form, lambda told: approving.approve_each(
            mine, told["chosen"])):
        notice(f"已同意登记 {form.result} 份。")
        return to(".index", state="applied")
    return page("form.html", form.status, title="同意多份申请", form=form, submit="同意登记", back=url_for(".index"),
                text="等得最久的在前，一次最多五十份。姓名与身份证号已由本人实名认证，本人会收到通知。")


@pages.route("/<uuid:volunteer_id>/approve", methods=["GET", "POST"])
@console_required("league", REGISTRAR)
def approve(volunteer_id: uuid.UUID) -> ResponseReturnValue:
    if request.method == "GET":
        return confirm("同意登记？", "同意后即为登记的志愿者，本人会收到通知。姓名与身份证号已由本人实名认证。",
                       act="同意登记", danger=False, facts=facts_of(volunteer_id), back=url_for(".index"))
    approving.approve(scope(), volunteer_id)
    notice("已同意登记。")
    return to(".index")


@pages.route("/<uuid:volunteer_id>/refuse", methods=["GET", "POST"])
@console_required("league", REGISTRAR)
def refuse(volunteer_id: uuid.UUID) -> ResponseReturnValue:
    form, facts = Form(Because()), facts_of(volunteer_id)
    if request.method == "POST" and form.submit(request.form, lambda told: approving.refuse(
            scope(), volunteer_id, told["reason"])):
        notice("未同意登记，本人能看到理由。", undo=url_for(".reopen", volunteer_id=volunteer_id))
        return to(".index")
    return confirm("不同意登记？", "本人会在小程序中看到理由，之后可以重新申请。", act="不同意", form=form,
                   facts=facts, back=url_for(".index"))


@pages.route("/<uuid:volunteer_id>/reopen", methods=["GET", "POST"])
@console_required("league", REGISTRAR)
def reopen(volunteer_id: uuid.UUID) -> ResponseReturnValue:
    if request.method == "GET":
        return confirm("重新审核？", "这份申请回到待审核。", act="重新审核", danger=False,
                       facts=facts_of(volunteer_id), back=url_for(".index"))
    approving.reopen(scope(), volunteer_id)
    notice("已回到待审核。")
    return to(".index")


def acts(volunteer_id: uuid.UUID, state: str) -> Markup:
    if state == "refused":
        return cells.act("重新审核", url_for(".reopen", volunteer_id=volunteer_id))
    return cells.act("同意", url_for(".approve", volunteer_id=volunteer_id)) + Markup(" ") + cells.act(
        "不同意", url_for(".refuse", volunteer_id=volunteer_id), danger=True)


def waiting(mine: Scope) -> list[Tile]:
    """For the League's first page."""
    if REGISTRAR not in mine.roles:
        return []
    count = approving.waiting(mine)
    return [Tile("待审核的登记申请", count, count > 0, url_for("console_league_applications.index", state="applied"))]
