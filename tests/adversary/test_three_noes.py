"""No such code, not consented, not eligible: a merchant can't tell which, by the answer or by how long it takes (T6).

`make proof-three-noes` asks 2,000 of each kind at each door, interleaved by chance, and prints medians and the
two-sample Kolmogorov-Smirnov statistics; none may be significant at 5 % over all of them together. In every round
each of them waits for its beat (docs/decisions/0195). It wants a machine on which a no takes well under a beat.

Breaks tried, each fails the small round: no `on_the_beat` at verification, order and check; a no of its own for a code
that ran out. Without any beat the statistics stood at 0.35 to 0.71 where 0.2 would have been chance.
"""

import math
import os
import random
import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import combinations
from statistics import median

import psycopg
import pytest
from flask import Flask

from app.kernel import beats
from app.kernel.beats import LATE
from tests.adversary.noes import KINDS, Door, Noes
from tests.adversary.parties import Party
from tests.adversary.test_matrix import seen
from tests.merchant_api.conftest import till_of
from tests.merchant_api.till import Till

__all__ = ["till_of"]
FULL = os.environ.get("PROOF") == "full"
TIMES = int(os.environ.get("NOES", "2000" if FULL else "5"))
PAIRS = 4 * 3
BEAT_MS = int(os.environ.get("BEAT_MS", "100" if FULL else "1"))
# what differs by itself: the numbers that the merchant or we gave to this check, and its end
OWN = re.compile(rb'"(?:check_no|out_check_no|expires_at)":"[^"]*"')


@pytest.fixture
def noes(app: Flask, db: psycopg.Connection, till_of: Callable[..., Till], monkeypatch: pytest.MonkeyPatch) -> Noes:
    monkeypatch.setitem(app.extensions["settings"]._values, "NO_BEAT_MS", BEAT_MS)
    return Noes(app, db, Party(app, db, till_of(1, "public_body"), "N"))


def test_three_noes_are_one(noes: Noes, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    waited, wait = list[float](), beats._wait
    monkeypatch.setattr(beats, "_wait", lambda began: (waited.append(began), wait(began)))
    critical = math.sqrt(-math.log(0.05 / PAIRS / 2) / 2) * math.sqrt(2 / TIMES)
    told, significant = [], []
    doors = list(noes.doors())
    with ThreadPoolExecutor(len(doors)) as pool:  # most of the time they wait
        measured = list(pool.map(lambda door: asked(noes, door), doors))
    assert len(waited) == len(doors) * len(KINDS) * TIMES, "every no waits for its beat"
    for door, took in zip(doors, measured, strict=True):
        medians = ", ".join(f"{kind} {median(took[kind]) * 1000:.2f} ms" for kind in KINDS)
        for one, other in combinations(KINDS, 2):
            distance = apart(took[one], took[other])
            told.append(f"{door.name:12} {one} / {other}: D = {distance:.4f} (critical {critical:.4f}); {medians}")
            if distance > critical:
                significant.append(told[-1])
    if FULL:
        with capsys.disabled():
            print("", f"{TIMES} of each kind at each door", *told, sep="\n")
        assert significant == []


def test_a_no_that_misses_its_beat_is_counted(noes: Noes, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that an operator learns when the beat no longer covers what deciding takes."""
    monkeypatch.setitem(app.extensions["settings"]._values, "NO_BEAT_MS", 1)
    before = LATE._value.get()
    assert noes.party.till.post("/v3/xinyi/verifications", {"presentation": "0" * 22}).json["eligible"] is False
    assert LATE._value.get() == before + 1


def asked(noes: Noes, door: Door) -> dict[str, list[float]]:
    """Seconds that each call took, by kind; every answer is the same to the byte."""
    order = list(KINDS) * TIMES
    random.shuffle(order)
    took: dict[str, list[float]] = {kind: [] for kind in KINDS}
    answers, client = set(), noes.app.test_client()
    for kind in order:
        method, path, body = door.calls[kind]()
        headers = {"Authorization": noes.party.till.authorize(method, path, body), "Content-Type": "application/json"}
        began = time.perf_counter()
        answer = client.open(path, method=method, data=body or None, headers=headers)
        took[kind].append(time.perf_counter() - began)
        status, data, head = seen(answer)
        answers.add((status, OWN.sub(b"", data), tuple(sorted(head.items()))))
    assert len(answers) == 1, (door.name, answers)
    return took


def apart(one: list[float], other: list[float]) -> float:
    """The greatest distance between the two empirical distributions."""
    merged = sorted([(each, 0) for each in one] + [(each, 1) for each in other])
    counts, worst = [0, 0], 0.0
    for _, which in merged:
        counts[which] += 1
        worst = max(worst, abs(counts[0] / len(one) - counts[1] / len(other)))
    return worst
