"""A merchant's service orders: the list, one with its steps, cancelling and completing it by hand."""

import uuid
from typing import Any

from flask import g, request, url_for
from flask.typing import ResponseReturnValue

from app.benefits import redemption_queries as uses
from app.console import cells
from app.console.answering import Pages, confirm, listing, notice, page, to
from app.console.forms import Form
from app.console.guards import console_required, own_merchant
from app.console.merchant.book_schemas import Completion, Reason
from app.console.nav import Nav
from app.console.tables import Ask, Column, Export, Filter, Table
from app.kernel import clock
from app.orders import cancelling, completing, queries
from app.orders.errors import OrderNotExist
from app.orders.holding import Named

pages = Pages("merchant", "orders", nav=Nav("订单", 11, ("manager",)))
STATES = {"CREATED": "待用户确认", "DOING": "进行中", "DONE": "已完结", "REVOKED": "已取消", "EXPIRED": "已过期"}
KINDS = {"CREATED": "wait", "DOING": "wait", "DONE": "good"}
ONLY = {"unpaid": "待付款", "disputed": "异议处理中"}
PURPOSES = ("对账", "客诉核查", "审计")


@pages.route("/", methods=["GET", "POST"])
@console_required("merchant", "manager")
def index() -> ResponseReturnValue:
    services = uses.services(own_merchant())
    table = Table("orders", (
        Column("商户订单号", lambda row: cells.link(row.out_order_no, url_for(".one", order_no=row.order_id))),
        Column("服务", lambda row: services.get(row.offer_id.hex, ""), phone=False),
        Column("状态", _badge),
        Column("免押（元）", lambda row: cells.yuan(row.risk_fund_fen), number=True, phone=False),
        Column("应付（元）", lambda row: cells.yuan(row.total_fen), number=True, phone=False),
        Column("建立时间", lambda row: row.created_at),
        Column("完结时间", lambda row: row.settled_at, phone=False),
    ), _rows, filters=(
        Filter("out_order_no", "商户订单号"), Filter("state", "状态", choices=STATES),
        Filter("service", "服务", choices=services), Filter("only", "只看", choices=ONLY),
        Filter("created_from", "自", day=True), Filter("created_to", "至", day=True)),
        caption="服务订单", export=Export("服务订单", PURPOSES),
        empty="还没有服务订单。按“开放接口”建立订单后，会在这里看到。")
    return listing(table, title="订单")


@pages.get("/<order_no>")
@console_required("merchant", "manager")
def one(order_no: str) -> ResponseReturnValue:
    order = _order(order_no)
    steps = [] if order.entitlement_id is None else uses.steps(own_merchant(), order.entitlement_id)
    running = order.state == "DOING" and order.state_description == "USER_CONFIRM"
    return page("merchant/order.html", title=f"订单 {order.out_order_no}", order=order, facts=_facts(order),
                steps=steps, can_cancel=running or queries.state_at(order, clock.now()) == "CREATED",
                can_complete=running)


@pages.route("/<order_no>/cancel", methods=["GET", "POST"])
@console_required("merchant", "manager")
def cancel(order_no: str) -> ResponseReturnValue:
    order, form = _order(order_no), Form(Reason())
    if request.method == "POST" and form.submit(request.form, lambda told: cancelling.cancel(
            _named(order), told["reason"], actor=g.account.actor)):
        notice("订单已取消，用户的权益名额已退回。")
        return to(".one", order_no=order_no)
    answer = confirm("取消这笔订单？", "取消后不能恢复：用户的权益名额退回，省平台收到“已取消”的记录。", act="取消订单",
                     back=url_for(".one", order_no=order_no), facts=_brief(order), form=form)
    answer.status_code = form.status
    return answer


@pages.route("/<order_no>/complete", methods=["GET", "POST"])
@console_required("merchant", "manager")
def complete(order_no: str) -> ResponseReturnValue:
    order, form = _order(order_no), Form(Completion())
    if request.method == "POST" and form.submit(request.form, lambda told: completing.complete(
            _named(order), _ending(told), actor=g.account.actor)):
        notice("订单已完结。" if form.result.state == "DONE" else "已列明应付，等待用户付款。")
        return to(".one", order_no=order_no)
    answer = confirm("完结这笔订单？", "服务已经结束、物品已经归还时才完结；金额只能改少，不能改多。", act="完结订单",
                     danger=False, back=url_for(".one", order_no=order_no), facts=_brief(order), form=form)
    answer.status_code = form.status
    return answer


def _rows(ask: Ask) -> tuple[list[Any], str | None]:
    told: dict[str, Any] = {name: ask.values[name] for name in ("out_order_no", "state", "created_from", "created_to")
                            if name in ask.values}
    if "service" in ask.values:
        told["offer_id"] = uuid.UUID(hex=ask.values["service"])
    if "only" in ask.values:
        told[ask.values["only"]] = True
    return queries.merchant_page(own_merchant(), {**told, **ask.page})


def _order(order_no: str) -> Any:
    """This merchant's, by our number of it; another's is as good as absent."""
    try:
        found = queries.own_of_merchant(own_merchant(), uuid.UUID(hex=order_no[1:]))
    except ValueError:
        raise OrderNotExist from None
    if found is None or found.order_id != order_no:
        raise OrderNotExist
    return found


def _named(order: Any) -> Named:
    return Named(order.merchant_id, order.out_order_no, order.offer_id.hex, order.appid)


def _ending(told: dict[str, Any]) -> dict[str, Any]:
    fen = fen_of(told["amount"])
    return {"post_payments": [{"name": told["name"], "amount": fen}], "total_amount": fen}


def fen_of(yuan: str) -> int:
    """12.5 is 1250."""
    whole, _, part = yuan.partition(".")
    return int(whole) * 100 + int(part.ljust(2, "0") or 0)


def _badge(order: Any) -> Any:
    state = queries.state_at(order, clock.now())
    if order.breached_at is not None:
        return cells.badge("未履约", "bad")
    if order.state_description == "MCH_COMPLETE":
        return cells.badge("待付款", "wait")
    return cells.badge(STATES[state], KINDS.get(state, ""))


def _brief(order: Any) -> dict[str, Any]:
    return {"商户订单号": order.out_order_no, "免押金额（元）": cells.yuan(order.risk_fund_fen)}


def _facts(order: Any) -> dict[str, Any]:
    told = {"商户订单号": order.out_order_no, "平台订单号": order.order_id, "状态": _badge(order),
            "服务": uses.services(own_merchant()).get(order.offer_id.hex, ""), **_brief(order),
            "应付（元）": cells.yuan(order.total_fen), "建立时间": order.created_at, "用户确认": order.begun_at,
            "列明应付": order.completed_at, "付款时间": order.paid_at, "完结时间": order.settled_at,
            "未履约": order.breached_at, "取消时间": order.cancelled_at, "取消原因": order.cancel_reason}
    return {name: value for name, value in told.items() if value is not None}
