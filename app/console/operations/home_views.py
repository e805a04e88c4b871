"""Operations' first page: whether the system is well, and what waits for somebody."""

from typing import Any

from flask import current_app
from flask.typing import ResponseReturnValue

from app.console.answering import Pages, page
from app.console.guards import console_required
from app.console.nav import Nav
from app.gateways import health as gateways
from app.outbox import queries as outbox
from app.outbox import sending
from app.staff import queries as staff

pages = Pages("operations", nav=Nav("首页", 0))


@pages.get("/")
@console_required("operations")
def index() -> ResponseReturnValue:
    tiles = [*_outbox(), *_platform(), ("待审批角色变更", staff.waiting_requests(), False)]
    return page("home.html", title="首页", tiles=tiles, facts=[("最近的对外调用（本进程）", _calls())])


def _outbox() -> list[tuple[str, Any, bool]]:
    """What we owe others: (words, figure, whether it is trouble)."""
    lag, parked = sending.lag_seconds(), outbox.parked()
    return [("待发消息最长延迟（秒）", round(lag), lag > current_app.config["OUTBOX_LAG_SECONDS"]),
            ("停发待查消息", parked, parked > 0),
            ("待反馈用信记录", outbox.standing("usage").count, False)]


def _platform() -> list[tuple[str, Any, bool]]:
    skew, keys = gateways.clock_skew(), gateways.keys_in_use()
    return [("与省平台时钟相差（秒）", skew or 0, bool(skew)),
            ("省平台密钥", "有问题" if keys is not None and keys.problems else "正常", bool(keys and keys.problems))]


def _calls() -> dict[str, str]:
    words = {"platform": "省平台", "wechat": "微信"}
    last = {f"{words[name]} {call}": f"{one.outcome}（{one.when.astimezone():%m-%d %H:%M}）"
            for name in words for call, one in gateways.last(name).items()}
    return last or {"调用": "本进程启动后还没有对外调用"}
