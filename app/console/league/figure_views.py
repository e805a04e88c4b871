"""Volunteers, hours and stars in pictures, with the figures beside; a place's page leads to those below it."""

import uuid

from flask import request, url_for
from flask.typing import ResponseReturnValue

from app.console.answering import Pages, page
from app.console.guards import console_required
from app.console.league.mine import scope
from app.console.nav import Nav
from app.console.parts import Act, Chart, Tile
from app.staff import organising, queries
from app.staff.errors import OrganisationUnknown
from app.staff.scoping import within
from app.volunteers import figure_queries

pages = Pages("league", "figures", nav=Nav("统计", 80))
STARS = ("一星", "二星", "三星", "四星", "五星")


@pages.get("/")
@console_required("league")
def index() -> ResponseReturnValue:
    mine = scope()
    place = organising.within(mine.path, _asked() or mine.organisation_id)
    with within(mine):
        told = figure_queries.figures(mine, place.id)
    below = [Act(each.name, url_for(".index", place=each.id)) for each in queries.children(place.id)]
    up = [Act("上一级", url_for(".index", place=place.parent_id))] if place.id != mine.organisation_id else []
    starred = sum(sum(each) for each in told.stars)
    if not sum(told.volunteers):
        return page("overview.html", title=f"统计：{place.name}", acts=up,
                    text="这里还没有登记的志愿者，登记或导入后即可看到统计。")
    return page("overview.html", title=f"统计：{place.name}", acts=[*up, *below], tiles=[
        Tile("登记志愿者", sum(told.volunteers)), Tile("十二个月服务时长（小时）", sum(told.hours_by_month)),
        Tile("星级志愿者", starred)], charts=[
        Chart("登记志愿者（按地区）", told.places, {"人数": told.volunteers}, unit="人"),
        Chart("星级志愿者（按地区）", told.places, dict(zip(STARS, told.stars, strict=True)), unit="人"),
        Chart("服务时长（按地区，十二个月）", told.places, {"时长": told.hours}, unit="小时"),
        Chart("新登记志愿者（按月）", told.months, {"人数": told.joined}, kind="line", unit="人"),
        Chart("服务时长（按月）", told.months, {"时长": told.hours_by_month}, kind="line", unit="小时"),
        Chart("新达到星级（按月）", told.months, dict(zip(STARS, told.reached, strict=True)), unit="人")])


def _asked() -> uuid.UUID | None:
    given = request.args.get("place", "")
    if given and not queries.UUID.fullmatch(given):
        raise OrganisationUnknown
    return uuid.UUID(given) if given else None
