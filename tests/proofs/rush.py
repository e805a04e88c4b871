"""Claimants who all want the same offer at once, and don't give up where an answer gets lost."""

import os
import signal
import threading
import time
import uuid
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import requests

from tests.journeys.walker import Walker
from tests.journeys.world import World

AGAIN = 5  # every fifth claim is sent once more, though it was answered
PAUSE_S = 0.2
GIVE_UP_S = 120.0


@dataclass
class Rush:
    """`answered`: key → every entitlement that a 201 named for it. `told`: how often which answer came."""

    offer_id: str
    answered: dict[str, set[str]] = field(default_factory=dict)
    told: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self, walkers: list[Walker], claims: int) -> None:
        """`claims` claims in all, by all of them at once. Raises what a claimant has to complain of."""
        each = claims // len(walkers)
        with ThreadPoolExecutor(len(walkers)) as pool:
            for done in [pool.submit(self._claimant, walker, each) for walker in walkers]:
                done.result()

    def _claimant(self, walker: Walker, claims: int) -> None:
        for number in range(claims):
            key = uuid.uuid4().hex
            self._until_told(walker, key)
            if number % AGAIN == 0:
                self._until_told(walker, key)

    def _until_told(self, walker: Walker, key: str) -> None:
        """With the same key until there is a yes or a no. Anything else that answers is a fault of ours."""
        end = time.monotonic() + GIVE_UP_S
        while time.monotonic() < end:
            try:
                answer = walker.claim(self.offer_id, key=key)
            except requests.RequestException:
                self._note("no answer")
                time.sleep(PAUSE_S)
                continue
            told = answer.json
            code = "granted" if answer.status_code == 201 else told["code"]
            self._note(code)
            if code == "granted":
                with self.lock:
                    self.answered.setdefault(key, set()).add(told["id"])
                return
            if code == "SOLD_OUT":
                return
            assert answer.status_code in (409, 503), f"{answer.status_code} {answer.text}"
            time.sleep(PAUSE_S)  # a twin in flight, or the service busy: Retry-After asks for no more than patience
        raise AssertionError(f"{key} was not answered within {GIVE_UP_S} s")

    def _note(self, what: str) -> None:
        with self.lock:
            self.told[what] += 1


class Killer(threading.Thread):
    """kill -9 one of `victims` ("web": a web worker, "database": a backend of PostgreSQL, which then throws out every
    connection and recovers) each time that another part of the quota was granted.
    """

    def __init__(self, world: World, rush: Rush, quota: int, victims: Sequence[str]) -> None:
        super().__init__(daemon=True)
        self.world, self.rush, self.quota, self.victims = world, rush, quota, victims
        self.killed: list[int] = []

    def run(self) -> None:
        for number, victim in enumerate(self.victims):
            while len(self.rush.answered) < self.quota * (number + 1) // (len(self.victims) + 2):
                time.sleep(0.005)
            self.killed.append(self.world.stack.kill_web_worker() if victim == "web" else self._kill_backend())

    def _kill_backend(self) -> int:
        pid = int(self.world.sql("SELECT pid FROM pg_stat_activity WHERE datname = 'xinyi' AND pid <> pg_backend_pid()"
                                 " ORDER BY xact_start DESC NULLS LAST LIMIT 1")[0][0])
        os.kill(pid, signal.SIGKILL)
        return pid


def claimants(world: World, count: int, offer_id: str) -> list[Walker]:
    """So many people who may have the offer, logged in, verified, and agreed."""
    def make(_: int) -> Walker:
        walker = world.citizen(world.newcomer(red_lists=["outstanding_youth_volunteer"]))
        walker.agree(offer_id)
        assert walker.decide(offer_id)["eligible"] is True
        return walker

    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(make, range(count)))
