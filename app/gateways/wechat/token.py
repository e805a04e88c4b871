"""The one access token of all processes: in Redis, renewed five minutes early by whoever holds the lock."""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import redis

from app.gateways.clocks import Clock
from app.gateways.wechat.errors import WechatAway
from app.kernel import jsons

EARLY_S = 300
LOCK_MS = 15_000
WAIT_S = 5.0
FORCED_APART_S = 30
FORCED_A_DAY = 20
LONGEST_TOKEN = 512
# delete a key only while it still holds what we saw (another process may have renewed it meanwhile)
DELETE_IF_SAME = (
    "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0")

Fetch = Callable[[bool], tuple[str, int]]


@dataclass(frozen=True)
class _Kept:
    token: str
    renew_at: float
    raw: str


class SharedToken:
    """`fetch(force)` asks WeChat and answers (token, expires_in seconds). Raises WechatFailure."""

    def __init__(self, connection: redis.Redis, appid: str, fetch: Fetch, clock: Clock) -> None:
        self._redis, self._fetch, self._clock = connection, fetch, clock
        self._key, self._lock = f"wechat:token:{appid}", f"wechat:token-lock:{appid}"
        self._forced, self._forced_today = f"wechat:forced:{appid}", f"wechat:forced-today:{appid}"

    def get(self) -> str:
        """A token that WeChat takes, as far as we know."""
        try:
            kept = self._kept()
            if kept and self._now() < kept.renew_at:
                return kept.token
            return self._renew(kept, force=False)
        except redis.RedisError:
            raise WechatAway("redis") from None

    def replace(self, refused: str) -> str:
        """A token other than the one that WeChat refused; forced only where it hands out the same again."""
        try:
            kept = self._kept()
            if kept and kept.token != refused:
                return kept.token
            if kept:
                self._redis.eval(DELETE_IF_SAME, 1, self._key, kept.raw)
            token = self._renew(None, force=False)
            if token != refused:
                return token
            if not self._may_force():
                raise WechatAway("token refused, and forced too often")
            return self._renew(None, force=True)
        except redis.RedisError:
            raise WechatAway("redis") from None

    def _renew(self, kept: _Kept | None, *, force: bool) -> str:
        """One process renews; the others live on the old one, which stays good, or wait for the new one."""
        ours = secrets.token_hex(8)
        if not self._redis.set(self._lock, ours, nx=True, px=LOCK_MS):
            return kept.token if kept else self._wait()
        try:
            meanwhile = self._kept()
            if meanwhile and meanwhile != kept and not force:  # renewed between our look and our lock
                return meanwhile.token
            token, expires_in = self._fetch(force)
            self._keep(token, expires_in)
            return token
        except WechatAway:
            if kept is None:
                raise
            return kept.token
        finally:
            self._redis.eval(DELETE_IF_SAME, 1, self._lock, ours)

    def _wait(self) -> str:
        until = time.monotonic() + WAIT_S
        while time.monotonic() < until:
            time.sleep(0.05)
            kept = self._kept()
            if kept:
                return kept.token
        raise WechatAway("another process is renewing the token")

    def _kept(self) -> _Kept | None:
        raw = self._redis.get(self._key)
        if not raw:
            return None
        text = raw.decode() if isinstance(raw, bytes) else cast(str, raw)
        try:
            told = jsons.loads(text.encode())
            return _Kept(str(told["token"]), float(told["renew_at"]), text)
        except (jsons.NotJson, LookupError, TypeError, ValueError):  # not written by us: as good as none
            return None

    def _keep(self, token: str, expires_in: int) -> None:
        told = {"token": token, "renew_at": self._now() + max(expires_in - EARLY_S, 1)}
        self._redis.set(self._key, jsons.dumps(told).decode(), ex=max(expires_in - 5, 1))

    def _may_force(self) -> bool:
        """WeChat allows 20 a day, 30 s apart."""
        if not self._redis.set(self._forced, "1", nx=True, ex=FORCED_APART_S):
            return False
        count = cast(int, self._redis.incr(self._forced_today))
        self._redis.expire(self._forced_today, 86_400, nx=True)
        return count <= FORCED_A_DAY

    def _now(self) -> float:
        return self._clock.now().timestamp()
