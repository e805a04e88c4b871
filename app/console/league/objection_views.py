"""Objections to publicities: what waits, what was said (each look leaves its mark), and settling them."""

import uuid

from flask import request, url_for
from flask.typing import ResponseReturnValue

from app.console import cells
from app.console.answering import Pages, listing, notice, page, to
from app.console.forms import Form
from app.console.guards import console_required
from app.console.league import nomination_schemas as schemas
from app.console.league.mine import listed, scope
from app.console.league.nominee_views import OBJECTIONS
from app.console.nav import Nav
from app.console.operations.words import badge, choices
from app.console.parts import Act, Section
from app.console.tables import Column, Filter, Table, equals
from app.staff.scoping import within
from app.volunteers.outstanding import objecting
from app.volunteers.outstanding import queries as nomination_queries
from app.volunteers.outstanding.queries import Objection

pages = Pages("league", "objections", nav=Nav("公示异议", 44, objecting.READS))


@pages.get("/")
@console_required("league", *objecting.READS)
def index() -> ResponseReturnValue:
    table = Table("objections", (
        Column("提出时间", lambda row: cells.link(f"{row.raised_at:%Y-%m-%d}", url_for(".one", objection_id=row.id)),
               sort="raised_at"),
        Column("推荐编号", lambda row: cells.link(row.nomination_no, url_for(
            "console_league_nominations.one", nomination_id=row.nomination_id))),
        Column("来源", lambda row: "社会公众" if row.raised_by is None else "工作人员登记", phone=False),
        Column("状态", lambda row: badge(OBJECTIONS, row.state)),
        Column("复核期限", lambda row: row.settle_by, sort="settle_by", phone=False),
    ), listed(nomination_queries.objections), filters=(
        Filter("state", "状态", equals("state"), choices(OBJECTIONS)),), sort="-raised_at", empty="没有公示异议。")
    return listing(table, title="公示异议")


@pages.get("/<uuid:objection_id>")
@console_required("league", *objecting.READS)
def one(objection_id: uuid.UUID) -> ResponseReturnValue:
    return _page(_found(objection_id))


@pages.post("/<uuid:objection_id>/read")
@console_required("league", *objecting.READS)
def read(objection_id: uuid.UUID) -> ResponseReturnValue:
    """What was said, and how to reach who said it; the look is written down."""
    words = objecting.read(scope(), objection_id)
    return _page(_found(objection_id), Section("异议内容", {"联系方式": words.contact}, text=words.text))


@pages.route("/<uuid:objection_id>/settle", methods=["GET", "POST"])
@console_required("league", "list_officer")
def settle(objection_id: uuid.UUID) -> ResponseReturnValue:
    found, form = _found(objection_id), Form(schemas.Settle())
    if request.method == "POST" and form.submit(request.form, lambda told: objecting.settle(
            scope(), objection_id, upheld=told["outcome"] == "upheld", answer=told["answer"])):
        notice("已办结。")
        return to("console_league_nominations.one", nomination_id=found.nomination_id)
    return page("form.html", form.status, title="复核公示异议", form=form, submit="办结", back=url_for(
        ".one", objection_id=objection_id), text="登记异议的人不能复核；不成立的，公示从剩余的工作日继续。")


def _found(objection_id: uuid.UUID) -> Objection:
    with within(scope()):
        return objecting.get(scope(), objection_id)


def _page(found: Objection, *more: Section) -> ResponseReturnValue:
    mine = scope()
    may = found.state == "open" and "list_officer" in mine.roles and mine.level == "province" \
        and found.raised_by != mine.account_id
    acts = [Act("复核办结", url_for(".settle", objection_id=found.id))] if may else []
    acts.append(Act("所涉推荐", url_for("console_league_nominations.one", nomination_id=found.nomination_id)))
    reads = not more and mine.level == "province"
    buttons = [Act("阅读异议内容（留痕）", url_for(".read", objection_id=found.id))] if reads else []
    return page("overview.html", title="公示异议", sections=[Section("情况", {
        "来源": "社会公众" if found.raised_by is None else "工作人员登记", "状态": badge(OBJECTIONS, found.state),
        "提出时间": found.raised_at, "复核期限": found.settle_by, "办结时间": found.settled_at,
        "复核理由": found.answer}, acts=acts, buttons=buttons), *more])
