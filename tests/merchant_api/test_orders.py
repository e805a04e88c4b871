"""Handing over, bringing back, and taking back: an order's usage is written at its end, and only once."""

import itertools
import json
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest

from app.benefits import expiring, life
from app.benefits.models import Entitlement, Offer
from app.benefits.needing import Said
from app.kernel import clock
from app.kernel.db import transaction
from app.scenario.contract import Role
from tests.benefits import ground
from tests.merchant_api.till import Till

Show = Callable[..., tuple[uuid.UUID, str]]
GONE = (404, "RESOURCE_NOT_EXISTS")
WRONG = (400, "INVALID_REQUEST")
PARAM = (400, "PARAM_ERROR")
_numbers = itertools.count(1)


def no(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json["code"]


@pytest.fixture
def redeem(till: Till, show: Show) -> Callable[..., tuple[uuid.UUID, str]]:
    """`redeem(offer)`: shown and redeemed; gives (entitlement id, the path of the redemption)."""

    def done(offer: Offer, number: int = 1, **other: Any) -> tuple[uuid.UUID, str]:
        entitlement_id, code = show(offer, number)
        out = f"ORD-{next(_numbers):06d}"
        answer = till.post("/v3/xinyi/redemptions", {"out_redemption_no": out, "presentation": code,
                                                     "service_id": offer.service_id, **other})
        assert answer.status_code == 200, answer.text
        return entitlement_id, f"/v3/xinyi/redemptions/{out}"

    return done


Redeem = Callable[..., tuple[uuid.UUID, str]]


def state(db: psycopg.Connection, entitlement_id: uuid.UUID) -> tuple[Any, ...] | None:
    return db.execute("SELECT state, final, quota_held FROM entitlements WHERE id = %s", (entitlement_id,)).fetchone()


def usages(db: psycopg.Connection, entitlement_id: uuid.UUID) -> list[Any]:
    return db.execute("SELECT outcome, waived_fen, paid_fen, corrects IS NOT NULL FROM usages "
                      "WHERE entitlement_id = %s ORDER BY ordinal", (entitlement_id,)).fetchall()


def test_the_usage_of_an_order_is_written_at_its_completion(till: Till, rental: Offer, redeem: Redeem,
                                                            db: psycopg.Connection) -> None:
    entitlement_id, path = redeem(rental, amount={"waived": 3000})
    assert usages(db, entitlement_id) == []
    assert till.get(path).json["state"] == "open"
    body = {"total_amount": 250, "post_payments": [{"name": "租金", "amount": 300, "count": 1}],
            "post_discounts": [{"name": "会员减免", "amount": 50}], "note": "完好"}
    done = till.post(f"{path}/completion", body)
    assert done.status_code == 200, done.text
    assert (done.json["state"], done.json["completion"]["total_amount"]) == ("done", 250)
    assert usages(db, entitlement_id) == [("fulfilled", 3000, 250, False)]
    assert till.post(f"{path}/completion", body).json == done.json
    assert no(till.post(f"{path}/completion", {**body, "note": "有划痕"})) == WRONG
    assert till.get(path).json == done.json
    assert state(db, entitlement_id) == ("returned", True, True)
    assert db.execute("SELECT count(*) FROM outbox WHERE topic = 'usage'").fetchone() == (1,)


def test_the_answer_of_the_redemption_stays_the_same_after_its_completion(till: Till, rental: Offer,
                                                                          show: Show) -> None:
    _, code = show(rental)
    body = {"out_redemption_no": "SAME-1", "presentation": code, "service_id": rental.service_id}
    first = till.post("/v3/xinyi/redemptions", body).json
    till.post("/v3/xinyi/redemptions/SAME-1/completion", {"total_amount": 100})
    assert till.post("/v3/xinyi/redemptions", body).json == first
    till.post("/v3/xinyi/redemptions/SAME-1/reversal", {"reason": "录错"})
    assert till.post("/v3/xinyi/redemptions", body).json == first


def in_seconds(seconds: float) -> str:
    return (clock.now() + timedelta(seconds=seconds)).isoformat()


@pytest.mark.parametrize("body", [
    {"total_amount": 100, "post_payments": [{"name": "租金", "amount": 99}]},
    {"total_amount": 0, "post_discounts": [{"name": "减免", "amount": 1}]},
    {"total_amount": -1}, {"total_amount": 1.5}, {"total_amount": "1"}, {}, {"total_amount": 1, "grade": "A"},
    {"total_amount": 1, "ended_at": "2026-11-23"}, {"total_amount": 1, "ended_at": "2026-11-23T09:30:00"},
    {"total_amount": 1, "ended_at": "2020-01-01T00:00:00+08:00"},
    {"total_amount": 1, "ended_at": "2099-01-01T00:00:00+08:00"},
    {"total_amount": 1, "ended_at": "2026-02-30T00:00:00+08:00"},
    {"total_amount": 1, "ended_at": "0001-01-01T00:00:00+08:00"},
    {"total_amount": 1, "ended_at": "9999-12-31T23:59:59-08:00"},
    {"total_amount": 1, "ended_at": "2026-11-23T24:00:00+08:00"},
    {"total_amount": 1, "ended_at": "2026-11-23T09:30:00+99:00"},
    {"total_amount": 1, "post_payments": [{"name": "", "amount": 1}]},
    {"total_amount": 1, "post_payments": [{"name": "租金", "amount": 1}] * 101}])
def test_a_completion_must_make_sense(till: Till, rental: Offer, redeem: Redeem, body: dict[str, Any],
                                      db: psycopg.Connection) -> None:
    entitlement_id, path = redeem(rental)
    assert no(till.post(f"{path}/completion", body)) == PARAM
    assert usages(db, entitlement_id) == []
    assert till.post(f"{path}/completion", {"total_amount": 0, "ended_at": in_seconds(1)}).status_code == 200


def test_a_voucher_has_nothing_to_complete(till: Till, voucher: Offer, redeem: Redeem) -> None:
    _, path = redeem(voucher)
    assert no(till.post(f"{path}/completion", {"total_amount": 0})) == WRONG


def test_a_reversal_gives_entitlement_and_quota_back(till: Till, app: Any, redeem: Redeem, db: psycopg.Connection,
                                                     again: Callable[[uuid.UUID], str]) -> None:
    """The entitlement is in hand again with its one place; used again it is reported again; given back, the place
    is free. Fails where the reversal doesn't move the entitlement, or the place is counted twice.
    """
    with app.app_context():
        offer = ground.voucher(value_fen=1800, quota_total=1)
    entitlement_id, path = redeem(offer)
    back = till.post(f"{path}/reversal", {"reason": "误核销"})
    assert back.status_code == 200, back.text
    assert (back.json["state"], back.json["reversal"]["reason"]) == ("reversed", "误核销")
    assert till.post(f"{path}/reversal", {"reason": "误核销"}).json == back.json
    assert no(till.post(f"{path}/reversal", {"reason": "另一个理由"})) == WRONG
    assert usages(db, entitlement_id) == [("fulfilled", 1800, 0, False), ("reversed", 1800, 0, True)]
    assert state(db, entitlement_id) == ("ready", False, True)
    assert db.execute("SELECT granted FROM offers WHERE id = %s", (offer.id,)).fetchone() == (1,)

    second = till.post("/v3/xinyi/redemptions", {"out_redemption_no": "AFTER-1", "presentation": again(entitlement_id),
                                                 "service_id": offer.service_id})
    assert second.status_code == 200, second.text
    assert [row[0] for row in usages(db, entitlement_id)] == ["fulfilled", "reversed", "fulfilled"]
    till.post("/v3/xinyi/redemptions/AFTER-1/reversal", {"reason": "误核销"})
    corrected = db.execute("SELECT count(DISTINCT corrects) FROM usages WHERE corrects IS NOT NULL").fetchone()
    assert corrected == (2,), "each reversal names its own redemption's usage"
    db.execute("UPDATE entitlements SET valid_from = now() - interval '2 days', valid_to = now(), due_at = now()")
    with app.app_context():
        assert expiring.run_due() == 1
    assert db.execute("SELECT granted FROM offers WHERE id = %s", (offer.id,)).fetchone() == (0,)


def test_a_spent_code_stays_spent_after_a_reversal(till: Till, voucher: Offer, show: Show) -> None:
    """Fails where only the entitlement's state is looked at, which is as it was before."""
    _, code = show(voucher)
    body = {"out_redemption_no": "SPENT-1", "presentation": code, "service_id": voucher.service_id}
    assert till.post("/v3/xinyi/redemptions", body).status_code == 200
    assert till.post("/v3/xinyi/redemptions/SPENT-1/reversal", {"reason": "误核销"}).status_code == 200
    assert till.post("/v3/xinyi/verifications", {"presentation": code}).json["eligible"] is False
    assert no(till.post("/v3/xinyi/redemptions", {**body, "out_redemption_no": "SPENT-2"})) == GONE


def test_an_order_taken_back_before_its_end(till: Till, rental: Offer, redeem: Redeem, db: psycopg.Connection) -> None:
    """decisions/0084: reported as reversed, correcting nothing, since nothing had been reported."""
    entitlement_id, path = redeem(rental)
    assert till.post(f"{path}/reversal", {"reason": "设备故障"}).status_code == 200
    assert usages(db, entitlement_id) == [("reversed", 3000, 0, False)]
    assert no(till.post(f"{path}/completion", {"total_amount": 1})) == WRONG
    assert state(db, entitlement_id) == ("ready", False, True)


def test_what_comes_back_can_be_used_again(till: Till, rental: Offer, redeem: Redeem, db: psycopg.Connection,
                                           again: Callable[[uuid.UUID], str]) -> None:
    """Its hold had run out while it was in use. Fails where life.move leaves `valid_to` as it was at the claim."""
    entitlement_id, path = redeem(rental)
    db.execute("UPDATE entitlements SET valid_from = now() - interval '2 days', valid_to = now() - interval '1 day'")
    assert till.post(f"{path}/reversal", {"reason": "设备故障"}).status_code == 200
    second = {"out_redemption_no": "AGAIN-1", "presentation": again(entitlement_id), "service_id": rental.service_id}
    assert till.post("/v3/xinyi/redemptions", second).status_code == 200


def test_a_reversal_comes_in_time_or_not_at_all(till: Till, app: Any, redeem: Redeem, db: psycopg.Connection) -> None:
    """Fails where the offer's own period isn't looked at, or the setting isn't where the offer is silent."""
    with app.app_context():
        short, silent = ground.voucher(reversal_days=1), ground.voucher()
    _, path = redeem(short, 1)
    _, other = redeem(silent, 2)
    db.execute("UPDATE redemptions SET redeemed_at = redeemed_at - interval '25 hours'")
    assert no(till.post(f"{path}/reversal", {"reason": "晚了"})) == WRONG
    assert till.post(f"{other}/reversal", {"reason": "还来得及"}).status_code == 200
    _, late = redeem(silent, 3)
    db.execute("UPDATE redemptions SET redeemed_at = redeemed_at - interval '8 days'")
    assert no(till.post(f"{late}/reversal", {"reason": "晚了"})) == WRONG


def test_overdue_things_may_still_be_brought_back(till: Till, rental: Offer, redeem: Redeem, app: Any,
                                                  db: psycopg.Connection) -> None:
    """The clock's moves: overdue, reminded; then the bringing back ends it without a breach."""
    entitlement_id, path = redeem(rental)
    for expected in ("overdue", "reminded"):
        db.execute("UPDATE entitlements SET due_at = now() - interval '1 minute' WHERE id = %s", (entitlement_id,))
        with app.app_context():
            expiring.run_due(1)
        assert (state(db, entitlement_id) or ("",))[0] == expected
    assert till.post(f"{path}/completion", {"total_amount": 900}).status_code == 200
    assert usages(db, entitlement_id) == [("fulfilled", 3000, 900, False)]


def test_a_breach_is_reported_only_after_the_citizen_was_told(till: Till, rental: Offer, redeem: Redeem, app: Any,
                                                              db: psycopg.Connection) -> None:
    """Fails where Need.TOLD isn't checked: the reminder is struck out of the history, and the breach must wait."""
    entitlement_id, path = redeem(rental)
    for _ in range(2):
        db.execute("UPDATE entitlements SET due_at = now() - interval '1 minute'")
        with app.app_context():
            expiring.run_due(1)
    db.execute("UPDATE entitlement_steps SET move = 'overdue' WHERE move = 'remind'")
    db.execute("UPDATE entitlements SET due_at = now() - interval '1 minute'")
    with app.app_context():
        assert expiring.run_due() == 0
    db.execute("UPDATE entitlement_steps SET move = 'remind' WHERE target = 'reminded'")
    with app.app_context():
        assert expiring.run_due() == 1
    assert usages(db, entitlement_id) == [("breached", 3000, 0, False)]
    assert till.get(path).json["state"] == "breached"
    assert no(till.post(f"{path}/completion", {"total_amount": 1})) == WRONG
    assert no(till.post(f"{path}/reversal", {"reason": "错"})) == WRONG


def test_an_objection_that_staff_accept_ends_the_order(till: Till, rental: Offer, redeem: Redeem, app: Any,
                                                       db: psycopg.Connection) -> None:
    """The merchant hears that it is done, and can't complete it any more. Fails where only the entitlement moves."""
    entitlement_id, path = redeem(rental)
    db.execute("UPDATE entitlements SET due_at = now() - interval '1 minute'")
    with app.app_context():
        expiring.run_due(1)
        for name, role in (("object", Role.CITIZEN), ("accept_objection", Role.STAFF)):
            with transaction() as s:
                life.move(s.get_one(Entitlement, entitlement_id), name, role, said=Said(reason="已归还"))
    assert usages(db, entitlement_id) == [("fulfilled", 3000, 0, False)]
    assert till.get(path).json["state"] == "done"
    assert no(till.post(f"{path}/completion", {"total_amount": 1})) == WRONG


def test_the_deadline_counts_from_the_handing_over(rental: Offer, redeem: Redeem, db: psycopg.Connection) -> None:
    entitlement_id, _ = redeem(rental)
    row = db.execute("SELECT promised_at, due_at, due_move FROM entitlements WHERE id = %s",
                     (entitlement_id,)).fetchone()
    assert row is not None
    promised, due, move = row
    assert isinstance(promised, datetime)
    assert abs(promised - clock.now() - timedelta(days=3)) < timedelta(minutes=1)
    assert (due - promised, move) == (timedelta(hours=24), "overdue")


def test_merchants_dont_meet(till: Till, till_of: Callable[..., Till], rental: Offer, voucher: Offer, redeem: Redeem,
                             show: Show) -> None:
    """C32: B's key with A's numbers finds nothing, on every route. Fails where a read forgets the merchant."""
    _, path = redeem(rental)
    number = till.get(path).json["entitlement_no"]
    other = till_of(2)
    body_gov = till_of(3, "public_body")
    by_number = {"out_redemption_no": "B-1", "entitlement_no": number, "service_id": rental.service_id}
    for method, target, body in (
        ("GET", path, b""), ("POST", f"{path}/completion", b'{"total_amount": 0}'),
        ("POST", f"{path}/reversal", b'{"reason": "x"}'),
        ("POST", "/v3/xinyi/redemptions", json.dumps(by_number).encode())):
        assert no(other.send(method, target, body)) == GONE, target
    for target, sent in (("", None), ("/acceptance", b"{}"), ("/fulfilment", b"{}"),
                         ("/supplement", b'{"missing": ["x"], "due": "2026-12-31"}'),
                         ("/rejection", b'{"legal_ground": "x", "reason": "x"}'),
                         (f"/documents/{uuid.uuid4()}", None)):
        address = f"/v3/xinyi/applications/{number}{target}"
        method = "GET" if sent is None else "POST"
        assert no(body_gov.send(method, address, sent or b"")) == GONE, target
        assert no(other.send(method, address, sent or b"")) == (403, "NO_AUTH"), target
