"""Blows as they fall: faults at the platform, windows, and processes killed and started again."""

import contextlib
import time
from dataclasses import dataclass
from datetime import UTC, datetime

import redis
import requests

from tests.drill.plan import Blow, Plan
from tests.drill.province import Province

LATE_S, UP_S, FEW, WEB_WORKERS = 5.0, 60.0, 10, 2


@dataclass(frozen=True)
class Down:
    """A process that was dead from one moment to another."""

    what: str
    since: datetime
    until: datetime


class Hurting:
    """Lets the blows of a plan fall. `downs` and `counts` tell afterwards what came about."""

    def __init__(self, province: Province) -> None:
        self._province = province
        self.downs: list[Down] = []
        self.counts: dict[str, int] = {}
        self._jobs = redis.Redis.from_url(province.stack.env["REDIS_URL"])
        self._ends: list[tuple[float, Blow, int | None]] = []

    def run(self, plan: Plan, began: float) -> None:
        """Until the last blow has fallen and ended. `began`: of the monotonic clock."""
        for blow in plan.blows:
            self._end_those_before(began + blow.at_s)
            _sleep_until(began + blow.at_s)
            if time.monotonic() > began + blow.at_s + LATE_S:
                self._count("too late, left out")  # nothing is hit twice before it could stand up again
            else:
                self._fall(blow)
        self._end_those_before(float("inf"))

    def heal(self) -> None:
        """Nothing is spoilt any more, and every process lives."""
        for name in ("sandbox", "worker", "beat"):
            if self._province.stack.system.children.running[name].poll() is not None:
                self._province.stack.restart(name)
        self._province.sandbox.control("DELETE", "/faults")
        self._province.sandbox.control("PUT", "/platform/settings", {"rate_per_s": None, "maintenance_s": 0})

    def _fall(self, blow: Blow) -> None:
        if blow.what == "kill":
            self._kill(blow)
            return
        control, ends = self._province.at_once.control, time.monotonic() + blow.for_s
        with contextlib.suppress(requests.ConnectionError, requests.Timeout):
            if blow.what == "fault":
                made = control("POST", "/faults", {"target": "platform", **blow.which})
                self._ends.append((ends, blow, made["id"]))
            elif blow.what == "rate":
                control("PUT", "/platform/settings", {"rate_per_s": blow.which})
                self._ends.append((ends, blow, None))
            else:
                control("PUT", "/platform/settings", {"maintenance_s": blow.for_s})
            self._count(f"fault {blow.which['kind']}" if blow.what == "fault" else blow.what)

    def _end_those_before(self, moment: float) -> None:
        while self._ends and min(self._ends, key=lambda end: end[0])[0] < moment:
            ends, blow, fault = min(self._ends, key=lambda end: end[0])
            self._ends.remove((ends, blow, fault))
            _sleep_until(ends)
            with contextlib.suppress(requests.ConnectionError, requests.Timeout):
                if fault is None:
                    self._province.at_once.control("PUT", "/platform/settings", {"rate_per_s": None})
                else:
                    self._province.at_once.control("DELETE", "/faults", {"id": fault})

    def _kill(self, blow: Blow) -> None:
        """kill -9; a web worker comes back by its server, the others are started again after a while."""
        stack, since = self._province.stack, datetime.now(UTC)
        if blow.which == "web worker":
            if not stack.web_workers():
                return
            stack.kill_web_worker()
        else:
            stack.kill(blow.which)
            time.sleep(blow.for_s)
            stack.restart(blow.which)
        if blow.which == "sandbox":
            self._ends.clear()  # what was ordered is forgotten with it
            self._province.sandbox.control("GET", "/clock")
        self.downs.append(Down(blow.which, since, datetime.now(UTC)))
        self._count(f"kill {blow.which}")
        self._wait_until_up()

    def _wait_until_up(self) -> None:
        """Every process works again: who is killed while starting proves nothing. At most a minute."""
        end, stack = time.monotonic() + UP_S, self._province.stack
        while time.monotonic() < end and not (len(stack.web_workers()) >= WEB_WORKERS and self._waiting() <= FEW):
            time.sleep(0.2)

    def _waiting(self) -> int:
        """Jobs that no worker has taken yet."""
        return int(self._jobs.llen("xinyi"))

    def _count(self, name: str) -> None:
        self.counts[name] = self.counts.get(name, 0) + 1


def _sleep_until(moment: float) -> None:
    time.sleep(max(0.0, moment - time.monotonic()))
