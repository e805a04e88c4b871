"""A merchant's first page: what waits for it, and how its benefits were used; a clerk sees their own store's."""

from datetime import date, timedelta
from typing import Any

from flask import g, url_for
from flask.typing import ResponseReturnValue

from app.appeals import dispute_queries
from app.benefits import redemption_queries as uses
from app.benefits import sandboxing
from app.console.answering import Pages, page
from app.console.guards import console_required, own_merchant, own_store
from app.console.nav import Nav
from app.kernel import clock
from app.merchants import queries
from app.notifications import queries as notifications
from app.orders import queries as orders

pages = Pages("merchant", nav=Nav("首页", 0))
DAYS = 30
MOST_SHOWN = 100


@pages.get("/")
@console_required("merchant")
def index() -> ResponseReturnValue:
    merchant, store = queries.get(own_merchant()), _store_code()
    first = clock.today() - timedelta(days=DAYS - 1)
    told = {each.head: each for each in uses.by_day(merchant.id, first, store)}
    days = [first + timedelta(days=number) for number in range(DAYS)]
    stores = uses.by_store(merchant.id, first, store)
    return page("merchant/home.html", title=merchant.name, tiles=_tiles(told), days=[f"{day:%m-%d}" for day in days],
                by_day={"使用次数": [_of(told, day).uses for day in days]},
                waived={"免除金额": [_of(told, day).waived_fen / 100 for day in days]},
                stores=[each.head or "未注明门店" for each in stores],
                by_store={"使用次数": [each.uses for each in stores]}, used=bool(told), alarms=_alarms(),
                sandbox=sandboxing.allowed() and "manager" in g.account.roles,
                facts={"商户号": merchant.mchid, "统一社会信用代码": merchant.uscc})


def _of(told: dict[date, uses.Sum], day: date) -> uses.Sum:
    return told.get(day) or uses.Sum(day, 0, 0)


def _tiles(days: dict[date, uses.Sum]) -> list[tuple[str, Any, bool, str]]:
    """(words, figure, whether somebody has to look, where it leads)."""
    made: list[tuple[str, Any, bool, str]] = [
        (f"近 {DAYS} 天使用（次）", sum(each.uses for each in days.values()), False, ""),
        (f"近 {DAYS} 天免除（元）", f"{sum(each.waived_fen for each in days.values()) / 100:,.2f}", False, "")]
    if "manager" in g.account.roles:
        standing = next(iter(notifications.standing(own_merchant())), None)
        lost = standing.undelivered if standing else 0
        listed, told = "console_merchant_orders.index", "console_merchant_notifications.index"
        disputed = url_for("console_merchant_disputes.index")
        made += [("未办结的异议", dispute_queries.waiting(own_merchant()), True, disputed),
                 ("待付款的订单", _count(unpaid=True), False, url_for(listed, only="unpaid")),
                 ("未送达的通知", lost, True, url_for(told, state="undelivered"))]
    return [(words, figure, look and bool(figure) and figure != "0", href) for words, figure, look, href in made]


def _alarms() -> list[str]:
    standing = next(iter(notifications.standing(own_merchant())), None) if "manager" in g.account.roles else None
    taken = standing is not None and standing.probe_taken_at is not None
    return ["您接受了错误签名：贵方的通知地址没有验签，请到“通知”页查看如何改正。"] if taken else []


def _count(**which: bool) -> str:
    rows, more = orders.merchant_page(own_merchant(), {**which, "limit": MOST_SHOWN})
    return f"{len(rows)}+" if more else str(len(rows))


def _store_code() -> str | None:
    """The code of a clerk's store; None for a manager."""
    bound = own_store()
    return next((each.code for each in queries.stores(own_merchant()) if each.id == bound), "") if bound else None
