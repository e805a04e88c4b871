"""Offers, as operators see them: reviewed, paused, resumed, ended, and how many places they have."""

import uuid
from typing import Any

from flask import g, request, url_for
from flask.typing import ResponseReturnValue

from app.benefits import offers, reviewing
from app.console import cells, offers_shown
from app.console.answering import Pages, confirm, listing, notice, page, to
from app.console.forms import Form
from app.console.guards import console_required
from app.console.nav import Nav
from app.console.offers_shown import LOOKS, STATES
from app.console.operations.joining_schemas import Quota, Reason
from app.console.tables import Column, Export, Filter, Table, equals, holds, of_query
from app.merchants import queries as merchants
from app.scenario.access import scenarios

pages = Pages("operations", "offers", nav=Nav("权益", 35, ("operator",)))
ASKED = {
    "approve": ("通过审核？", "通过后在开放期内市民即可领取。", "通过", "已上线。"),
    "pause": ("暂停权益？", "暂停期间不能领取，商户不能自行恢复；已经领取的不受影响。", "暂停",
              "已暂停领取。"),
    "resume": ("恢复领取？", "市民可以继续领取。", "恢复", "已恢复领取。"),
    "open": ("上线？", "这项草稿由运营方建立，上线后在开放期内市民即可领取。", "上线", "已上线。"),
    "end": ("结束权益？", "结束后不能恢复；已经领取的不受影响，仍可在有效期内使用。", "结束",
            "已结束；已经领取的仍可使用。"),
}


@pages.route("/", methods=["GET", "POST"])
@console_required("operations", "operator")
def index() -> ResponseReturnValue:
    known = {each.id: each.manifest.name for each in scenarios().values()}
    table = Table("offers", (
        Column("名称", lambda row: cells.link(row.title, url_for(".one", offer_id=row.id)), sort="title"),
        Column("商户", lambda row: merchants.get(row.merchant_id).name, phone=False),
        Column("场景", lambda row: known.get(row.scenario, row.scenario), phone=False),
        Column("状态", lambda row: cells.badge(STATES[row.state], LOOKS[row.state])),
        Column("已发放", lambda row: row.granted, number=True, sort="granted", phone=False),
        Column("总名额", lambda row: "不限" if row.quota_total is None else row.quota_total, number=True, phone=False),
        Column("建立时间", lambda row: row.created_at, sort="created_at", phone=False),
    ), of_query(reviewing.listing()), filters=(
        Filter("state", "状态", equals("state"), STATES), Filter("title", "名称", holds("title")),
        Filter("merchant", "商户", lambda c, value: c["merchant_id"].in_(merchants.named_ids(value))),
        Filter("scenario", "场景", equals("scenario"), known)), export=Export("权益"))
    return listing(table, title="权益")


@pages.get("/<uuid:offer_id>")
@console_required("operations", "operator")
def one(offer_id: uuid.UUID) -> ResponseReturnValue:
    offer = reviewing.get(offer_id)
    return offers_shown.detail(offer, acts=_acts(offer), ours=True, held=False)


@pages.route("/<uuid:offer_id>/<any(approve, pause, resume, open, end):what>", methods=["GET", "POST"])
@console_required("operations", "operator")
def turn(offer_id: uuid.UUID, what: str) -> ResponseReturnValue:
    title, text, act, done = ASKED[what]
    if request.method == "GET":
        return _ask(reviewing.get(offer_id), title, text, act, danger=what in {"pause", "end"})
    verbs = {"approve": reviewing.approve, "pause": offers.pause, "resume": reviewing.let_go,
             "open": reviewing.open_ours, "end": offers.end}
    verbs[what](offer_id, actor=g.account.actor)
    notice(done, undo=url_for(".turn", offer_id=offer_id, what="resume") if what == "pause" else None)
    return to(".one", offer_id=offer_id)


@pages.route("/<uuid:offer_id>/give_back", methods=["GET", "POST"])
@console_required("operations", "operator")
def give_back(offer_id: uuid.UUID) -> ResponseReturnValue:
    form = Form(Reason())
    if request.method == "POST" and form.submit(request.form, lambda told: reviewing.give_back(
            offer_id, told["reason"], actor=g.account.actor)):
        notice("已退回商户修改。")
        return to(".one", offer_id=offer_id)
    return _ask(reviewing.get(offer_id), "退回修改？", "商户会看到原因，修改后可以再次提交。", "退回", form=form)


@pages.route("/<uuid:offer_id>/quota", methods=["GET", "POST"])
@console_required("operations", "operator")
def quota(offer_id: uuid.UUID) -> ResponseReturnValue:
    offer = reviewing.get(offer_id)
    form = Form(Quota(), {"total": "" if offer.quota_total is None else offer.quota_total})
    if request.method == "POST" and form.submit(request.form, lambda told: offers.set_quota(
            offer_id, told.get("total"), actor=g.account.actor)):
        notice("名额已调整。")
        return to(".one", offer_id=offer_id)
    return page("form.html", form.status, title=f"调整名额：{offer.title}", form=form, submit="保存",
                back=url_for(".one", offer_id=offer_id), text=f"已发放 {offer.granted}。")


def _ask(offer: Any, title: str, text: str, act: str, *, danger: bool = False, form: Any = None) -> ResponseReturnValue:
    return confirm(title, text, act=act, danger=danger, form=form, back=url_for(".one", offer_id=offer.id),
                   facts={"名称": offer.title, "商户": merchants.get(offer.merchant_id).name,
                          "状态": STATES[offer.state], "已发放": offer.granted})


def _acts(offer: Any) -> list[tuple[str, str, str]]:
    """What may be done from its state: (words, address, look)."""
    back = [("退回修改", url_for(".give_back", offer_id=offer.id), "")]
    opened = ["open"] if offer.state == "draft" and not reviewing.merchants_own(offer.id) else []
    here = {"draft": [*opened, "end"], "review": ["approve", "end"], "live": ["pause", "end"],
            "paused": ["resume", "end"], "ended": []}[offer.state]
    acts = [(ASKED[what][2], url_for(".turn", offer_id=offer.id, what=what),
             "danger" if what == "end" else "primary" if what in {"approve", "open", "resume"} else "")
            for what in here]
    more = [("调整名额", url_for(".quota", offer_id=offer.id), "")] if offer.state in {"live", "paused"} else []
    return acts[:1] + (back if offer.state == "review" else []) + more + acts[1:]
