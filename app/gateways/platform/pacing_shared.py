"""Windows, breakers and the rate as all processes see them: in Redis, one round trip before a call, by its clock.

After a call that was good, and was good before, nothing is written. All of it may be lost: then the platform says
again what it said.
"""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import redis

from app.gateways.clocks import Clock
from app.gateways.health import Breaker, ClockAlarm, Hold
from app.gateways.platform.pacing_here import FAILURES, FIRST_S, LONGEST_S, PROBE_S, SPARE, WITHIN_S, Verdict

SPACE = "platform:pace:"
ALARM_KEPT_S = 86_400
US = 1_000_000

ENTER = """
local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
for i = 1, 2 do
  local left = redis.call('PTTL', KEYS[i])
  if left > 0 then return {'held', left * 1000, redis.call('GET', KEYS[i]), 0, 0, 0} end
end
local circuit = redis.call('HMGET', KEYS[3], 'failures', 'until', 'probe')
if circuit[2] then
  if now < tonumber(circuit[2]) then return {'open', tonumber(circuit[2]) - now, '', 0, 0, 0} end
  if now < tonumber(circuit[3] or '0') then return {'open', 1000000, '', 0, 0, 0} end
end
local free = math.max(now, tonumber(redis.call('GET', KEYS[4]) or '0'))
if free - now > tonumber(ARGV[1]) then return {'paced', free - now, '', 0, 0, 0} end
if tonumber(ARGV[2]) > 0 then redis.call('SET', KEYS[4], string.format('%.0f', free + ARGV[2]), 'EX', 60) end
if circuit[2] then redis.call('HSET', KEYS[3], 'probe', string.format('%.0f', now + ARGV[3])) end
return {'go', free - now, '', circuit[2] and 1 or 0, circuit[1] and 1 or 0, redis.call('EXISTS', KEYS[5])}
"""
FAILED = """
local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
local open = redis.call('HEXISTS', KEYS[1], 'until') == 1
if open and ARGV[1] == '0' then return 0 end
local failures = redis.call('HINCRBY', KEYS[1], 'failures', 1)
redis.call('HSET', KEYS[1], 'code', ARGV[2])
if ARGV[1] == '0' and failures < tonumber(ARGV[3]) then
  redis.call('EXPIRE', KEYS[1], ARGV[4])
  return 0
end
local opened = redis.call('HINCRBY', KEYS[1], 'opened', 1)
local span = math.min(tonumber(ARGV[6]), ARGV[5] * 2 ^ math.min(opened - 1, 10))
redis.call('HSET', KEYS[1], 'until', string.format('%.0f', now + span))
redis.call('HSETNX', KEYS[1], 'since', string.format('%.0f', now))
redis.call('HDEL', KEYS[1], 'probe')
redis.call('EXPIRE', KEYS[1], 86400)
return string.format('%.0f', span)
"""
HOLD = """
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[2]) then redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2]) end
"""


class Shared:
    """Every method raises redis.RedisError where Redis is away."""

    def __init__(self, connection: redis.Redis, clock: Clock, rate_per_s: int | None = None) -> None:
        self._redis, self._clock = connection, clock
        self._interval_us = int(US * SPARE / rate_per_s) if rate_per_s else 0
        self._enter = connection.register_script(ENTER)
        self._failed = connection.register_script(FAILED)
        self._hold = connection.register_script(HOLD)

    def enter(self, call: str, patience_s: float) -> Verdict:
        keys = [_hold("*"), _hold(call), _circuit(call), SPACE + "rate", SPACE + "skew"]
        kind, wait_us, code, probe, tainted, skewed = self._enter(
            keys, [int(patience_s * US), self._interval_us, int(PROBE_S * US)])
        return Verdict(kind, int(wait_us) / US, code, bool(probe), bool(tainted), bool(skewed))

    def failed(self, call: str, code: str, probe: bool) -> float:
        span_us = self._failed([_circuit(call)], [int(probe), code, FAILURES, int(WITHIN_S), int(FIRST_S * US),
                                                  int(LONGEST_S * US)])
        return int(span_us) / US

    def good(self, call: str) -> None:
        self._redis.delete(_circuit(call))

    def release(self, call: str) -> None:
        self._redis.hdel(_circuit(call), "probe")

    def hold(self, call: str, code: str, seconds: float) -> None:
        self._hold([_hold(call)], [code, int(seconds * 1000)])

    def skewed(self, seconds: int | None) -> None:
        if seconds is None:
            self._redis.delete(SPACE + "skew")
            return
        kept = _alarm(self._redis.get(SPACE + "skew"))
        since = kept.since if kept else self._clock.now()
        self._redis.set(SPACE + "skew", json.dumps([seconds, since.timestamp()]), ex=ALARM_KEPT_S)

    def shown(self, calls: tuple[str, ...]) -> tuple[list[Breaker], list[Hold], ClockAlarm | None]:
        with self._redis.pipeline(transaction=False) as pipe:
            pipe.get(SPACE + "skew")
            pipe.time()
            for call in calls:
                pipe.hgetall(_circuit(call))
            for call in ("*", *calls):
                pipe.get(_hold(call))
                pipe.pttl(_hold(call))
            skew, (seconds, micros), *rest = pipe.execute()
        now_us, circuits, held = seconds * US + micros, rest[:len(calls)], rest[len(calls):]
        holds = [Hold("platform", call, code, self._clock.now() + timedelta(milliseconds=left))
                 for call, code, left in zip(("*", *calls), held[::2], held[1::2], strict=True) if code and left > 0]
        breakers = [_breaker(call, told, now_us) for call, told in zip(calls, circuits, strict=True)]
        return breakers, holds, _alarm(skew)


def _breaker(call: str, told: dict[str, str], now_us: int) -> Breaker:
    left_s = max(0.0, (int(told.get("until", 0)) - now_us) / US)
    state = "closed" if "until" not in told else "open" if left_s else "half_open"
    since = datetime.fromtimestamp(int(told["since"]) / US, UTC) if "since" in told else None
    return Breaker("platform", call, state, int(told.get("failures", 0)), round(left_s, 1), since, told.get("code"))


def _alarm(kept: Any) -> ClockAlarm | None:
    if kept is None:
        return None
    seconds, since = json.loads(kept)
    return ClockAlarm(int(seconds), datetime.fromtimestamp(since, UTC))


def _hold(call: str) -> str:
    return f"{SPACE}hold:{call}"


def _circuit(call: str) -> str:
    return f"{SPACE}circuit:{call}"
