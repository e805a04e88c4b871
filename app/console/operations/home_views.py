"""Operations' first page: whether the system is well, and what waits for somebody."""

from datetime import timedelta
from typing import Any

from flask import current_app, g, url_for
from flask.typing import ResponseReturnValue

from app.appeals import queries as appeals
from app.benefits import queries as benefits
from app.console.answering import Pages, page
from app.console.guards import console_required
from app.console.nav import Nav
from app.console.operations.words import BREAKERS
from app.console.parts import Section, Tile
from app.console.tables import plain
from app.credit import queries as credit
from app.feedback import initiative_queries
from app.feedback import queries as feedback
from app.gateways import health as gateways
from app.kernel import clock
from app.merchants import queries as merchants
from app.outbox import queries as outbox
from app.outbox import sending
from app.staff import queries as staff
from app.volunteers.red_list import queries as red_list_queries

pages = Pages("operations", nav=Nav("首页", 0))
GATEWAYS = {"platform": "省平台", "wechat": "微信"}
WEEK = timedelta(days=7)


@pages.get("/")
@console_required("operations")
def index() -> ResponseReturnValue:
    waiting = _waiting() if "operator" in g.account.roles else []
    return page("overview.html", title="首页", alarms=gateways.alarms(),
                tiles=[*waiting, *_owed(), *_platform(), Tile("待审批角色变更", staff.waiting_requests())],
                sections=[Section("对外调用的熔断与暂停", _held()), Section("最近的对外调用（本进程）", _calls())])


def _waiting() -> list[Tile]:
    """What a person has to do, and where."""
    health, (asked, urgent) = feedback.health(), initiative_queries.waiting()
    open_, late = appeals.counts(clock.today())
    _, unsettled = red_list_queries.counts()
    refused = credit.events_refused(clock.now() - WEEK)
    joining, reviewing = merchants.waiting_applications(), benefits.in_review()
    records, batches = "console_operations_records.index", "console_operations_feedback.batches"
    return [
        Tile("待更正的反馈记录", health.to_correct, health.to_correct > 0, url_for(records, mended="no")),
        Tile("停发的反馈批次", health.parked_batches, health.parked_batches > 0, url_for(batches, state="parked")),
        Tile("对账有差异的日期", len(health.open_days), bool(health.open_days),
             url_for("console_operations_reconciliations.index", state="differs")),
        Tile("七日内未接受的平台事件", refused, refused > 0,
             url_for("console_operations_events.index", state="refused")),
        Tile("待响应的联合激励", asked, False, url_for("console_operations_initiatives.index", state="open")),
        Tile("临期或逾期的联合激励", urgent, urgent > 0, url_for("console_operations_initiatives.index")),
        Tile("未办结的异议", open_, False, url_for("console_operations_appeals.index")),
        Tile("逾期的异议", late, late > 0, url_for("console_operations_appeals.index", sort="settle_by")),
        Tile("未报妥的红名单", unsettled, False, url_for("console_operations_red_list.index", unsettled="yes")),
        Tile("待审核的入驻申请", joining, False, url_for("console_operations_joining.index", state="submitted")),
        Tile("待审核的权益", reviewing, False, url_for("console_operations_offers.index", state="review"))]


def _owed() -> list[Tile]:
    """What we owe others."""
    lag, parked = sending.lag_seconds(), outbox.parked()
    return [Tile("待发消息最长延迟（秒）", round(lag), lag > current_app.config["OUTBOX_LAG_SECONDS"]),
            Tile("停发待查消息", parked, parked > 0),
            Tile("待反馈用信记录", outbox.standing("usage").count)]


def _platform() -> list[Tile]:
    alarm, keys = gateways.clock_alarm(), gateways.keys_in_use()
    wrong = bool(keys and keys.problems)
    return [Tile("与省平台时钟相差（秒）", alarm.seconds if alarm else 0, alarm is not None),
            Tile("省平台密钥", "有问题" if wrong else "正常", wrong)]


def _held() -> dict[str, str]:
    """Calls that don't leave now, and until when."""
    told = {f"{GATEWAYS.get(one.gateway, one.gateway)} {one.call}":
            f"{BREAKERS[one.state][0]}，已连续失败 {one.failures} 次（{one.code or ''}）"
            for one in gateways.breakers() if one.state != "closed"}
    told |= {f"{GATEWAYS.get(one.gateway, one.gateway)} {one.call}":
             f"对方要求暂停（{one.code}），至 {plain(one.until)}" for one in gateways.holds()}
    return told or {"状态": "全部正常"}


def _calls() -> dict[str, Any]:
    told = {f"{words} {call}": f"{one.outcome}（{plain(one.when)}）"
            for name, words in GATEWAYS.items() for call, one in sorted(gateways.last(name).items())}
    return told or {"状态": "本进程启动后还没有对外调用"}
