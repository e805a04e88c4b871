"""From the overdue thing, or the unpaid bill, to the breach: each step told to the citizen, never while they object.

Breaks that were tried, and seen here: the hook left out (nobody is told, the order knows nothing of its breach), a bill
that goes on from an earlier reminder, a dismissal after which the payment's clock doesn't begin.
"""

from typing import Any

import psycopg
import pytest

from app.appeals import settling
from app.appeals.settling import Settlement
from app.benefits import claiming, expiring, presenting
from app.benefits.models import Entitlement
from tests.orders.conftest import Counter, Phone, notified, usages

STEPS = [("order_overdue", 250), ("order_reminder", 250), ("order_breached", 250)]


@pytest.fixture
def time_passes(app: Any, db: psycopg.Connection) -> Any:
    """`time_passes(steps)`: whatever the clock has to do next is due now, so many times; the state then."""
    def passed(steps: int) -> str:
        for _ in range(steps):
            db.execute("UPDATE entitlements SET due_at = now() - interval '1 minute' WHERE due_at IS NOT NULL")
            with app.app_context():
                assert expiring.run_due(1) == 1
        return str(state(db))

    return passed


def state(db: psycopg.Connection) -> Any:
    row = db.execute("SELECT state FROM entitlements").fetchone()
    return row and row[0]


def test_an_unpaid_order_is_breached_after_reminder_and_time_to_object(
        counter: Counter, lin: Phone, db: psycopg.Connection, told: list[Any], time_passes: Any) -> None:
    out = counter.running(lin)
    counter.complete(out, 250)
    del told[:]
    assert (time_passes(1), told) == ("overdue", STEPS[:1])
    assert (time_passes(1), told) == ("reminded", STEPS[:2])
    due = db.execute("SELECT due_move, due_at - now() > interval '4 days' FROM entitlements").fetchone()
    assert due == ("breach", True), "five working days to object"
    assert (time_passes(1), told) == ("breached", STEPS)
    assert usages(db) == [("breached", 3000, 0)]
    assert lin.get("/api/v1/orders").json["items"][0]["breached"] is True
    found = counter.query(out).json
    assert (found["state"], found["collection"]["state"], "breached" in found) == ("DOING", "USER_PAYING", False)
    assert counter.tell(out, "cancel", reason="x").json["code"] == "INVALID_ORDER_STATE"
    assert counter.paid(out).json["state"] == "DONE"
    assert usages(db) == [("breached", 3000, 0)], "paid late: what was is not undone, and not told twice"
    assert notified(db) == ["PAYSCORE.USER_CONFIRM", "PAYSCORE.USER_PAID"]


def test_a_bill_after_a_reminder_starts_anew(counter: Counter, lin: Phone, told: list[Any], time_passes: Any) -> None:
    out = counter.running(lin)
    assert time_passes(2) == "reminded"
    assert counter.complete(out, 250).status_code == 200
    assert time_passes(1) == "overdue"
    assert [each[0] for each in told] == ["order_confirmed", "order_overdue", "order_reminder", "order_reminder",
                                          "order_overdue"]


def test_what_is_not_brought_back_is_breached_and_can_be_completed_after(
        counter: Counter, lin: Phone, db: psycopg.Connection, time_passes: Any) -> None:
    out = counter.running(lin)
    assert time_passes(3) == "breached"
    assert counter.tell(out, "cancel", reason="x").json["code"] == "INVALID_ORDER_STATE"
    assert counter.complete(out, 3000).json["state_description"] == "MCH_COMPLETE"
    assert counter.paid(out).json["state"] == "DONE"
    assert usages(db) == [("breached", 3000, 0)]


def objects(lin: Phone) -> str:
    about = lin.get("/api/v1/orders").json["items"][0]["entitlement_id"]
    answer = lin.post("/api/v1/appeals", {"about": {"kind": "entitlement", "id": about}, "text": "我已归还"})
    assert answer.status_code == 201, answer.text
    return str(answer.json["appeal_no"])


def settle(app: Any, appeal_no: str, move: str) -> None:
    outcome = "upheld" if move in ("accept_objection", "overturn") else "dismissed"
    with app.app_context():
        settling.settle(appeal_no, Settlement(outcome, "已核实。", move), "staff:test")


def test_while_the_citizen_objects_nothing_is_taken(counter: Counter, lin: Phone, app: Any, db: psycopg.Connection,
                                                    sandbox: Any, time_passes: Any) -> None:
    """The bill waits for staff; their dismissal starts its clock, and the whole way to the breach begins anew."""
    out = counter.running(lin)
    time_passes(2)
    appeal = objects(lin)
    assert counter.complete(out, 250).status_code == 200
    assert state(db) == "objected"
    assert db.execute("SELECT due_at FROM entitlements").fetchone() == (None,)
    settle(app, appeal, "dismiss_objection")
    assert state(db) == "owed"
    assert (time_passes(2), usages(db)) == ("reminded", [])
    assert counter.paid(out).json["state"] == "DONE"
    assert (usages(db), state(db)) == ([("fulfilled", 3000, 250)], "returned")


def test_an_objection_that_is_upheld_ends_it(counter: Counter, lin: Phone, app: Any, db: psycopg.Connection,
                                             sandbox: Any, time_passes: Any) -> None:
    out = counter.running(lin)
    time_passes(1)
    settle(app, objects(lin), "accept_objection")
    assert (usages(db), state(db)) == ([("fulfilled", 3000, 0)], "returned")
    assert counter.complete(out, 250).status_code == 200
    assert counter.paid(out).json["state"] == "DONE"
    assert len(usages(db)) == 1


def test_a_breach_that_staff_take_back(counter: Counter, lin: Phone, app: Any, db: psycopg.Connection, sandbox: Any,
                                       time_passes: Any) -> None:
    counter.running(lin)
    time_passes(3)
    settle(app, objects(lin), "overturn")
    assert [row[0] for row in usages(db)] == ["breached", "reversed"]
    assert db.execute("SELECT breached_at FROM service_orders").fetchone() == (None,)


def test_what_was_opened_by_a_code_is_told_of_too(counter: Counter, lin: Phone, app: Any, db: psycopg.Connection,
                                                  told: list[Any], time_passes: Any) -> None:
    with app.app_context():
        granted = claiming.claim(lin.citizen, counter.offer.id, None, None)
        assert isinstance(granted, Entitlement)
        code = presenting.present(lin.citizen.id, granted.id).code
    counter.till.post("/v3/xinyi/redemptions", {"out_redemption_no": "C-1", "presentation": code,
                                                "service_id": counter.offer.service_id, "amount": {"waived": 2500}})
    time_passes(3)
    assert told == [("order_overdue", 2500), ("order_reminder", 2500), ("order_breached", 2500)]
