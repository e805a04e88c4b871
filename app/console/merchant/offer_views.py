"""A merchant's offers over their life: drafted, sent for review, paused, resumed, ended, copied."""

import uuid
from collections.abc import Mapping
from typing import Any

from flask import g, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import ValidationError

from app.benefits import reviewing
from app.console import cells, offers_shown
from app.console.answering import Pages, confirm, listing, notice, page, to
from app.console.forms import Form
from app.console.guards import console_required, own_merchant
from app.console.merchant import offer_forms
from app.console.nav import Nav
from app.console.offers_shown import LOOKS, STATES
from app.console.tables import Column, Export, Filter, Table, equals, holds, of_query
from app.credit import scale
from app.kernel.errors import NotFound
from app.merchants import queries as merchants
from app.scenario.access import scenarios

pages = Pages("merchant", "offers", nav=Nav("权益", 10, ("manager",)))
ASKED = {
    "submit": ("提交审核？", "提交后由运营人员审核，通过后在开放期内即可领取；审核前可以撤回修改。", "提交审核",
               "已提交审核。"),
    "take_back": ("撤回审核？", "撤回后可以继续修改。", "撤回", "已撤回，可以继续修改。"),
    "pause": ("暂停权益？", "暂停期间不能领取；已经领取的不受影响。", "暂停", "已暂停领取。"),
    "resume": ("恢复领取？", "市民可以继续领取。", "恢复", "已恢复领取。"),
    "end": ("结束权益？", "结束后不能恢复，只能复制为新的权益。已经领取的不受影响，仍可在有效期内使用。", "结束",
            "已结束；已经领取的仍可使用。"),
    "copy": ("复制为新的草稿？", "内容相同，从今天起开放同样长的时间；可以修改后提交审核。", "复制", "已复制为草稿。"),
}
VERBS = {"submit": reviewing.submit, "take_back": reviewing.take_back, "pause": reviewing.pause,
         "resume": reviewing.resume, "end": reviewing.end, "copy": reviewing.copy}
UNDONE = {"submit": "take_back", "pause": "resume"}


@pages.route("/", methods=["GET", "POST"])
@console_required("merchant", "manager")
def index() -> ResponseReturnValue:
    known = {each.id: each.manifest.name for each in scenarios().values()}
    table = Table("offers", (
        Column("名称", lambda row: cells.link(row.title, url_for(".one", offer_id=row.id)), sort="title"),
        Column("场景", lambda row: known.get(row.scenario, row.scenario), phone=False),
        Column("状态", lambda row: cells.badge(STATES[row.state], LOOKS[row.state])),
        Column("已发放", lambda row: row.granted, number=True, sort="granted"),
        Column("总名额", lambda row: "不限" if row.quota_total is None else row.quota_total, number=True, phone=False),
        Column("开始", lambda row: row.opens_at, sort="opens_at", phone=False),
        Column("结束", lambda row: row.closes_at, sort="closes_at", phone=False),
        Column("service_id", lambda row: row.service_id, phone=False),
    ), of_query(reviewing.listing(own_merchant())), filters=(
        Filter("state", "状态", equals("state"), STATES), Filter("title", "名称", holds("title")),
        Filter("scenario", "场景", equals("scenario"), known)),
        sort="-created_at", export=Export("权益"), empty="还没有权益，请先新建。")
    return listing(table, title="权益", actions=[("新建权益", url_for(".choose"))])


@pages.get("/new")
@console_required("merchant", "manager")
def choose() -> ResponseReturnValue:
    return page("merchant/choose_scenario.html", title="新建权益：选择场景", back=url_for(".index"),
                scenarios=[(each.id, each.manifest.name, each.manifest.summary) for each in scenarios().values()])


@pages.route("/new/<scenario>", methods=["GET", "POST"])
@console_required("merchant", "manager")
def new(scenario: str) -> ResponseReturnValue:
    found = scenarios().get(scenario)
    if found is None:
        raise NotFound
    described = found.terms_form(scale.labels())
    form = Form(_schema(described), offer_forms.blank(described))
    if request.method == "POST" and form.submit(request.form, lambda told: _verb(form, told, lambda content: (
            reviewing.draft(own_merchant(), scenario, content, actor=g.account.actor)))):
        notice("草稿已保存。确认无误后请提交审核。")
        return to(".one", offer_id=form.result.id)
    return page("form.html", form.status, title=f"新建权益：{found.manifest.name}", form=form, submit="保存草稿",
                back=url_for(".choose"), text=found.manifest.summary)


@pages.get("/<uuid:offer_id>")
@console_required("merchant", "manager")
def one(offer_id: uuid.UUID) -> ResponseReturnValue:
    offer = reviewing.own(own_merchant(), offer_id)
    held = offer.state == "paused" and reviewing.held_by_operator(offer_id)
    return offers_shown.detail(offer, acts=_acts(offer, held), ours=False, held=held)


@pages.route("/<uuid:offer_id>/change", methods=["GET", "POST"])
@console_required("merchant", "manager")
def change(offer_id: uuid.UUID) -> ResponseReturnValue:
    offer = reviewing.own(own_merchant(), offer_id)
    described = scenarios()[offer.scenario].terms_form(scale.labels())
    form = Form(_schema(described), offer_forms.values_of(offer, described))
    if request.method == "POST" and form.submit(request.form, lambda told: _verb(form, told, lambda content: (
            reviewing.change(own_merchant(), offer_id, content, actor=g.account.actor)))):
        notice("草稿已保存。")
        return to(".one", offer_id=offer_id)
    return page("form.html", form.status, title=f"修改草稿：{offer.title}", form=form, submit="保存草稿",
                back=url_for(".one", offer_id=offer_id))


@pages.route("/<uuid:offer_id>/<any(submit, take_back, pause, resume, end, copy):what>", methods=["GET", "POST"])
@console_required("merchant", "manager")
def turn(offer_id: uuid.UUID, what: str) -> ResponseReturnValue:
    offer = reviewing.own(own_merchant(), offer_id)
    title, text, act, done = ASKED[what]
    if request.method == "GET":
        return confirm(title, text, act=act, danger=what in {"pause", "end"}, back=url_for(".one", offer_id=offer_id),
                       facts={"名称": offer.title, "状态": STATES[offer.state], "已发放": offer.granted})
    made = VERBS[what](own_merchant(), offer_id, actor=g.account.actor)
    undo = UNDONE.get(what)
    notice(done, undo=undo and url_for(".turn", offer_id=offer_id, what=undo))
    return to(".one", offer_id=offer_id if made is None else made.id)


def _schema(described: Any) -> Any:
    return offer_forms.schema_of(described, merchants.open_stores(own_merchant()))


def _verb(form: Form, told: Mapping[str, Any], verb: Any) -> Any:
    try:
        return verb(offer_forms.told_of(told))
    except ValidationError as wrong:
        raise offer_forms.renamed(wrong, form.schema) from None  # type: ignore[arg-type]


def _acts(offer: Any, held: bool) -> list[tuple[str, str, str]]:
    """What may be done from its state: (words, address, look)."""
    here = {"draft": ["submit", "end"], "review": ["take_back", "end"], "live": ["pause", "end"],
            "paused": ["end"] if held else ["resume", "end"], "ended": []}[offer.state]
    change = [("修改", url_for(".change", offer_id=offer.id), "")]
    acts = [(ASKED[what][2], url_for(".turn", offer_id=offer.id, what=what),
             "danger" if what == "end" else "primary" if what in {"submit", "resume"} else "")
            for what in [*here, "copy"]]
    return change + acts if offer.state == "draft" and offer.initiative_no is None else acts
