"""An offer made from an initiative: one click chooses the pattern, the second makes the draft within the limits."""

import re
import secrets
import uuid
from typing import Any

from flask import g, request, url_for
from flask.typing import ResponseReturnValue

from app.benefits import offers, reviewing
from app.benefits import queries as benefits
from app.benefits.errors import OfferNotFound
from app.console.answering import Pages, confirm, notice, to
from app.console.forms import Form
from app.console.guards import console_required
from app.console.operations.platform_schemas import OfferFrom
from app.feedback import initiatives, responding
from app.merchants import queries as merchants

pages = Pages("operations", "initiative_offers")


@pages.route("/new/<code>/<path:initiative_no>", methods=["GET", "POST"])
@console_required("operations", "operator")
def make(code: str, initiative_no: str) -> ResponseReturnValue:
    told, like = initiatives.get(initiative_no), benefits.offer_by_code(code)
    if like is None:
        raise OfferNotFound
    form = Form(OfferFrom(), {"code": _code(initiative_no), "title": like.title, "region": like.region})
    if request.method == "POST" and form.submit(request.form, lambda draft: responding.offer_from(
            initiative_no, draft, g.account.actor, like=code)):
        notice("已建立草稿权益；核对后开放，并作为措施接受发起。")
        return to("console_operations_initiatives.one", initiative_no=initiative_no)
    facts = {"发起": told.title, "照权益": like.title, "商户": merchants.get(like.merchant_id).name,
             "结束时间": told.ends_at}
    return confirm("建立草稿权益？", "内容照所选权益，面向范围和结束时间按这次发起。", act="建立草稿", danger=False,
                   form=form, facts=facts, back=url_for("console_operations_initiatives.one",
                                                        initiative_no=initiative_no))


@pages.route("/<uuid:offer_id>/open", methods=["GET", "POST"])
@console_required("operations", "operator")
def open_(offer_id: uuid.UUID) -> ResponseReturnValue:
    offer = _offer(offer_id)
    if request.method == "GET":
        return confirm("开放这项权益？", "符合条件的公民将可以领取；可随时暂停。", act="开放", danger=False,
                       back=_back(offer), facts={"名称": offer.title, "商户": merchants.get(offer.merchant_id).name,
                              "结束时间": offer.closes_at})
    reviewing.open_ours(offer_id, actor=g.account.actor)
    notice("已开放。", undo=url_for(".pause", offer_id=offer_id))
    return to("console_operations_initiatives.one", initiative_no=offer.initiative_no)


@pages.post("/<uuid:offer_id>/pause")
@console_required("operations", "operator")
def pause(offer_id: uuid.UUID) -> ResponseReturnValue:
    """Takes an opening back."""
    offer = _offer(offer_id)
    offers.pause(offer_id, g.account.actor)
    notice("已暂停，没有人能再领取。", "info")
    return to("console_operations_initiatives.one", initiative_no=offer.initiative_no)


def _offer(offer_id: uuid.UUID) -> Any:
    """One that was made from an initiative; others are opened where offers are reviewed."""
    offer = benefits.offers_by_id([offer_id]).get(offer_id)
    if offer is None or offer.initiative_no is None:
        raise OfferNotFound
    return offer


def _back(offer: Any) -> str:
    return url_for("console_operations_initiatives.one", initiative_no=offer.initiative_no)


def _code(initiative_no: str) -> str:
    """A code that nobody has yet."""
    plain = re.sub(r"[^A-Za-z0-9._-]", "-", initiative_no)[:50].lstrip("._-") or "I"
    return f"{plain}-{secrets.token_hex(3)}"
