"""What each gateway's calls came to last, for /readyz, and their counters and times, for /metrics."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from prometheus_client import Counter, Gauge, Histogram

from app.kernel import clock

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
GOOD = "OK"

_lock = threading.Lock()
_last: dict[tuple[str, str], "Last"] = {}
_skew_s: int | None = None
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
        _skew_s = seconds
    CLOCK_SKEW.set(seconds or 0)


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
