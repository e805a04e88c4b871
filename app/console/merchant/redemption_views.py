"""A merchant's redemptions: the list, one with its steps, and taking one back within its period."""

import uuid
from typing import Any

from flask import g, request, url_for
from flask.typing import ResponseReturnValue

from app.benefits import redemption_queries as queries
from app.benefits import reversing
from app.benefits.errors import RedemptionNotFound
from app.console import cells
from app.console.answering import Pages, confirm, listing, notice, page, to
from app.console.forms import Form
from app.console.guards import console_required, own_merchant
from app.console.merchant.book_schemas import Reversal
from app.console.nav import Nav
from app.console.tables import Column, Export, Filter, Table, equals, of_query, since, until

pages = Pages("merchant", "redemptions", nav=Nav("核销", 12, ("manager",)))
STATES = {"open": "使用中", "done": "已完成", "breached": "未履约", "reversed": "已撤回"}
KINDS = {"open": "wait", "done": "good", "breached": "bad"}
PURPOSES = ("对账", "客诉核查", "审计")


@pages.route("/", methods=["GET", "POST"])
@console_required("merchant", "manager")
def index() -> ResponseReturnValue:
    table = Table("redemptions", (
        Column("商户核销单号", lambda row: cells.link(
            row.out_redemption_no, url_for(".one", number=row.redemption_no))),
        Column("服务", lambda row: row.service, phone=False),
        Column("状态", _badge),
        Column("门店", lambda row: row.store_code, phone=False),
        Column("店员", lambda row: row.clerk, phone=False),
        Column("免除（元）", lambda row: cells.yuan(row.waived_fen), sort="waived_fen", number=True),
        Column("实付（元）", lambda row: cells.yuan(row.paid_fen), number=True, phone=False),
        Column("使用时间", lambda row: row.redeemed_at, sort="redeemed_at"),
    ), of_query(queries.of_merchant(own_merchant())), filters=(
        Filter("number", "商户核销单号", equals("out_redemption_no")), Filter("state", "状态", equals("state"), STATES),
        Filter("service", "服务", _of_service, queries.services(own_merchant())),
        Filter("store", "门店", equals("store_code")), Filter("from", "自", since("redeemed_at"), day=True),
        Filter("to", "至", until("redeemed_at"), day=True)),
        sort="-redeemed_at", caption="核销记录", empty="还没有核销。店员扫码或系统核销后，会在这里看到。",
        export=Export("核销记录", PURPOSES))
    return listing(table, title="核销")


@pages.get("/<number>")
@console_required("merchant", "manager")
def one(number: str) -> ResponseReturnValue:
    found = _found(number)
    return page("merchant/redemption.html", title=f"核销 {found.out_redemption_no}", facts=_facts(found),
                number=number, steps=queries.steps(own_merchant(), found.entitlement_id),
                until=queries.reversible_until(found))


@pages.route("/<number>/reverse", methods=["GET", "POST"])
@console_required("merchant", "manager")
def reverse(number: str) -> ResponseReturnValue:
    found, form = _found(number), Form(Reversal())
    if request.method == "POST" and form.submit(request.form, lambda told: reversing.reverse(
            own_merchant(), found.out_redemption_no, told["reason"], actor=g.account.actor)):
        notice("已撤回，权益已退还用户。")
        return to(".one", number=number)
    answer = confirm("撤回这次核销？", "撤回后权益退还用户，省平台收到“已撤销”的记录；撤回不能再撤销。", act="撤回核销",
                     back=url_for(".one", number=number), form=form, facts={
                         "商户核销单号": found.out_redemption_no, "免除（元）": cells.yuan(found.waived_fen),
                         "可撤回至": queries.reversible_until(found) or "已过撤回期限"})
    answer.status_code = form.status
    return answer


def _found(number: str) -> Any:
    found = queries.one(own_merchant(), number)
    if found is None:
        raise RedemptionNotFound
    return found


def _of_service(columns: Any, service_id: str) -> Any:
    return columns["offer_id"] == uuid.UUID(hex=service_id)


def _badge(row: Any) -> Any:
    return cells.badge(STATES[row.state], KINDS.get(row.state, ""))


def _facts(found: Any) -> dict[str, Any]:
    row = queries.row(own_merchant(), found.redemption_no)
    told = {"商户核销单号": row.out_redemption_no, "使用编号": row.redemption_no, "权益凭证号": row.entitlement_no,
            "服务": row.service, "状态": _badge(row), "门店": row.store_code, "店员": row.clerk,
            "原价（元）": cells.yuan(row.original_fen), "免除（元）": cells.yuan(row.waived_fen),
            "实付（元）": cells.yuan(row.paid_fen), "使用时间": row.redeemed_at, "离线凭证上传": found.received_at,
            "完成时间": found.completed_at, "撤回时间": found.reversed_at, "撤回原因": found.reversal_reason}
    return {name: value for name, value in told.items() if value is not None}
