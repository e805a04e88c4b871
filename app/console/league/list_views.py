"""Publicity, the list, exits: who is where, what is due, and a whole campaign put on the list by one document."""

import uuid

from flask import request, url_for
from flask.typing import ResponseReturnValue

from app.console.answering import Pages, listing, notice, page, to
from app.console.forms import Form
from app.console.guards import console_required
from app.console.league import nomination_schemas as schemas
from app.console.league import nominee_views as nominees
from app.console.league.mine import scope
from app.console.nav import Nav
from app.console.tables import Column, Export, Table
from app.staff.scoping import within
from app.volunteers.outstanding import campaigns
from app.volunteers.outstanding import listing as lists
from app.volunteers.outstanding import queries as nomination_queries
from app.volunteers.outstanding.queries import Nomination

pages = Pages("league", "lists", nav=Nav("公示与名单", 43))
PUBLICITY, ENDED = ("approved", "publicised", "objected", "cleared"), ("hearing", "expired", "left", "removed")


@pages.get("/")
@console_required("league")
def index() -> ResponseReturnValue:
    """What is, or is to be, publicised."""
    table = Table("publicity", nominees.columns(
        Column("公示", lambda row: f"{row.nomination.publicised_from} 至 {row.nomination.publicised_to or '暂停'}"
               if row.nomination.publicised_from else None)),
        nominees.rows(Nomination.state.in_(PUBLICITY)), filters=nominees.filters(PUBLICITY), sort="-created_at",
        empty="没有待公示和公示中的推荐。")
    return listing(table, title="公示", actions=[("名单", url_for(".listed")), ("退出", url_for(".exits")), *_put()])


@pages.route("/listed", methods=["GET", "POST"])
@console_required("league")
def listed() -> ResponseReturnValue:
    table = Table("listed", nominees.columns(
        Column("文号", lambda row: row.nomination.document_no, phone=False),
        Column("有效期至", lambda row: row.nomination.valid_to)),
        nominees.rows(Nomination.state == "listed"), filters=nominees.filters(("listed",))[1:], sort="-created_at",
        export=Export("优青名单", ("上级报送", "表彰评优"), nominees.looks), empty="名单里还没有人。")
    return listing(table, title="优秀青年志愿者名单",
                   actions=[("公示", url_for(".index")), ("退出", url_for(".exits"))])


@pages.get("/exits")
@console_required("league")
def exits() -> ResponseReturnValue:
    table = Table("exits", nominees.columns(Column("有效期至", lambda row: row.nomination.valid_to, phone=False)),
                  nominees.rows(Nomination.state.in_(ENDED)), filters=nominees.filters(ENDED), sort="-created_at",
                  empty="没有拟移出和已退出的。")
    return listing(table, title="退出", actions=[("公示", url_for(".index")), ("名单", url_for(".listed"))])


@pages.route("/<uuid:campaign_id>/put_all", methods=["GET", "POST"])
@console_required("league", "list_officer", fresh=True)
def put_all(campaign_id: uuid.UUID) -> ResponseReturnValue:
    """Everybody whose publicity is over."""
    with within(scope()):
        told = campaigns.get(campaign_id)
    form = Form(schemas.Listing())
    if request.method == "POST" and form.submit(request.form, lambda given: lists.put_all(
            scope(), campaign_id, lists.Entry(**given))):
        notice(f"已列入名单 {form.result} 人，正在共享至省平台。")
        return to(".listed")
    return page("form.html", form.status, title=f"批量列入名单：{told.year} {told.name}", form=form, submit="列入名单",
                back=url_for(".index"), text="公示期满、没有未办结异议的全部列入；有一人不合要求，则都不列入。")


def _put() -> list[tuple[str, str]]:
    mine = scope()
    if "list_officer" not in mine.roles or mine.level != "province":
        return []
    with within(mine):
        return [(f"批量列入名单（{each.year}）", url_for(".put_all", campaign_id=each.id))
                for each in nomination_queries.with_cleared(mine)]
