"""Racers with real connections: exactly the quota, one entitlement for one key, one winner of each move.

Breaks that were tried, and seen by these tests: `_take_one` that reads `granted` and then writes it (the second test
does it on purpose), the conditions of `_take_one` and of the buckets left out, `_claimed` not asked again under the
citizen's lock.
"""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from app.benefits import cancelling, claiming, expiring, quotas, redeeming
from app.benefits.errors import SoldOut, WrongState
from app.benefits.models import Entitlement, Offer
from app.consent import checking, withdrawing
from app.kernel.db import session, transaction
from app.kernel.errors import Refusal
from tests.benefits import ground

CLAIMANTS, CLAIMS, QUOTA = 50, 1000, 100


def race(app: Any, works: list[Callable[[], Any]], threads: int) -> list[Any]:
    """Run all, `threads` at a time, each in a context and with a connection of its own; what each came to."""
    start = threading.Barrier(threads)
    began = threading.local()

    def run(work: Callable[[], Any]) -> Any:
        if not getattr(began, "yes", False):
            began.yes = True
            start.wait(30)
        with app.app_context():
            try:
                return work()
            except (Refusal, IntegrityError) as no:
                return no

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(run, works))


def claimants(app: Any, count: int, **offer: Any) -> tuple[Offer, list[Any]]:
    with app.app_context():
        made = ground.voucher(**offer)
        return made, [ground.ready(number, made) for number in range(count)]


