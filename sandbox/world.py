"""Everything that one sandbox is: settings, keys, clock, memory, people, faults; and how it says no."""

import threading
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sandbox.clock import Clock
from sandbox.faults import Faults
from sandbox.keys import Keys, load, make
from sandbox.people import People
from sandbox.state import State

STATUS = {
    "BAD_REQUEST": 400,
    "BAD_SEAL": 400,
    "BAD_SIGNATURE": 401,
    "CLOCK_SKEW": 401,
    "NONCE_REPLAYED": 401,
    "UNKNOWN_APP": 401,
    "SCOPE_DENIED": 403,
    "SUBJECT_NOT_FOUND": 404,
    "AUTHORIZATION_NOT_FOUND": 404,
    "NOT_FOUND": 404,
    "AUTHORIZATION_EXPIRED": 409,
    "AUTHORIZATION_REVOKED": 409,
    "AUTHORIZATION_NO_REUSED": 409,
    "BATCH_NO_REUSED": 409,
    "RATE_LIMITED": 429,
    "INTERNAL": 500,
    "MAINTENANCE": 503,
}
WORDS = {
    "BAD_REQUEST": "请求不符合接口约定",
    "BAD_SEAL": "加密字段无法打开",
    "BAD_SIGNATURE": "验签失败",
    "CLOCK_SKEW": "时间戳超出允许范围",
    "NONCE_REPLAYED": "随机串重复",
    "UNKNOWN_APP": "应用未登记",
    "SCOPE_DENIED": "超出授权范围",
    "SUBJECT_NOT_FOUND": "主体不存在或姓名与号码不符",
    "AUTHORIZATION_NOT_FOUND": "授权不存在",
    "NOT_FOUND": "不存在",
    "AUTHORIZATION_EXPIRED": "授权已到期",
    "AUTHORIZATION_REVOKED": "授权已撤回",
    "AUTHORIZATION_NO_REUSED": "授权编号已用于其他内容",
    "BATCH_NO_REUSED": "批次号已用于其他内容",
    "RATE_LIMITED": "请求过于频繁",
    "INTERNAL": "系统内部错误",
    "MAINTENANCE": "系统维护中",
}


class Refused(Exception):
    """The platform says no: a code of section 3, and for our breaches what was wrong (never identity data).

    `overtaken`: the call came while it was still right, and was held in front of the platform until it wasn't.
    """

    def __init__(
        self, code: str, what: str = "", retry_after_s: int | None = None, row: Any = None, overtaken: bool = False
    ) -> None:
        super().__init__(code)
        self.overtaken = overtaken
        self.code, self.what, self.retry_after_s, self.row = code, what, retry_after_s, row


@dataclass(frozen=True)
class Settings:
    """What the environment says; see `python -m sandbox serve`."""

    port: int
    folder: Path
    events_url: str | None
    wechat_appid: str | None
    wechat_secret: str | None = field(repr=False)
    suite: str = "ES256-SHA256"


class Nonces:
    """Nonces that the client's signatures carried, each kept for 600 s."""

    KEPT_S = 600

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: set[str] = set()
        self._order: deque[tuple[float, str]] = deque()

    def is_new(self, nonce: str, now: float) -> bool:
        """Remember a nonce; False where it is known already."""
        with self._lock:
            while self._order and self._order[0][0] < now - self.KEPT_S:
                self._seen.discard(self._order.popleft()[1])
            if nonce in self._seen:
                return False
            self._seen.add(nonce)
            self._order.append((now, nonce))
            return True


class Load:
    """A token bucket over all calls; without a rate everything is admitted."""

    def __init__(self) -> None:
        self.rate_per_s: float | None = None
        self._tokens, self._at = 0.0, 0.0

    def limit(self, rate_per_s: float | None) -> None:
        """Set the rate, with a bucket of one second; None lifts it."""
        self.rate_per_s, self._tokens = rate_per_s, rate_per_s or 0.0

    def admits(self, now: float) -> bool:
        """Whether one more call may pass at this monotonic moment."""
        if self.rate_per_s is None:
            return True
        self._tokens = min(max(self.rate_per_s, 1.0), self._tokens + (now - self._at) * self.rate_per_s)
        self._at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


class World:
    """One sandbox."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.keys: Keys = load(make(settings.folder / "keys").parent)
        self.clock = Clock()
        self.state = State(settings.folder / "state.sqlite3", self.keys.state_key)
        self.people = People(self.state, self.clock)
        self.faults = Faults()
        self.nonces, self.request_ids, self.ivs = Nonces(), Nonces(), Nonces()
        self.load = Load()
        self.maintenance_until = 0.0
        self.told_to_wait: dict[float, float] = {}
        self.page_size = 1000
        self.resets = 0
        self.client_suite = settings.suite if settings.suite in self.keys.suites else "ES256-SHA256"

    def breach(self, call: str, code: str, what: str) -> None:
        """Write down that the client broke the protocol."""
        self.state.insert("breaches", {"at": self.clock.precise(), "call": call, "code": code, "what": what})
