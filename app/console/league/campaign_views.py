"""Campaigns: a year's evaluation, its conditions in words, and how many each county and city may forward."""

import uuid
from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue

from app.console import cells
from app.console.answering import Pages, confirm, listing, notice, page, to
from app.console.forms import Form
from app.console.guards import console_required
from app.console.league import nomination_schemas as schemas
from app.console.league.mine import listed, scope
from app.console.nav import Nav
from app.console.operations.words import badge
from app.console.parts import Act, Section
from app.console.tables import Column, Table
from app.kernel import clock
from app.staff import organising
from app.staff.scoping import Scope, within
from app.volunteers.outstanding import campaigns
from app.volunteers.outstanding import conditions as outstanding
from app.volunteers.outstanding import queries as nomination_queries
from app.volunteers.outstanding.campaigns import NewCampaign

pages = Pages("league", "campaigns", nav=Nav("评定批次", 41))
STATES = {"open": ("接受推荐", "good"), "closed": ("已截止", "")}


@pages.get("/")
@console_required("league")
def index() -> ResponseReturnValue:
    table = Table("campaigns", (
        Column("名称", lambda row: cells.link(row.name, url_for(".one", campaign_id=row.id))),
        Column("年度", lambda row: row.year, sort="year", number=True),
        Column("推荐", lambda row: f"{row.opens_on} 至 {row.closes_on}", phone=False),
        Column("状态", lambda row: badge(STATES, row.state)),
        Column("公示工作日", lambda row: row.publicity_days, number=True, phone=False),
    ), listed(lambda _: nomination_queries.campaigns()), sort="-year", empty="还没有评定批次。")
    return listing(table, title="评定批次", actions=[("新建批次", url_for(".make"))] if _may(scope()) else [])


@pages.route("/make", methods=["GET", "POST"])
@console_required("league", "list_officer")
def make() -> ResponseReturnValue:
    form = Form(schemas.Campaign(), {"year": clock.today().year})
    if request.method == "POST" and form.submit(request.form, _make):
        notice("已建立。请分配名额。")
        return to(".one", campaign_id=form.result.id)
    return page("form.html", form.status, title="新建评定批次", form=form, submit="建立", back=url_for(".index"),
                text="条件一经建立不再更改，已核查的结果才能重现。")


@pages.get("/<uuid:campaign_id>")
@console_required("league")
def one(campaign_id: uuid.UUID) -> ResponseReturnValue:
    mine = scope()
    with within(mine):
        told = campaigns.get(campaign_id)
        places = [(organising.name_of(each.organisation_id), each.quota, each.taken, each.quota - each.taken)
                  for each in nomination_queries.quotas(mine, campaign_id)]
    may = _may(mine)
    acts = [Act("分配名额", url_for(".quota", campaign_id=campaign_id))] if may else []
    if may and told.state == "open":
        acts.append(Act("截止推荐", url_for(".close", campaign_id=campaign_id), asks=True))
    said = [outstanding.reason(why, told.terms) for why in outstanding.WORDS]
    return page("overview.html", title=f"{told.year} {told.name}", acts=acts, sections=[
        Section("情况", {"主办": told.recipient, "推荐": f"{told.opens_on} 至 {told.closes_on}",
                       "状态": badge(STATES, told.state), "公示": f"{told.publicity_days} 个工作日",
                       "规则版本": told.rule_version[:12]}),
        Section("条件", head=("条件", "依据"), desk=1, rows=[(each.message, each.legal_ground) for each in said]),
        Section("名额", head=("团组织", "名额", "已上报", "剩余"), rows=places,
                empty="还没有分配名额；没有名额的县级不能上报。")])


@pages.route("/<uuid:campaign_id>/quota", methods=["GET", "POST"])
@console_required("league", "list_officer")
def quota(campaign_id: uuid.UUID) -> ResponseReturnValue:
    with within(scope()):
        told = campaigns.get(campaign_id)
    places = {each.id: each.name for each in organising.subtree(scope().path) if each.level in campaigns.COLUMNS}
    form = Form(schemas.Quota.among(places))
    if request.method == "POST" and form.submit(request.form, lambda given: campaigns.set_quota(
            scope(), campaign_id, given["organisation_id"], given["quota"])):
        notice("已分配。")
        return to(".one", campaign_id=campaign_id)
    return page("form.html", form.status, title=f"分配名额：{told.year} {told.name}", form=form, submit="分配",
                back=url_for(".one", campaign_id=campaign_id))


@pages.route("/<uuid:campaign_id>/close", methods=["GET", "POST"])
@console_required("league", "list_officer")
def close(campaign_id: uuid.UUID) -> ResponseReturnValue:
    if request.method == "GET":
        with within(scope()):
            told = campaigns.get(campaign_id)
        return confirm("截止推荐？", "不再接受新的推荐；已推荐的照常审核。", act="截止",
                       facts={"批次": f"{told.year} {told.name}"}, back=url_for(".one", campaign_id=campaign_id))
    campaigns.close(scope(), campaign_id)
    notice("已截止。")
    return to(".one", campaign_id=campaign_id)


def _make(told: dict[str, Any]) -> Any:
    terms = {name: told.pop(name) for name in outstanding.TERMS if name in told}
    return campaigns.make(scope(), NewCampaign(**told, terms=terms))


def _may(mine: Scope) -> bool:
    return "list_officer" in mine.roles and mine.level == "province"