def the_rush(app: Any, offer: Offer, people: list[Any], claims: int) -> Counter[str]:
    """Each claim twice with the same key, as a phone does that lost the first answer."""
    def one(number: int) -> Callable[[], Any]:
        return lambda: claiming.claim(people[number // 2 % len(people)], offer.id, f"key-{number // 2}", None)

    found = race(app, [one(number) for number in range(claims)], min(len(people), 50))
    return Counter(type(each).__name__ for each in found)


def test_exactly_the_quota(app: Any, db: psycopg.Connection) -> None:
    """P1, a small round: 50 claimants, 1,000 claims, 100 places."""
    offer, people = claimants(app, CLAIMANTS, quota_total=QUOTA, quota_per_day=QUOTA + 50)
    found = the_rush(app, offer, people, CLAIMS)
    assert set(found) == {"Entitlement", "SoldOut"}
    assert db.execute("SELECT granted FROM offers").fetchone() == (QUOTA,)
    assert db.execute("SELECT count(*), count(DISTINCT claim_key || citizen_id) FROM entitlements").fetchone() == (
        QUOTA, QUOTA)
    assert db.execute("SELECT sum(granted) FROM quota_counts").fetchone() == (QUOTA,)


def test_the_same_race_catches_a_read_and_then_a_write(app: Any, db: psycopg.Connection,
                                                       monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: with the count read first and the CHECK away, the race oversells."""
    def naive(offer_id: Any) -> None:
        offer = session().get_one(Offer, offer_id, populate_existing=True)
        if offer.granted >= QUOTA // 5:
            raise SoldOut(quota="total")
        session().execute(text("UPDATE offers SET granted = :next"), {"next": offer.granted + 1})

    monkeypatch.setattr(quotas, "_take_one", naive)
    offer, people = claimants(app, 20, quota_total=QUOTA // 5)
    with without_check(db):
        the_rush(app, offer, people, 400)
        sold = db.execute("SELECT count(*) FROM entitlements").fetchone()
        db.execute("UPDATE offers SET granted = 0")
    assert sold[0] > QUOTA // 5


def test_the_check_alone_holds(app: Any, db: psycopg.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the condition gone from the write, the database refuses what would be too many."""
    def unconditional(offer_id: Any) -> None:
        session().execute(text("UPDATE offers SET granted = granted + 1"))

    monkeypatch.setattr(quotas, "_take_one", unconditional)
    monkeypatch.setattr(quotas, "left", lambda offer: None)
    offer, people = claimants(app, 20, quota_total=10)
    found = the_rush(app, offer, people, 80)
    assert set(found) == {"Entitlement", "IntegrityError"}
    assert db.execute("SELECT granted, (SELECT count(*) FROM entitlements) FROM offers").fetchone() == (10, 10)


def test_the_day_and_the_person_are_exact_too(app: Any, db: psycopg.Connection) -> None:
    """Buckets count as exactly as the offer: 12 a day, 2 for each of 20 people."""
    offer, people = claimants(app, 20, quota_per_day=12, quota_per_person=2)
    found = race(app, [lambda who=who, n=n: claiming.claim(who, offer.id, f"key-{n}", None)
                       for n in range(4) for who in people], 20)
    assert {type(each).__name__ for each in found} <= {"Entitlement", "SoldOut", "LimitReached"}
    assert db.execute("SELECT count(*) FROM entitlements").fetchone() == (12,)
    assert db.execute("SELECT max(granted) FROM quota_counts WHERE bucket LIKE 'person:%'").fetchone()[0] <= 2
    assert db.execute("SELECT granted FROM quota_counts WHERE bucket LIKE 'day:%'").fetchone() == (12,)


def test_one_key_twenty_times_at_once_is_one_entitlement(app: Any, db: psycopg.Connection) -> None:
    """C12: all get the same. Fails where `_claimed` isn't asked again under the citizen's lock."""
    offer, (lin, *_) = claimants(app, 1, quota_total=50)
    found = race(app, [lambda: claiming.claim(lin, offer.id, "key-1", None)] * 20, 20)
    assert {each.id for each in found if isinstance(each, Entitlement)} == {found[0].id}
    assert len(found) == 20
    assert db.execute("SELECT granted FROM offers").fetchone() == (1,)


def test_given_back_once(app: Any, db: psycopg.Connection) -> None:
    """Ten cancel the same: one does, and one place comes back."""
    offer, (lin, *_) = claimants(app, 1, quota_total=5, quota_per_day=5)
    with app.app_context():
        got, _ = claiming.claim(lin, offer.id, "key-1", None), claiming.claim(lin, offer.id, "key-2", None)
    found = race(app, [lambda: cancelling.cancel(lin, got.id)] * 10, 10)
    assert Counter(type(each) for each in found) == {Entitlement: 1, WrongState: 9}
    assert db.execute("SELECT granted, (SELECT granted FROM quota_counts) FROM offers").fetchone() == (1, 1)


def test_claims_and_cancellations_agree_in_the_end(app: Any, db: psycopg.Connection) -> None:
    """Whatever the order: what is granted is what is held (C19: never below, never above)."""
    offer, people = claimants(app, 16, quota_total=10)

    def turn(who: Any, n: int) -> Any:
        return cancelling.cancel(who, claiming.claim(who, offer.id, f"key-{n}", None).id)

    race(app, [lambda who=who, n=n: turn(who, n) if n % 3 else claiming.claim(who, offer.id, f"key-{n}", None)
               for n in range(8) for who in people], 16)
    held = db.execute("SELECT count(*) FROM entitlements WHERE state = 'ready' AND quota_held").fetchone()
    assert held == db.execute("SELECT granted FROM offers").fetchone()
    assert held[0] <= 10


def test_two_runners_of_the_clock_make_each_move_once(app: Any, db: psycopg.Connection) -> None:
    """Forty run out; two schedulers and a citizen who cancels meet: each ends once, every place comes back."""
    offer, people = claimants(app, 8, quota_total=50)
    with app.app_context():
        got = [claiming.claim(who, offer.id, f"key-{n}", None) for n in range(5) for who in people]
    db.execute("UPDATE entitlements SET due_at = now() - interval '1 second'")
    cancels = [lambda who=who, one=one: cancelling.cancel(who, one.id) for one, who in zip(got, people, strict=False)]
    race(app, [expiring.run_due, expiring.run_due, expiring.run_due, *cancels], 11)
    assert db.execute("SELECT granted FROM offers").fetchone() == (0,)
    assert db.execute("SELECT count(*), count(DISTINCT entitlement_id) FROM entitlement_steps WHERE move <> 'claim'"
                      ).fetchone() == (40, 40)


def test_nothing_is_granted_after_a_withdrawal(app: Any, db: psycopg.Connection) -> None:
    """C16: thirty claim while they withdraw: who got something had it before the withdrawal.

    Fails where the consents aren't read again under the lock.
    """
    offer, people = claimants(app, 30)
    with app.app_context():
        consents = [checking.any_live(who.id, "usage.report").id for who in people]
    works = [work for who, consent in zip(people, consents, strict=True)
             for work in (lambda who=who: claiming.claim(who, offer.id, "key-1", None),
                          lambda who=who, consent=consent: withdrawing.withdraw(who, consent))]
    found = race(app, works, 20)
    assert {type(each).__name__ for each in found} <= {"Entitlement", "Consent", "ConsentRequired"}
    late = db.execute("SELECT count(*) FROM entitlements e JOIN consents c ON c.citizen_id = e.citizen_id"
                      " AND c.scope = 'usage.report' WHERE e.created_at > c.withdrawn_at").fetchone()
    assert late == (0,)
    assert db.execute("SELECT count(*) FROM consents WHERE withdrawn_at IS NOT NULL").fetchone() == (30,)


def test_holding_locks_the_citizen_first_and_reads_what_was_done_meanwhile(app: Any, db: psycopg.Connection) -> None:
    """One statement locks both: while it waits for the citizen the entitlement is free, and what was written to it
    meanwhile is what it finds. Fails where it takes the entitlement first, or what its snapshot saw (tried: the
    citizen read without a lock).
    """
    offer, (who,) = claimants(app, 1)
    with app.app_context():
        mine = claiming.claim(who, offer.id, "key-1", None).id

    def held() -> str:
        with app.app_context(), transaction():
            return redeeming.hold(mine, who.id).claim_key

    with ThreadPoolExecutor(1) as pool:
        with db.transaction():
            db.execute("SELECT FROM citizens WHERE id = %s FOR UPDATE", (who.id,))
            waiting = pool.submit(held)
            while not db.execute("SELECT count(*) FROM pg_locks WHERE NOT granted AND %s = ANY (pg_blocking_pids(pid))",
                                 (db.info.backend_pid,)).fetchone()[0]:  # type: ignore[index]
                assert not waiting.done()
            db.execute("SELECT FROM entitlements WHERE id = %s FOR UPDATE NOWAIT", (mine,))
            db.execute("UPDATE entitlements SET claim_key = 'written meanwhile' WHERE id = %s", (mine,))
        assert waiting.result(30) == "written meanwhile"


class without_check:
    """The CHECK behind the quota taken away, and put back."""

    def __init__(self, db: psycopg.Connection) -> None:
        self.db = db

    def __enter__(self) -> None:
        self.db.execute("ALTER TABLE offers DROP CONSTRAINT ck_offers_quota")

    def __exit__(self, *_: object) -> None:
        self.db.execute("ALTER TABLE offers ADD CONSTRAINT ck_offers_quota"
                        " CHECK (granted >= 0 AND (quota_total IS NULL OR granted <= quota_total))")
