"""When a call may leave, by what one process saw and by what all processes know: the same rules for both.

Breaks that were tried: a hold shortened by a later one, maintenance held for one call only, a refusal counted as a
failure, a second probe let through, the breaker left open by a good probe, failures of an hour ago still counted, the
place in the rate not taken; each failed here.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from app.gateways import health
from app.gateways.platform.failures import Passing, Permanent
from app.gateways.platform.pacing import CALLS, Pace
from app.gateways.platform.pacing_here import FAILURES, FIRST_S, LONGEST_S, PROBE_S, WITHIN_S, Here
from app.gateways.platform.pacing_shared import SPACE, Shared
from app.kernel import clock
from tests.conftest import Servers

NOWHERE = redis.Redis(host="127.0.0.1", port=1, retry=Retry(NoBackoff(), 0))
SILENCE = Passing("NO_ANSWER")


class Ground:
    """A pace of one kind; `later` makes time pass for it."""

    def __init__(self, make: Callable[[int | None], Pace], later: Callable[[float], None]) -> None:
        self.make, self.later = make, later
        self.pace = make(None)

    def fail(self, call: str = "grade", times: int = 1, failure: Passing = SILENCE) -> None:
        for _ in range(times):
            self.pace.ended(call, self.pace.enter(call, 0), failure)

    def refused(self, call: str = "grade") -> Passing:
        with pytest.raises(Passing) as no:
            self.pace.enter(call, 0)
        assert not no.value.sent
        return no.value

    def breaker(self, call: str = "grade") -> health.Breaker:
        return next(one for one in self.pace.shown()[0] if one.call == call)


def _alone(away: bool) -> Ground:
    passed = [0.0]

    def later(seconds: float) -> None:
        passed[0] += seconds

    return Ground(lambda rate: Pace(Here(clock, rate, ticks=lambda: 1000.0 + passed[0]),
                                    Shared(NOWHERE, clock, rate) if away else None), later)


def _shared(servers: Servers) -> Ground:
    """Time passes in Redis by moving what it remembers into the past."""
    connection = redis.Redis.from_url(servers.valkey.url(), decode_responses=True)
    connection.flushall()

    def later(seconds: float) -> None:
        for key in connection.scan_iter(SPACE + "*"):
            left = connection.pttl(key)
            if left > 0:
                connection.pexpire(key, max(0, left - int(seconds * 1000)))
            if ":circuit:" in key:
                for name in ("until", "probe"):
                    if connection.hexists(key, name):
                        connection.hincrby(key, name, -int(seconds * 1_000_000))

    return Ground(lambda rate: Pace(Here(clock, rate), Shared(connection, clock, rate)), later)


@pytest.fixture(params=["shared", "here", "redis away"])
def ground(request: pytest.FixtureRequest) -> Ground:
    if request.param == "shared":
        return _shared(request.getfixturevalue("servers"))
    return _alone(request.param == "redis away")


def test_a_maintenance_window_holds_every_call_to_its_end(ground: Ground) -> None:
    ground.fail("batch", failure=Passing("MAINTENANCE", 600))
    for call in CALLS:
        held = ground.refused(call)
        assert (held.code, 598 <= (held.retry_after_s or 0) <= 600) == ("MAINTENANCE", True)
    [hold] = ground.pace.shown()[1]
    assert (hold.call, hold.code) == ("*", "MAINTENANCE")
    assert 590 < (hold.until - clock.now()).total_seconds() <= 600
    ground.later(601)
    for call in CALLS:
        assert not ground.pace.enter(call, 0).tainted
    assert ground.pace.shown()[1] == []


def test_too_many_calls_hold_their_own_kind_only_and_a_longer_hold_stands(ground: Ground) -> None:
    first, second = ground.pace.enter("batch", 0), ground.pace.enter("batch", 0)
    ground.pace.ended("batch", first, Passing("RATE_LIMITED", 60))
    ground.pace.ended("batch", second, Passing("RATE_LIMITED", 5))
    assert (ground.refused("batch").retry_after_s or 0) > 50
    ground.pace.enter("grade", 0)


def test_a_window_of_no_length_holds_nothing(ground: Ground) -> None:
    ground.fail(failure=Passing("RATE_LIMITED", 0))
    ground.pace.enter("grade", 0)


def test_a_breaker_opens_by_failures_in_a_row_and_closes_by_one_good_probe(ground: Ground) -> None:
    ground.fail(times=FAILURES - 1)
    assert (ground.breaker().state, ground.breaker().failures) == ("closed", FAILURES - 1)
    ground.fail()
    no = ground.refused()
    assert (no.code, no.retry_after_s) == ("CIRCUIT_OPEN", FIRST_S)
    assert (ground.breaker().state, ground.breaker().code) == ("open", "NO_ANSWER")
    assert ground.breaker().since is not None
    ground.pace.enter("identity", 0)
    ground.later(FIRST_S + 0.1)
    assert ground.breaker().state == "half_open"
    probe = ground.pace.enter("grade", 0)
    assert probe.probe
    assert ground.refused().code == "CIRCUIT_OPEN"  # one goes and sees, not all
    ground.pace.ended("grade", probe, None)
    assert (ground.breaker().state, ground.breaker().failures) == ("closed", 0)
    assert not ground.pace.enter("grade", 0).tainted


def test_each_failing_probe_doubles_the_wait_up_to_its_bound(ground: Ground) -> None:
    ground.fail(times=FAILURES)
    spans = []
    for _ in range(6):
        spans.append(ground.breaker().retry_in_s)
        ground.later(LONGEST_S + 0.1)
        ground.fail()
    assert [round(span) for span in spans] == [2, 4, 8, 15, 15, 15]


def test_a_probe_that_never_left_or_never_came_back_lets_another_go(ground: Ground) -> None:
    ground.fail(times=FAILURES)
    ground.later(FIRST_S + 0.1)
    ground.pace.ended("grade", ground.pace.enter("grade", 0), Passing("LATE", sent=False))
    assert ground.pace.enter("grade", 0).probe  # and its process is killed
    ground.refused()
    ground.later(PROBE_S + 0.1)
    assert ground.pace.enter("grade", 0).probe


@pytest.mark.parametrize("answer", [None, Permanent("SUBJECT_NOT_FOUND", ""), Passing("RATE_LIMITED", 0)])
def test_whoever_answers_is_there(ground: Ground, answer: Any) -> None:
    ground.fail(times=FAILURES - 1)
    ground.pace.ended("grade", ground.pace.enter("grade", 0), answer)
    ground.fail(times=FAILURES - 1)
    assert ground.breaker().state == "closed"


@pytest.mark.parametrize("code", ["BAD_ANSWER", "INTERNAL", "CLOCK_SKEW"])
def test_what_else_counts_as_no_answer(ground: Ground, code: str) -> None:
    ground.fail(times=FAILURES, failure=Passing(code))
    assert ground.breaker().code == code
    assert ground.breaker().state == "open"


def test_failures_that_lie_apart_open_nothing(ground: Ground) -> None:
    for _ in range(FAILURES + 2):
        ground.fail()
        ground.later(WITHIN_S + 1)
    assert (ground.breaker().state, ground.breaker().failures) == ("closed", 0)


def test_a_late_failure_of_a_call_that_entered_before_does_not_prolong(ground: Ground) -> None:
    early = ground.pace.enter("grade", 0)
    ground.fail(times=FAILURES)
    ground.pace.ended("grade", early, SILENCE)
    assert ground.breaker().retry_in_s <= FIRST_S


def test_the_rate_is_kept_evenly_and_patience_has_an_end(ground: Ground) -> None:
    pace = ground.make(10)
    waits = [pace.enter("batch", 5).wait_s for _ in range(5)]
    assert waits == pytest.approx([0, 0.1, 0.2, 0.3, 0.4], abs=0.05)
    with pytest.raises(Passing, match="OUR_RATE") as no:
        pace.enter("grade", 0.2)
    assert (no.value.retry_after_s, no.value.sent) == (1, False)


def test_no_second_of_the_platforms_holds_more_than_the_rate_though_calls_arrive_unevenly(ground: Ground) -> None:
    """Fails where places lie exactly a fifth of a second apart: where the first call is a little late, the sixth stands
    in its second. Tried: SPARE = 1.
    """
    pace = ground.make(5)
    places = [pace.enter("grade", 5).wait_s for _ in range(6)]
    assert places[5] - places[0] > 1.02


def test_who_only_asks_whether_it_would_leave_takes_nothing(ground: Ground) -> None:
    pace = ground.make(1)
    for _ in range(3):
        pace.ready("grade")
    assert pace.enter("grade", 0).wait_s == 0


def test_who_only_asks_is_told_of_windows_and_breakers_and_is_no_probe(ground: Ground) -> None:
    ground.fail(times=FAILURES)
    with pytest.raises(Passing, match="CIRCUIT_OPEN"):
        ground.pace.ready("grade")
    ground.later(FIRST_S + 0.1)
    ground.pace.ready("grade")
    assert ground.pace.enter("grade", 0).probe
    ground.pace.ended("batch", ground.pace.enter("batch", 0), Passing("MAINTENANCE", 60))
    with pytest.raises(Passing, match="MAINTENANCE"):
        ground.pace.ready("identity")


def test_the_clock_alarm_is_everybodys_and_ends_with_a_good_answer(ground: Ground) -> None:
    entry = ground.pace.enter("grade", 0)
    for seconds in (-600, -590):
        ground.pace.skewed(entry, seconds)
    alarm = ground.pace.shown()[2]
    assert alarm
    assert alarm.seconds == -590
    for word in ("CLOCK_SKEW", "快 590 秒", "NTP"):
        assert word in alarm.words
    entry = ground.pace.enter("grade", 0)
    assert entry.skewed
    ground.pace.skewed(entry, None)
    assert ground.pace.shown()[2] is None
    assert not ground.pace.enter("grade", 0).skewed


def test_what_was_held_is_known_when_redis_goes_away(servers: Servers) -> None:
    connection = redis.Redis.from_url(servers.valkey.url(), decode_responses=True)
    connection.flushall()
    here, shared = Here(clock), Shared(connection, clock)
    pace = Pace(here, shared)
    pace.ended("batch", pace.enter("batch", 0), Passing("MAINTENANCE", 600))
    with pytest.raises(Passing, match="MAINTENANCE"):
        Pace(here, Shared(NOWHERE, clock)).enter("grade", 0)


def test_processes_share_one_rate_and_one_breaker(servers: Servers) -> None:
    ground = _shared(servers)
    first, second = ground.make(20), ground.make(20)
    assert first.enter("grade", 1).wait_s == 0
    assert second.enter("batch", 1).wait_s == pytest.approx(0.05, abs=0.03)
    for pace in (first, second) * (FAILURES // 2):
        pace.ended("grade", pace.enter("grade", 5), SILENCE)
    for pace in (first, second):
        with pytest.raises(Passing, match="CIRCUIT_OPEN"):
            pace.enter("grade", 5)


def test_threads_get_a_place_each(servers: Servers) -> None:
    """Twenty at once at 200 a second: no two leave at the same moment."""
    pace, waits = _shared(servers).make(200), []

    def one() -> None:
        started = time.monotonic()
        entry = pace.enter("grade", 2)
        waits.append(started + entry.wait_s)

    threads = [threading.Thread(target=one) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(waits) == 20
    assert max(waits) - min(waits) >= 19 / 200 - 0.03


@pytest.fixture
def watched(servers: Servers) -> Iterator[Ground]:
    before = health._source
    ground = _shared(servers)
    health.watch(ground.pace.shown)
    yield ground
    if before is not None:
        health.watch(before)


def test_the_figures_follow(watched: Ground) -> None:
    watched.fail(times=FAILURES)
    watched.fail("batch", failure=Passing("MAINTENANCE", 600))
    watched.pace.skewed(_entry(), 600)
    health.measure_now()
    assert health.BREAKER.labels("grade")._value.get() == 2
    assert 590 < health.HELD.labels("*")._value.get() <= 600
    assert health.CLOCK_SKEW._value.get() == 600
    assert Counter(one.state for one in health.breakers()) == {"closed": len(CALLS) - 1, "open": 1}
    assert "慢 600 秒" in health.alarms()[0]


def _entry() -> Any:
    return Pace(Here(clock)).enter("grade", 0)
