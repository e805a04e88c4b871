"""Appeals about a merchant's orders and uses: that there is one, and what the merchant says of it. Staff decide."""

from typing import Any

from flask import g, request, url_for
from flask.typing import ResponseReturnValue

from app.appeals import dispute_queries, stating
from app.appeals.errors import AppealNotFound
from app.benefits import redemption_queries as uses
from app.console import cells
from app.console.answering import Pages, listing, notice, page, to
from app.console.forms import Form
from app.console.guards import console_required, own_merchant
from app.console.merchant.book_schemas import Statement
from app.console.nav import Nav
from app.console.tables import Column, Export, Filter, Table, equals, of_query
from app.orders import queries as orders

pages = Pages("merchant", "disputes", nav=Nav("异议", 13, ("manager",)))
STATES = {"opened": "已提出", "marked": "已受理", "settled": "已办结"}
OUTCOMES = {"upheld": "异议成立", "dismissed": "异议不成立", "withdrawn": "已撤回"}
KINDS = {"entitlement": "订单或核销", "usage": "使用记录"}
BY = {"citizen": "用户", "platform": "省平台"}


@pages.route("/", methods=["GET", "POST"])
@console_required("merchant", "manager")
def index() -> ResponseReturnValue:
    table = Table("disputes", (
        Column("异议编号", lambda row: cells.link(row.appeal_no, url_for(".one", appeal_no=row.appeal_no))),
        Column("关于", lambda row: KINDS[row.about_kind], phone=False),
        Column("服务", lambda row: row.service), Column("提出方", lambda row: BY[row.opened_by], phone=False),
        Column("状态", badge),
        Column("办结期限", lambda row: row.settle_by, sort="settle_by", phone=False),
        Column("提出时间", lambda row: row.opened_at, sort="opened_at"),
    ), of_query(dispute_queries.of_merchant(own_merchant())), filters=(
        Filter("state", "状态", equals("state"), STATES), Filter("outcome", "结果", equals("outcome"), OUTCOMES),
        Filter("no", "异议编号", equals("appeal_no"))),
        sort="-opened_at", caption="异议", empty="没有对贵商户订单或核销的异议。", export=Export("异议"))
    return listing(table, title="异议")


@pages.route("/<appeal_no>", methods=["GET", "POST"])
@console_required("merchant", "manager")
def one(appeal_no: str) -> ResponseReturnValue:
    """Where it stands, what was said, and the form to say more while it isn't settled."""
    appeal, row = dispute_queries.one(own_merchant(), appeal_no), dispute_queries.row(own_merchant(), appeal_no)
    if appeal is None or row is None:
        raise AppealNotFound
    form = Form(Statement())
    if request.method == "POST" and form.submit(request.form, lambda told: stating.state(
            own_merchant(), appeal_no, told["text"], g.account.actor)):
        notice("情况说明已提交，工作人员办理时会看到。")
        return to(".one", appeal_no=appeal_no)
    return page("merchant/dispute.html", form.status, title=f"异议 {appeal_no}", facts=_facts(row),
                said=stating.of_merchant(own_merchant(), appeal), form=form, settled=appeal.state == "settled")


def badge(row: Any) -> Any:
    """Where it stands, and how it ended."""
    if row.state == "settled":
        return cells.badge(OUTCOMES[row.outcome], {"upheld": "bad", "dismissed": "good"}.get(row.outcome, ""))
    return cells.badge(STATES[row.state], "wait")


def _facts(row: Any) -> dict[str, Any]:
    told = {"状态": badge(row), "提出方": BY[row.opened_by], "关于": _about(row), "服务": row.service,
            "权益凭证号": row.entitlement_no, "提出时间": row.opened_at, "办结期限": row.settle_by,
            "办结时间": row.settled_at}
    return {name: value for name, value in told.items() if value is not None}


def _about(row: Any) -> Any:
    """The order, or the use, with the way to its page."""
    order = orders.of_entitlement(row.entitlement_id)
    if order is not None:
        return cells.link(f"订单 {order.out_order_no}", url_for("console_merchant_orders.one", order_no=order.order_id))
    use = uses.newest(own_merchant(), row.entitlement_id)
    if use is None:
        return KINDS[row.about_kind]
    return cells.link(f"核销 {use.out_redemption_no}",
                      url_for("console_merchant_redemptions.one", number=use.redemption_no))
