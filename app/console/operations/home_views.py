"""Operations' first page: whether the system is well, and what waits for somebody."""

from typing import Any

from flask import current_app
from flask.typing import ResponseReturnValue

from app.console.answering import Pages, page
from app.console.guards import console_required
from app.console.nav import Nav
from app.console.tables import plain
from app.gateways import health as gateways
from app.outbox import queries as outbox
from app.outbox import sending
from app.staff import queries as staff

pages = Pages("operations", nav=Nav("首页", 0))
GATEWAYS = {"platform": "省平台", "wechat": "微信"}
BREAKERS = {"closed": "正常", "half_open": "正在试探", "open": "已断开"}


@pages.get("/")
@console_required("operations")
def index() -> ResponseReturnValue:
    tiles = [*_owed(), *_platform(), ("待审批角色变更", staff.waiting_requests(), False)]
    return page("home.html", title="首页", alarms=gateways.alarms(), tiles=tiles,
                facts=[("对外调用的熔断与暂停", _held()), ("最近的对外调用（本进程）", _calls())])


def _owed() -> list[tuple[str, Any, bool]]:
    """What we owe others: (words, figure, whether it is trouble)."""
    lag, parked = sending.lag_seconds(), outbox.parked()
    return [("待发消息最长延迟（秒）", round(lag), lag > current_app.config["OUTBOX_LAG_SECONDS"]),
            ("停发待查消息", parked, parked > 0),
            ("待反馈用信记录", outbox.standing("usage").count, False)]


def _platform() -> list[tuple[str, Any, bool]]:
    alarm, keys = gateways.clock_alarm(), gateways.keys_in_use()
    wrong = bool(keys and keys.problems)
    return [("与省平台时钟相差（秒）", alarm.seconds if alarm else 0, alarm is not None),
            ("省平台密钥", "有问题" if wrong else "正常", wrong)]


def _held() -> dict[str, str]:
    """Calls that don't leave now, and until when."""
    told = {f"{GATEWAYS.get(one.gateway, one.gateway)} {one.call}":
            f"{BREAKERS[one.state]}，已连续失败 {one.failures} 次（{one.code or ''}）"
            for one in gateways.breakers() if one.state != "closed"}
    told |= {f"{GATEWAYS.get(one.gateway, one.gateway)} {one.call}":
             f"对方要求暂停（{one.code}），至 {plain(one.until)}" for one in gateways.holds()}
    return told or {"状态": "全部正常"}


def _calls() -> dict[str, str]:
    told = {f"{words} {call}": f"{one.outcome}（{plain(one.when)}）"
            for name, words in GATEWAYS.items() for call, one in sorted(gateways.last(name).items())}
    return told or {"状态": "本进程启动后还没有对外调用"}
