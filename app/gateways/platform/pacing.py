"""When a call may leave: windows that the platform announced, a breaker for each call, and our own rate.

One state for all processes, in Redis; where Redis is away each process goes on by what it saw itself (decision 0101).
Nothing here is ever an answer: who may not leave gets Passing, and a citizen hears "try again later".
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import redis
import structlog

from app.gateways import health
from app.gateways.health import Breaker, ClockAlarm, Hold
from app.gateways.platform.failures import Passing, PlatformFailure
from app.gateways.platform.pacing_here import Here, Verdict

log = structlog.get_logger()
CALLS = ("identity", "authorization", "revocation", "grade", "report", "batch", "reconciliation", "red_list",
         "red_list_removal", "initiatives", "initiative_response", "initiative_feedback")
COUNTED = frozenset({"NO_ANSWER", "BAD_ANSWER", "INTERNAL", "CLOCK_SKEW"})  # what a breaker counts
EVERY_CALL = "*"
NO_PLACE = -1.0  # patience of one who only asks
WHY = {"held": "a window that the platform announced is still open", "open": "too many attempts in a row had no answer",
       "paced": "our own rate is reached"}


class Store(Protocol):
    """Where windows, breakers and the rate are remembered; `call` is one of CALLS, or EVERY_CALL for a hold."""

    def enter(self, call: str, patience_s: float) -> Verdict:
        """Whether and when a call may leave; one that may has its place in the rate taken."""

    def failed(self, call: str, code: str, probe: bool) -> float:
        """Count a failure; for how many seconds the breaker opened by it, or 0."""

    def good(self, call: str) -> None:
        """Close the breaker and forget its failures."""

    def release(self, call: str) -> None:
        """A probe never left: let another one see."""

    def hold(self, call: str, code: str, seconds: float) -> None:
        """No such call for so long; a longer hold stands."""

    def skewed(self, seconds: int | None) -> None:
        """Raise the clock alarm, or end it."""

    def shown(self, calls: tuple[str, ...]) -> tuple[list[Breaker], list[Hold], ClockAlarm | None]:
        """What is remembered now."""


@dataclass(frozen=True)
class Entry:
    """A call that may leave after `wait_s`. `alone`: Redis is away, so that no answer could be checked."""

    wait_s: float = 0.0
    probe: bool = False
    tainted: bool = False
    skewed: bool = False
    alone: bool = False


class Pace:
    """Thread-safe. `shared` is None in tools and tests that have no Redis."""

    def __init__(self, here: Here, shared: Store | None = None) -> None:
        self._here, self._shared = here, shared

    def enter(self, call: str, patience_s: float) -> Entry:
        """Raises Passing with `sent` False: MAINTENANCE or RATE_LIMITED (held), CIRCUIT_OPEN, OUR_RATE."""
        verdict, alone = self._verdict(call, patience_s)
        if verdict.kind == "go":
            return Entry(verdict.wait_s, verdict.probe, verdict.tainted, verdict.skewed, alone)
        raise self._no(call, verdict)

    def ready(self, call: str) -> None:
        """Raises as `enter` where a window or a breaker would hold this call now; takes no place in the rate."""
        verdict, _ = self._verdict(call, NO_PLACE)
        if verdict.kind != "paced":
            raise self._no(call, verdict)

    def unheld(self, call: str) -> None:
        """Raises as `enter`, but only for a window: for one who has a place already."""
        verdict, _ = self._verdict(call, NO_PLACE)
        if verdict.kind == "held":
            raise self._no(call, verdict)

    def insisting(self) -> "Pace":
        """The same state, for one who wants to see for himself whether there is an answer again."""
        return _Insisting(self._here, self._shared)

    def ended(self, call: str, entry: Entry, failure: PlatformFailure | None) -> None:
        """What an attempt that entered came to; None: an answer. A refusal that verified is an answer too."""
        if isinstance(failure, Passing) and failure.code in COUNTED:
            self._failed(call, entry, failure.code)
        elif isinstance(failure, Passing) and not failure.sent:
            if entry.probe:
                self._both(lambda store: store.release(call))
        else:
            if entry.probe or entry.tainted:
                self._both(lambda store: store.good(call))
                log.info("platform_breaker_closed", call=call)
            if isinstance(failure, Passing) and failure.retry_after_s:
                self._hold(call, failure.code, failure.retry_after_s)

    def skewed(self, entry: Entry, seconds: int | None) -> None:
        """The clock alarm: their clock minus ours, or None from an answer that shows that they agree."""
        if seconds is not None or entry.skewed:
            self._both(lambda store: store.skewed(seconds))

    def shown(self) -> tuple[list[Breaker], list[Hold], ClockAlarm | None]:
        """For health: by what all processes know, or by what this one saw."""
        try:
            if self._shared is not None:
                return self._shared.shown(CALLS)
        except redis.RedisError:
            log.warning("platform_pace_alone")
        return self._here.shown(CALLS)

    def _no(self, call: str, verdict: Verdict) -> Passing:
        code = {"held": verdict.code, "open": "CIRCUIT_OPEN"}.get(verdict.kind, "OUR_RATE")
        health.NOT_SENT.labels(call, code).inc()
        return Passing(code, max(1, math.ceil(verdict.wait_s)), why=WHY[verdict.kind], sent=False)

    def _verdict(self, call: str, patience_s: float) -> tuple[Verdict, bool]:
        if self._shared is None:
            return self._here.enter(call, patience_s), False
        try:
            return self._shared.enter(call, patience_s), False
        except redis.RedisError:
            return self._here.enter(call, patience_s), True

    def _failed(self, call: str, entry: Entry, code: str) -> None:
        opened_s = self._both(lambda store: store.failed(call, code, entry.probe))
        if opened_s:
            health.BREAKER_OPENED.labels(call).inc()
            log.error("platform_breaker_opened", call=call, code=code, seconds=round(opened_s, 1))

    def _hold(self, call: str, code: str, seconds: int) -> None:
        """Maintenance is the whole platform's (decision 0100); too many calls are those of one kind."""
        which = EVERY_CALL if code == "MAINTENANCE" else call
        self._both(lambda store: store.hold(which, code, seconds))
        log.warning("platform_held", call=which, code=code, seconds=seconds)

    def _both(self, write: Callable[[Store], float | None]) -> float:
        """Here too, so that it is known should Redis go away; what Redis says counts."""
        said = write(self._here)
        try:
            return (write(self._shared) if self._shared is not None else said) or 0.0
        except redis.RedisError:
            return said or 0.0


class _Insisting(Pace):
    def enter(self, call: str, patience_s: float) -> Entry:
        try:
            return super().enter(call, patience_s)
        except Passing as no:
            if no.code != "CIRCUIT_OPEN":
                raise
        return Entry(tainted=True)  # so that an answer closes the breaker
