"""What each gateway's calls came to last, for /readyz, and their counters and times, for /metrics."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import structlog
from prometheus_client import Counter, Gauge, Histogram

from app.kernel import clock

log = structlog.get_logger()
CALLS = Counter("xinyi_gateway_calls", "Calls that left this system, by outcome.",
                ["gateway", "call", "outcome"])
SECONDS = Histogram("xinyi_gateway_call_seconds", "How long a call took, whatever came of it.",
                    ["gateway", "call"], buckets=(0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15))
CLOCK_SKEW = Gauge("xinyi_platform_clock_skew_seconds",
                   "The platform's clock minus ours while they differ too much; 0 while they agree.",
                   multiprocess_mode="mostrecent")
KEYS_REFUSED = Gauge("xinyi_platform_keys_refused",
                     "1 while the platform's key files hold what cannot be used and older keys are kept; else 0.",
                     multiprocess_mode="mostrecent")
NOT_SENT = Counter("xinyi_platform_not_sent", "Calls to the platform that did not leave, by why.", ["call", "why"])
BREAKER_OPENED = Counter("xinyi_platform_breaker_opened", "How often the breaker of a call opened.", ["call"])
BREAKER = Gauge("xinyi_platform_breaker_state", "0 closed, 1 half open, 2 open.", ["call"],
                multiprocess_mode="mostrecent")
HELD = Gauge("xinyi_platform_held_seconds", "For how long the platform asked for no such call; `*`: for none at all.",
             ["call"], multiprocess_mode="mostrecent")
GOOD = "OK"
STATES = ("closed", "half_open", "open")

_lock = threading.Lock()
_last: dict[tuple[str, str], "Last"] = {}
_skew_s: int | None = None
_difference_s: int | None = None
_keys: "KeysInUse | None" = None


@dataclass(frozen=True)
class Last:
    """The last call of one kind in this process: when it ended, and OK or the failure's code."""

    when: datetime
    outcome: str


@dataclass(frozen=True)
class KeysInUse:
    """Which of the platform's keys this process uses, by id; `problems`: what is wrong with newer files."""

    suite: str
    client_key_id: str
    platform_key_ids: tuple[str, ...]
    data_key_id: str
    problems: tuple[str, ...] = ()


@dataclass(frozen=True)
class Breaker:
    """The breaker of one call. `state`: closed, half_open (one may go and see), open (none may, for `retry_in_s`).

    `failures`: attempts in a row without an answer; `since` it is not closed; `code`: of the last failure.
    """

    gateway: str
    call: str
    state: str
    failures: int
    retry_in_s: float
    since: datetime | None
    code: str | None


@dataclass(frozen=True)
class Hold:
    """Until when no such call leaves, because the platform asked for it; `call` is `*` for every call."""

    gateway: str
    call: str
    code: str
    until: datetime


@dataclass(frozen=True)
class ClockAlarm:
    """Their clock minus ours, in seconds, since when it is known."""

    seconds: int
    since: datetime

    @property
    def words(self) -> str:
        """For staff: what is wrong and what to do."""
        ours = "慢" if self.seconds > 0 else "快"
        return (f"时钟告警（CLOCK_SKEW）：本系统时钟比省平台{ours} {abs(self.seconds)} 秒，双方请求会互相拒收。"
                "请先核对本机时间同步（NTP）；本机无误时请联系省平台核对其时钟。")


Told = tuple[list[Breaker], list[Hold], ClockAlarm | None]
_source: Callable[[], Told] | None = None


class Measure:
    """Set `outcome` before the block ends; one that is not set counts as FAILED."""

    outcome = "FAILED"


@contextmanager
def measured(gateway: str, call: str) -> Iterator[Measure]:
    """Times one call and keeps what it came to."""
    measure, start = Measure(), time.monotonic()
    try:
        yield measure
    finally:
        SECONDS.labels(gateway, call).observe(time.monotonic() - start)
        CALLS.labels(gateway, call, measure.outcome).inc()
        with _lock:
            _last[gateway, call] = Last(clock.now(), measure.outcome)


def last(gateway: str) -> dict[str, Last]:
    """The last outcome of each call of a gateway that this process has tried."""
    with _lock:
        return {call: what for (owner, call), what in _last.items() if owner == gateway}


def tell_skew(seconds: int | None) -> None:
    """Keep the clock alarm: their clock minus ours in seconds, or None once the clocks agree."""
    global _skew_s
    with _lock:
        before, _skew_s = _skew_s, seconds
    CLOCK_SKEW.set(seconds or 0)
    if seconds is not None and before is None:
        log.error("platform_clock_skew", seconds=seconds)
    elif seconds is None and before is not None:
        log.info("platform_clock_agrees")


def tell_difference(seconds: int) -> None:
    """Their clock minus ours by an answer whose signature verified; on its way it lost some of it."""
    global _difference_s
    with _lock:
        _difference_s = seconds


def clock_difference() -> int | None:
    """By the last answer that this process had: seconds; None before any."""
    with _lock:
        return _difference_s


def clock_skew() -> int | None:
    """The clock alarm: seconds, or None where there is none."""
    with _lock:
        return _skew_s


def tell_keys(keys: KeysInUse) -> None:
    """Keep what keys are in use, and whether newer files were refused."""
    global _keys
    with _lock:
        _keys = keys
    KEYS_REFUSED.set(1 if keys.problems else 0)


def keys_in_use() -> KeysInUse | None:
    """The platform's keys of this process; None before any were read."""
    with _lock:
        return _keys


def watch(source: Callable[[], Told]) -> None:
    """Where breakers, holds and the alarm that all processes share are asked for: the last one given counts."""
    global _source
    _source = source


def breakers() -> list[Breaker]:
    """Every call's breaker, as all processes see it."""
    return shared()[0]


def holds() -> list[Hold]:
    """The windows in which calls are held back; none on most days."""
    return shared()[1]


def clock_alarm() -> ClockAlarm | None:
    """The clock alarm of all processes; None while the clocks agree."""
    return shared()[2]


def alarms() -> list[str]:
    """What staff must know now, in sentences that say what to do."""
    return alarms_with(clock_alarm())


def alarms_with(alarm: ClockAlarm | None) -> list[str]:
    """The same, for one who knows of the clocks already."""
    keys = keys_in_use()
    refused = [f"省平台密钥文件有误，仍在使用原有密钥，请更正：{one}" for one in (keys.problems if keys else ())]
    return [alarm.words, *refused] if alarm else refused


def measure_now() -> None:
    """Bring the gauges of what all processes share up to date, for whoever scrapes."""
    told, held, alarm = shared()
    for one in told:
        BREAKER.labels(one.call).set(STATES.index(one.state))
    left = {one.call: max(0.0, (one.until - clock.now()).total_seconds()) for one in held}
    for call in ("*", *(one.call for one in told)):
        HELD.labels(call).set(left.get(call, 0.0))
    CLOCK_SKEW.set(alarm.seconds if alarm else 0)


def shared() -> Told:
    """Breakers, holds and the clock alarm at once: one look."""
    return _source() if _source else ([], [], None)
