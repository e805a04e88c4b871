"""Windows, breakers and the rate as one process sees them: for when Redis is away, and for tools without one."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from app.gateways.clocks import Clock
from app.gateways.health import Breaker, ClockAlarm, Hold

FAILURES, WITHIN_S = 10, 60.0  # so many attempts in a row without an answer, none longer ago than this
FIRST_S, LONGEST_S = 2.0, 15.0  # how long a breaker stays open, doubling with each probe that fails
SPARE = 1.05  # places lie so much wider than the rate: calls arrive unevenly, and no second of theirs may hold one more
PROBE_S = 15.0  # longer than a probe can be on its way where the setting is 12 s; then another may go


@dataclass(frozen=True)
class Verdict:
    """`kind`: go (after `wait_s`), held (`code` says by what), open, paced (not before `wait_s`)."""

    kind: str
    wait_s: float = 0.0
    code: str = ""
    probe: bool = False
    tainted: bool = False
    skewed: bool = False


@dataclass
class _Circuit:
    failures: int = 0
    last: float = 0.0
    opened: int = 0
    until: float = 0.0
    probe_until: float = 0.0
    since: datetime | None = None
    code: str = ""


@dataclass
class Here:
    """Thread-safe. `rate_per_s` None: any; `ticks` is a monotonic clock."""

    clock: Clock
    rate_per_s: int | None = None
    ticks: Callable[[], float] = time.monotonic
    _circuits: dict[str, _Circuit] = field(default_factory=dict)
    _holds: dict[str, tuple[float, str]] = field(default_factory=dict)
    _next: float = 0.0
    _alarm: ClockAlarm | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def enter(self, call: str, patience_s: float) -> Verdict:
        with self._lock:
            now = self.ticks()
            for which in ("*", call):
                until, code = self._holds.get(which, (0.0, ""))
                if until > now:
                    return Verdict("held", until - now, code)
            circuit = self._circuits.get(call, _Circuit())
            if circuit.opened and (circuit.until > now or circuit.probe_until > now):
                return Verdict("open", circuit.until - now if circuit.until > now else 1.0)
            wait_s = max(0.0, self._next - now)
            if wait_s > patience_s:
                return Verdict("paced", wait_s)
            self._next = now + wait_s + (SPARE / self.rate_per_s if self.rate_per_s else 0.0)
            if circuit.opened:
                circuit.probe_until = now + PROBE_S
            return Verdict("go", wait_s, probe=circuit.opened > 0, tainted=circuit.failures > 0,
                           skewed=self._alarm is not None)

    def failed(self, call: str, code: str, probe: bool) -> float:
        with self._lock:
            now, circuit = self.ticks(), self._circuits.setdefault(call, _Circuit())
            if circuit.opened and not probe:
                return 0.0
            fresh = circuit.opened or now - circuit.last <= WITHIN_S
            circuit.failures, circuit.last, circuit.code = circuit.failures + 1 if fresh else 1, now, code
            if not probe and circuit.failures < FAILURES:
                return 0.0
            circuit.opened += 1
            span = min(LONGEST_S, FIRST_S * 2 ** min(circuit.opened - 1, 10))
            circuit.until, circuit.probe_until = now + span, 0.0
            circuit.since = circuit.since or self.clock.now()
            return span

    def good(self, call: str) -> None:
        with self._lock:
            self._circuits.pop(call, None)

    def release(self, call: str) -> None:
        with self._lock:
            if call in self._circuits:
                self._circuits[call].probe_until = 0.0

    def hold(self, call: str, code: str, seconds: float) -> None:
        with self._lock:
            until = self.ticks() + seconds
            self._holds[call] = max(self._holds.get(call, (0.0, "")), (until, code))

    def skewed(self, seconds: int | None) -> None:
        with self._lock:
            since = self._alarm.since if self._alarm else self.clock.now()
            self._alarm = None if seconds is None else ClockAlarm(seconds, since)

    def shown(self, calls: tuple[str, ...]) -> tuple[list[Breaker], list[Hold], ClockAlarm | None]:
        with self._lock:
            now = self.ticks()
            breakers = [self._breaker(call, now) for call in calls]
            holds = [Hold("platform", call, code, self.clock.now() + timedelta(seconds=until - now))
                     for call, (until, code) in sorted(self._holds.items()) if until > now]
            return breakers, holds, self._alarm

    def _breaker(self, call: str, now: float) -> Breaker:
        circuit = self._circuits.get(call, _Circuit())
        if not circuit.opened and now - circuit.last > WITHIN_S:
            circuit = _Circuit()
        state = "closed" if not circuit.opened else "open" if circuit.until > now else "half_open"
        return Breaker("platform", call, state, circuit.failures, round(max(0.0, circuit.until - now), 1),
                       circuit.since, circuit.code or None)
