"""Phones and tills that don't give up where an answer gets lost, and keep count of what they were told."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import requests

from tests.journeys.wire import Answer, Wire
from tests.merchant_api.till import Till

GIVE_UP_S = 150.0
PAUSE_S, LONGEST_PAUSE_S = 0.3, 3.0
LATER = {"IDEMPOTENCY_KEY_IN_FLIGHT", "RATE_LIMITED", "RATELIMIT_EXCEEDED", "FREQUENCY_LIMITED"}


class GaveUp(Exception):
    """Nobody said yes or no for as long as a person waits; the ordinary way was open all along."""


class Tally:
    """What came back over all wires. `broken`: answers that are a fault of ours, as (path, status, code)."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.told: Counter[str] = Counter()
        self.broken: list[tuple[str, int, str]] = []

    def note(self, what: str) -> None:
        with self._lock:
            self.told[what] += 1

    def answer(self, path: str, answer: Answer) -> bool:
        """Count it; whether it is a yes or a no, and not a "later"."""
        code = answer.json.get("code", "") if answer.status_code >= 400 and isinstance(answer.json, dict) else ""
        self.note(f"{answer.status_code} {code}".strip())
        if answer.status_code >= 500 and (answer.status_code != 503 or not code):
            with self._lock:
                self.broken.append((path, answer.status_code, code))
        return not (answer.status_code == 503 or code in LATER)

    def until_told(self, path: str, call: Callable[[], Answer]) -> Answer:
        """The first yes or no. Raises GaveUp."""
        end, pause = time.monotonic() + GIVE_UP_S, PAUSE_S
        while time.monotonic() < end:
            try:
                answer = call()
            except requests.RequestException:
                self.note("no answer")
            else:
                if self.answer(path, answer):
                    return answer
            time.sleep(pause)
            pause = min(LONGEST_PAUSE_S, pause * 1.5)
        raise GaveUp(path.partition("?")[0])


class CountedWire(Wire):
    """One connection whose answers are counted by whoever waits for them."""

    def __init__(self, base_url: str, tally: Tally) -> None:
        super().__init__(base_url)
        self.tally = tally


class PatientWire(CountedWire):
    """The same call again, with the same Idempotency-Key, until there is a yes or a no."""

    def open(self, path: str, method: str = "GET", **more: Any) -> Answer:
        return self.tally.until_told(path, lambda: Wire.open(self, path, method, **more))


class PatientTill(Till):
    """The same call again under a new nonce and signature; its `client` is a CountedWire."""

    def send(self, method: str, path: str, body: bytes, authorization: str | None = None,
             headers: dict[str, str] | None = None) -> Any:
        def once() -> Any:
            return Till.send(self, method, path, body, authorization, headers)

        return self.client.tally.until_told(path, once)
