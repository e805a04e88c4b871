"""Embedded checks: which bodies may frame the widget where, and how many checks there were. Nobody's check is shown."""

from datetime import timedelta
from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue

from app.checks import origins, reading
from app.console import cells
from app.console.answering import Pages, confirm, notice, page, to
from app.console.forms import Form
from app.console.guards import console_required
from app.console.nav import Nav
from app.console.operations.platform_schemas import NewOrigin
from app.console.parts import Section, Tile
from app.kernel import clock
from app.kernel.errors import NotFound
from app.merchants import queries as merchants

pages = Pages("operations", "checks", nav=Nav("嵌入式核查", 15, ("operator",)))
SPAN = timedelta(days=30)
NAMES = {"asked": "发起", "answered": "完成", "applied": "采用激励", "none": "未采用"}
NONE = dict.fromkeys(NAMES, 0)


@pages.get("/")
@console_required("operations", "operator")
def index() -> ResponseReturnValue:
    until = clock.now()
    all_of_them, by_body = reading.counts(until - SPAN, until), reading.counts_by_body(until - SPAN, until)
    registered = origins.registered()
    bodies = [each for each in merchants.every() if each.kind == "public_body"]
    return page("overview.html", title="嵌入式核查", text="最近 30 天；只有次数，没有申请人。",
                tiles=[Tile(words, all_of_them[name]) for name, words in NAMES.items()], sections=[
        Section("接入单位", head=("单位", "商户号", "登记来源", *NAMES.values()), desk=3, rows=[
            (cells.link(each.name, url_for(".one", mchid=each.mchid)), each.mchid,
             registered.get(each.id) or cells.badge("未登记", "wait"), *by_body.get(each.id, NONE).values())
            for each in bodies], empty="还没有政务服务机构接入；先在“商户”中登记。")])


@pages.route("/<mchid>", methods=["GET", "POST"])
@console_required("operations", "operator")
def one(mchid: str) -> ResponseReturnValue:
    """A body, and where its widget may be framed; POST registers one more origin."""
    body = _body(mchid)
    form = Form(NewOrigin())
    if request.method == "POST" and form.submit(request.form, lambda told: origins.allow(body.id, told["origin"])):
        notice("已登记。", undo=url_for(".disallow", mchid=mchid, origin=request.form["origin"]))
        return to(".one", mchid=mchid)
    counts = reading.counts(clock.now() - SPAN, clock.now(), body.id)
    return page("overview.html", form.status, title=body.name, form=form, form_title="登记来源", submit="登记",
                tiles=[Tile(f"{words}（30 天）", counts[name]) for name, words in NAMES.items()], sections=[
        Section("登记的来源", head=("来源", ""), rows=[
            (each, cells.act("移除", url_for(".disallow", mchid=mchid, origin=each), danger=True))
            for each in origins.of(body.id)], empty="没有登记：小插件现在不能嵌入任何页面。",
            text="只有这些来源的页面可以嵌入这家单位的小插件。")])


@pages.route("/<mchid>/origins/<path:origin>/remove", methods=["GET", "POST"])
@console_required("operations", "operator")
def disallow(mchid: str, origin: str) -> ResponseReturnValue:
    body = _body(mchid)
    if request.method == "GET":
        return confirm("移除这个来源？", "它的页面从现在起不能再嵌入小插件。", act="移除",
                       back=url_for(".one", mchid=mchid), facts={"单位": body.name, "来源": origin})
    if origins.disallow(body.id, origin):
        notice("已移除。", undo=url_for(".allow", mchid=mchid, origin=origin))
    return to(".one", mchid=mchid)


@pages.post("/<mchid>/origins/<path:origin>/allow")
@console_required("operations", "operator")
def allow(mchid: str, origin: str) -> ResponseReturnValue:
    """Takes a removal back."""
    origins.allow(_body(mchid).id, origin)
    notice("已恢复登记。", "info")
    return to(".one", mchid=mchid)


def _body(mchid: str) -> Any:
    found = merchants.by_mchid(mchid)
    if found is None or found.kind != "public_body":
        raise NotFound
    return found
