"""Revoke ‖ query: once a withdrawal is answered, no query under it reaches the platform, not even one under way.

Each round: three threads ask for Lin's grade over and over, one withdraws at a random moment, mostly while a look
is under way; what the platform (the sandbox, over HTTP) had been asked when the withdrawal was answered is all that
it is ever asked. 60 rounds here, 1,000 by `make proof-revoke` (or any number by REVOKE_ROUNDS); no failure in N rounds
bounds the rate to 3/N.

Breaks that were tried, each fails here: the live check left out of `begin`; no lock there, neither the consent's nor
the citizen's (each alone is enough); no wait in `withdraw`. Two stay as controls below.
"""

import os
import random
import threading
import time

import pytest
from sqlalchemy import exists, select

from app.consent import checking, queries, withdrawing
from app.consent.errors import ConsentRequired
from app.credit import grades, keeping
from app.credit.errors import PlatformUnavailable
from app.credit.models import CreditQuery
from app.identity import queries as citizens
from app.kernel.db import end_reads, session, transaction
from tests.consent import ground

ROUNDS = int(os.environ.get("REVOKE_ROUNDS", "1000" if os.environ.get("PROOF") == "full" else "60"))
SEED = int(os.environ.get("REVOKE_SEED", "20261123"))
ASKERS = 3


def arrived(world, authorization_id):
    """How often the platform was asked under this paper, whatever it answered."""
    told = world.control("GET", "/platform/queries")
    return sum(each["authorization_id"] == authorization_id for each in told["items"] + told["refused"])


def keep_asking(who, start, stop):
    """Ask, forget, ask again, until told that there is no consent."""
    start.wait()
    while not stop.is_set():
        try:
            with transaction():
                citizens.lock(who.id)
                keeping.drop(keeping.locked(who.id))
            grades.freshen(ground.again(who), "rental", ground.USCC)
        except ConsentRequired:
            return
        except PlatformUnavailable:
            pass  # another asker's look was dropped under our hands


def first_look(consent_id):
    """Wait until somebody has begun to ask under this consent."""
    end = time.monotonic() + 5
    while not session().scalar(select(exists().where(CreditQuery.consent_id == consent_id))):
        assert time.monotonic() < end
        end_reads()
        time.sleep(0.002)
    end_reads()


def round_of(app, world, who, rng):
    """How many queries came after the withdrawal was answered."""
    during, delay = rng.random() < 0.8, rng.uniform(0, 0.04)
    consent = ground.registered(who)
    authorization_id = queries.get(consent.id).authorization_id
    start, stop, counted = threading.Barrier(ASKERS + 1), threading.Event(), []

    def withdraw():
        citizen = ground.again(who)
        start.wait()
        if during:
            first_look(consent.id)
        time.sleep(delay)
        withdrawing.withdraw(citizen, consent.id)
        counted.append(arrived(world, authorization_id))
        time.sleep(0.03)
        stop.set()

    threads = [threading.Thread(target=ground.in_context(app, keep_asking, who, start, stop)) for _ in range(ASKERS)]
    threads.append(threading.Thread(target=ground.in_context(app, withdraw)))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return arrived(world, authorization_id) - counted[0]


def rounds(app, world, who, count, slow_every=10):
    """The late queries of each round. Every tenth look is slow at the platform, so that a machine under load, too,
    withdraws while one is under way.
    """
    rng = random.Random(SEED)
    late = []
    for number in range(count):
        if number % 50 == 0:
            world.control("POST", "/reset")
        world.control("DELETE", "/faults")
        world.control("POST", "/faults", {"target": "platform", "path": "/credit-grades/queries", "kind": "latency",
                                          "value": 0.5 if number % slow_every == 0 else 0.01})
        late.append(round_of(app, world, who, rng))
    return late


@pytest.mark.timeout(3600)
def test_no_query_after_the_withdrawal(app, lin, world, db):
    late = rounds(app, world, lin, ROUNDS)
    assert late == [0] * ROUNDS, f"seed {SEED}"
    outside = db.execute("""
        SELECT count(*) FROM credit_queries q JOIN consents c ON c.id = q.consent_id
        WHERE NOT (c.valid_from <= q.asked_at AND q.asked_at < least(c.withdrawn_at, c.valid_to))""").fetchone()[0]
    assert outside == 0, "every query had its live consent when it was written down"
    asked, seen = db.execute("""SELECT (SELECT count(*) FROM credit_queries),
        (SELECT count(*) FROM trail_entries WHERE what = 'grade.query')""").fetchone()
    assert asked == seen >= ROUNDS / 2, "the rounds did ask, and the citizen sees each look"
    assert db.execute("SELECT count(*) FROM credit_queries WHERE state = 'asking'").fetchone() == (0,)


def test_the_proof_sees_a_missing_wait(app, lin, world):
    """Control: without the wait some looks arrive late, and the rounds above would show it."""
    with ground.changed(withdrawing, "QUIET", {}):
        assert sum(rounds(app, world, lin, 5, slow_every=1)) > 0


def test_the_proof_sees_a_missing_check(app, lin, world):
    """Control: asking under a consent that was live a moment ago is asking without one."""
    real = checking.live
    last = {}

    def remembering(*args, lock=False):
        found = real(*args, lock=lock)
        last.update({args: found} if found is not None else {})
        return last.get(args)

    with (ground.changed(checking, "live", remembering),
          ground.changed(checking, "still_live", lambda *_, lock: True)):
        assert sum(rounds(app, world, lin, 5)) > 0
