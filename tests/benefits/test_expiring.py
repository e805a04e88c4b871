"""The clock: over by date at once, moved by the scheduler soon after, and one bad thing stops no other."""

from datetime import timedelta
from typing import Any

import psycopg
import pytest

from app.benefits import cancelling, claiming, expiring, facts, life, queries, quotas, showing
from app.benefits.errors import EntitlementNotFound, WrongState
from app.benefits.models import Entitlement
from app.identity import erasing
from app.kernel import clock
from app.kernel.db import transaction
from app.scenario.contract import Role
from tests.benefits import ground

pytestmark = pytest.mark.usefixtures("inside")


def later(monkeypatch: pytest.MonkeyPatch, **span: Any) -> None:
    """From now on it is later."""
    moment = clock.now() + timedelta(**span)
    monkeypatch.setattr(clock, "now", lambda: moment)


def held(**offer: Any) -> Entitlement:
    """Lin's umbrella, held for two hours."""
    made = ground.offer(quota_total=5, **offer)
    return claiming.claim(ground.ready(1, made), made.id, None, None)


def state(db: psycopg.Connection) -> tuple[str, bool, bool, int]:
    return db.execute("SELECT e.state, e.final, e.quota_held, o.granted FROM entitlements e, offers o").fetchone()


def test_over_by_its_date_while_the_scheduler_sleeps(db: psycopg.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    """Shown, filtered, counted and refused as expired from the very moment on; the row is still as it was."""
    got = held()
    lin = got.citizen_id
    moment = got.valid_to - timedelta(microseconds=1)
    monkeypatch.setattr(clock, "now", lambda: moment)
    assert showing.entitlement(got)["state"] == "ready"
    monkeypatch.setattr(clock, "now", lambda: got.valid_to)
    shown = showing.entitlement(got)
    assert (shown["state"], shown["state_label"], shown["final"], shown["next"]) == ("expired", "已过期", True, [])
    assert {name: len(queries.own_page(lin, {"state": name, "limit": 5})[0]) for name in ("ready", "expired", "used")
            } == {"ready": 0, "expired": 1, "used": 0}
    assert facts._count_open(lin, "rental") == 0
    with pytest.raises(WrongState) as no:
        cancelling.cancel(_citizen(lin), got.id)
    assert no.value.extra == {"state": "expired"}
    assert state(db) == ("ready", False, True, 1)


def test_the_scheduler_gives_the_place_back(db: psycopg.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    """An unused hold ends after its minutes. Once: a second run finds nothing."""
    held()
    assert expiring.run_due() == 0
    later(monkeypatch, minutes=120)
    assert expiring.run_due() == 1
    assert state(db) == ("expired", True, False, 0)
    assert expiring.run_due() == 0
    assert db.execute("SELECT move, by FROM entitlement_steps ORDER BY at").fetchall() == [
        ("claim", "citizen"), ("expire", "clock")]


def test_the_timers_of_an_order_in_use(db: psycopg.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    """Overdue after the days and the grace, reminded at once, breached only after the time to object.

    What is in use doesn't run out by the hold's date.
    """
    got = held()
    with transaction() as s:
        fresh = s.get_one(Entitlement, got.id, with_for_update=True)
        life.move(fresh, "hand_over", Role.MERCHANT)
    assert expiring.state_at(fresh, fresh.valid_to + timedelta(days=1)) == "in_use"
    later(monkeypatch, days=3, hours=23)
    assert expiring.run_due() == 0
    later(monkeypatch, hours=2)
    assert expiring.run_due() == 2
    assert state(db)[0] == "reminded"
    assert expiring.run_due() == 0
    later(monkeypatch, days=12)
    assert expiring.run_due() == 1
    assert state(db)[0] == "breached"
    assert db.execute("SELECT outcome FROM usages").fetchall() == [("breached",)]


def test_one_that_cannot_be_moved_stops_no_other(db: psycopg.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest is broken (its due move is none of the table): the others are moved, and only moves are counted."""
    offer = ground.voucher()
    lin = ground.ready(1, offer)
    got = [claiming.claim(lin, offer.id, None, None) for _ in range(4)]
    db.execute("UPDATE entitlements SET due_at = now() - interval '1 hour'")
    db.execute("UPDATE entitlements SET due_at = now() - interval '2 hours', due_move = 'explode' WHERE id = %s",
               (got[0].id,))
    assert expiring.run_due(limit=2) == 2
    assert expiring.run_due() == 1
    assert db.execute("SELECT count(*) FROM entitlements WHERE state = 'expired'").fetchone() == (3,)


def test_what_moved_on_meanwhile_is_left_alone(db: psycopg.Connection) -> None:
    """Seen due, and handed over before its lock was had: its next timer isn't fired early."""
    got = held()
    with transaction() as s:
        life.move(s.get_one(Entitlement, got.id, with_for_update=True), "hand_over", Role.MERCHANT)
    assert expiring._run_one(got.id, got.citizen_id) is False
    assert state(db)[0] == "in_use"


def test_cancelling_gives_the_place_back_once(db: psycopg.Connection) -> None:
    """And what is cancelled stays so."""
    got = held(quota_per_day=5)
    lin = _citizen(got.citizen_id)
    assert cancelling.cancel(lin, got.id).state == "cancelled"
    assert state(db) == ("cancelled", True, False, 0)
    assert db.execute("SELECT granted FROM quota_counts").fetchone() == (0,)
    with pytest.raises(WrongState):
        cancelling.cancel(lin, got.id)
    with transaction() as s:
        quotas.give_back(s.get_one(Entitlement, got.id))
    assert state(db) == ("cancelled", True, False, 0)


def test_anothers_is_not_there(db: psycopg.Connection) -> None:
    """T1: the owner is in the SQL."""
    got = held()
    stranger = ground.person(8)
    with pytest.raises(EntitlementNotFound):
        cancelling.cancel(stranger, got.id)
    with pytest.raises(EntitlementNotFound):
        queries.own(stranger.id, got.id)
    assert queries.own_page(stranger.id, {"limit": 5})[0] == []
    assert state(db)[0] == "ready"


def test_what_is_in_hand_cannot_be_cancelled(db: psycopg.Connection) -> None:
    """Used or handed over: the merchant's matter."""
    got = held()
    with transaction() as s:
        life.move(s.get_one(Entitlement, got.id, with_for_update=True), "hand_over", Role.MERCHANT)
    with pytest.raises(WrongState):
        cancelling.cancel(_citizen(got.citizen_id), got.id)


def test_open_orders_hold_a_citizen_who_would_leave(db: psycopg.Connection) -> None:
    """In use: OPEN_ORDERS. Only claimed: given back. Returned: nothing holds them. Their expiry needs no citizen."""
    got = held()
    lin = _citizen(got.citizen_id)
    with transaction() as s:
        life.move(s.get_one(Entitlement, got.id, with_for_update=True), "hand_over", Role.MERCHANT)
    with pytest.raises(erasing.OpenOrders) as no:
        erasing.erase(lin.id)
    assert no.value.extra["open"] == [{"kind": "order", "no": got.entitlement_no}]
    with transaction() as s:
        life.move(s.get_one(Entitlement, got.id, with_for_update=True), "return", Role.MERCHANT)
    other = ground.voucher()
    ground.agrees(lin, other)
    claiming.claim(lin, other.id, None, None)
    erasing.erase(lin.id)
    assert db.execute("SELECT state, count(*) FROM entitlements GROUP BY 1 ORDER BY 1").fetchall() == [
        ("cancelled", 1), ("returned", 1)]
    assert db.execute("SELECT granted FROM offers WHERE id = %s", (other.id,)).fetchone() == (0,)


def _citizen(citizen_id: Any) -> Any:
    return ground.citizens.get(citizen_id)
