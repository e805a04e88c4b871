"""What a merchant was told at its notify_url: each with every attempt, sending again, and a warning where it doesn't
check our signature.
"""

from typing import Any

from flask import g, request, url_for
from flask.typing import ResponseReturnValue

from app.console import cells
from app.console.answering import Pages, confirm, listing, notice, page, to
from app.console.guards import console_required, own_merchant
from app.console.nav import Nav
from app.console.tables import Ask, Column, Export, Filter, Table
from app.kernel import clock
from app.notifications import queries, resending
from app.notifications.errors import NotificationNotFound

pages = Pages("merchant", "notifications", nav=Nav("通知", 40, ("manager",)))
STATES = {"pending": "待送达", "delivered": "已送达", "undelivered": "未送达"}
BADGES = {"pending": "wait", "delivered": "good", "undelivered": "bad"}
KINDS = {"schedule": "按计划", "hand": "手动重发", "probe": "验签测试"}
EVENTS = {"PAYSCORE.USER_CONFIRM": "用户确认订单", "PAYSCORE.USER_PAID": "订单已支付",
          "PAYSCORE.USER_OPEN_SERVICE": "用户开启免确认", "PAYSCORE.USER_CLOSE_SERVICE": "用户关闭免确认"}
FAILURES = {"CONNECTION": "连接不上", "TIMEOUT": "超时未应答", "LATE": "超时未应答", "BROKEN": "应答不完整",
            "TLS": "TLS 证书或协议有误", "UNRESOLVED": "域名解析不到", "ADDRESS_REFUSED": "地址不允许",
            "MERCHANT_CLOSED": "商户已关闭", "REDIRECT": "不接受跳转", "STATUS": "状态码不是 200 或 204"}


@pages.route("/", methods=["GET", "POST"])
@console_required("merchant", "manager")
def index() -> ResponseReturnValue:
    table = Table("notifications", (
        Column("通知编号", lambda row: cells.link(row.notification_no, url_for(".one", number=row.notification_no))),
        Column("事件", lambda row: EVENTS.get(row.event_type, row.event_type)),
        Column("关于", lambda row: row.subject, phone=False),
        Column("状态", _badge),
        Column("失败次数", lambda row: row.failures, number=True, phone=False),
        Column("下次发送", lambda row: row.next_at, phone=False),
        Column("产生时间", lambda row: row.created_at),
    ), _rows, filters=(
        Filter("state", "状态", choices=STATES), Filter("event_type", "事件", choices=EVENTS),
        Filter("subject", "订单号"), Filter("since", "自", day=True), Filter("until", "至", day=True)),
        caption="通知", export=Export("通知"),
        empty="还没有通知。建立订单时填写 notify_url，用户确认、付款后会发到那里。")
    return listing(table, "merchant/notifications.html", title="通知", standing=_standing())


@pages.get("/<number>")
@console_required("merchant", "manager")
def one(number: str) -> ResponseReturnValue:
    found = _found(number)
    return page("merchant/notification.html", title="通知", shown=found, attempts=queries.attempts(found.id),
                kinds=KINDS, failures=failure_in_words, facts={
                    "通知编号": found.notification_no, "事件": EVENTS.get(found.event_type, found.event_type),
                    "关于": found.subject, "状态": _badge(found), "发往": found.notify_url.partition("?")[0],
                    "产生时间": found.created_at, "送达时间": found.delivered_at, "下次发送": found.next_at,
                    "失败次数": found.failures})


@pages.route("/<number>/resend", methods=["GET", "POST"])
@console_required("merchant", "manager")
def resend(number: str) -> ResponseReturnValue:
    found = _found(number)
    if request.method == "GET":
        return confirm("再发送一次？", "马上发送一次，内容与原来相同、签名重新生成；贵方应按通知编号去重。",
                       act="重新发送", danger=False, back=url_for(".one", number=number),
                       facts={"通知编号": found.notification_no, "关于": found.subject})
    resending.resend(own_merchant(), number, g.account.actor)
    notice("已排入发送，结果请稍后刷新本页。")
    return to(".one", number=number)


def _rows(ask: Ask) -> tuple[list[Any], str | None]:
    told = dict(ask.values)
    if "since" in told:
        told["since"] = clock.day_start(told["since"])
    if "until" in told:
        told["until"] = clock.day_end(told["until"])
    return queries.listed(own_merchant(), {**told, **ask.page})


def _found(number: str) -> Any:
    found = queries.by_number(number, own_merchant())
    if found is None:
        raise NotificationNotFound
    return found


def _standing() -> Any:
    return next(iter(queries.standing(own_merchant())), None)


def failure_in_words(failure: str) -> str:
    """A fixed word of `notifications`, for people."""
    return FAILURES.get(failure, "我方处理出错，会自动重试" if failure.startswith("BROKEN_HERE") else failure)


def _badge(row: Any) -> Any:
    return cells.badge(STATES[row.state], BADGES[row.state])
