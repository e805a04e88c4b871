"""An order's states, what each call takes in each of them, and what is reported: docs/explanation/service-orders.md.

Breaks that were tried, and seen here: the digest of a creation not compared, `call_off` left out of a cancellation, a
completion that settles at once though something is owed, a modification upwards let through, `sync` taken before the
completion, a payment notified where nothing was owed, the usage written at the completion and again at the payment.
"""

from typing import Any

import psycopg

from app.orders import expiring
from tests.orders.conftest import APPID, Counter, Phone, body, ending, no, notified, usages

WRONG = (400, "INVALID_REQUEST")
PARAM = (400, "PARAM_ERROR")
STATE = (400, "INVALID_ORDER_STATE")
CANCELED, DONE, GONE = (400, "ORDER_CANCELED"), (400, "ORDER_DONE"), (404, "ORDER_NOT_EXIST")
NOT_ENTITLED = (403, "NO_AUTH")


def entitlement(db: psycopg.Connection) -> Any:
    return db.execute("SELECT state, final, quota_held FROM entitlements").fetchone()


def test_the_same_creation_again_gives_the_same(counter: Counter, lin: Phone, db: psycopg.Connection) -> None:
    asked = body(counter.offer)
    first = counter.till.post("/v3/payscore/serviceorder", asked)
    assert first.status_code == 200, first.text
    again = counter.till.post("/v3/payscore/serviceorder", {**asked, "need_user_confirm": True})
    assert again.json == first.json
    other = counter.till.post("/v3/payscore/serviceorder", {**asked, "service_introduction": "别的"})
    assert no(other) == WRONG
    assert lin.confirm(first.json["package"]).status_code == 200
    later = counter.till.post("/v3/payscore/serviceorder", asked).json
    assert (later["state"], later["order_id"]) == ("DOING", first.json["order_id"])
    assert db.execute("SELECT count(*) FROM service_orders").fetchone() == (1,)


def test_confirming_decides_claims_and_hands_over(counter: Counter, lin: Phone, db: psycopg.Connection,
                                                  told: list[Any]) -> None:
    out = counter.running(lin)
    assert entitlement(db) == ("in_use", False, True)
    assert db.execute("SELECT state, waived_fen, presentation_id FROM redemptions").fetchone() == ("open", 3000, None)
    assert db.execute("SELECT granted FROM offers WHERE id = %s", (counter.offer.id,)).fetchone() == (1,)
    assert (notified(db), told) == (["PAYSCORE.USER_CONFIRM"], [("order_confirmed", 3000)])
    assert usages(db) == []
    query = counter.query(out).json
    assert len(query["openid"]) == 28
    assert query["openid"] != str(lin.citizen.id)


def test_confirming_again_gives_the_same(counter: Counter, lin: Phone, db: psycopg.Connection) -> None:
    package = counter.create().json["package"]
    first, again = lin.confirm(package), lin.confirm(package)
    assert first.json == again.json
    assert notified(db) == ["PAYSCORE.USER_CONFIRM"]


def test_who_isnt_eligible_reads_why_and_the_merchant_nothing(counter: Counter, person: Any,
                                                              db: psycopg.Connection) -> None:
    wu, created = person(2, grade="D"), counter.create().json
    answer = wu.confirm(created["package"])
    assert (answer.status_code, answer.json["code"]) == (403, "NOT_ELIGIBLE")
    assert answer.json["reasons"][0]["code"] == "GRADE_TOO_LOW"
    assert db.execute("SELECT eligible FROM decisions").fetchall() == [(False,)]
    assert counter.query(created["out_order_no"]).json == created
    assert (notified(db), entitlement(db)) == ([], None)


def test_who_consented_to_nothing_isnt_looked_at(counter: Counter, person: Any, db: psycopg.Connection) -> None:
    zhou, created = person(3, consents=False), counter.create().json
    assert zhou.confirm(created["package"]).json["code"] == "CONSENT_REQUIRED"
    assert db.execute("SELECT count(*) FROM credit_queries").fetchone() == (0,)


def test_nothing_owed_is_done_at_once(counter: Counter, lin: Phone, db: psycopg.Connection, told: list[Any]) -> None:
    out = counter.running(lin)
    done = counter.complete(out, 0)
    assert (done.json["state"], done.json["need_collection"], "collection" in done.json) == ("DONE", False, False)
    assert (usages(db), entitlement(db)) == ([("fulfilled", 3000, 0)], ("returned", True, True))
    assert notified(db) == ["PAYSCORE.USER_CONFIRM"], "nothing was paid"
    assert counter.complete(out, 0).json == done.json
    assert no(counter.complete(out, 1)) == DONE
    assert no(counter.paid(out)) == DONE
    assert no(counter.tell(out, "pay")) == DONE
    assert no(counter.tell(out, "cancel", reason="x")) == DONE


def test_what_is_owed_waits_for_its_payment(counter: Counter, lin: Phone, db: psycopg.Connection,
                                            told: list[Any]) -> None:
    out = counter.running(lin)
    assert no(counter.paid(out)) == no(counter.tell(out, "pay")) == STATE
    due = counter.complete(out, 250)
    assert (due.json["state"], due.json["state_description"]) == ("DOING", "MCH_COMPLETE")
    assert (usages(db), entitlement(db)) == ([], ("owed", False, True))
    assert counter.complete(out, 250).json == due.json
    assert no(counter.complete(out, 251)) == WRONG
    assert no(counter.tell(out, "cancel", reason="x")) == STATE, "docs/decisions/0160"
    for _ in range(2):
        assert counter.tell(out, "pay").status_code == 200
    paid = counter.paid(out)
    assert (paid.json["state"], paid.json["collection"]["paid_amount"]) == ("DONE", 250)
    at = paid.json["collection"]["details"][0]["paid_time"]
    assert counter.paid(out, at).json == paid.json
    assert no(counter.paid(out, "20260101000000")) == WRONG
    assert usages(db) == [("fulfilled", 3000, 250)]
    assert notified(db) == ["PAYSCORE.USER_CONFIRM", "PAYSCORE.USER_PAID"]
    assert told == [("order_confirmed", 3000), ("order_reminder", 250), ("order_reminder", 250), ("order_paid", 250)]


def test_an_amount_goes_down_only(counter: Counter, lin: Phone, db: psycopg.Connection) -> None:
    out = counter.running(lin)

    def modify(total: int) -> Any:
        return counter.tell(out, "modify", reason="减免", **ending(total))

    assert no(modify(1)) == STATE
    counter.complete(out, 250, post_discounts=[{"name": "会员", "description": "减免", "amount": 0}])
    assert no(modify(251)) == PARAM
    less = modify(100)
    assert (less.json["total_amount"], "post_discounts" in less.json) == (100, False)
    assert modify(100).json == less.json
    assert no(modify(101)) == PARAM
    free = modify(0)
    assert (free.json["state"], modify(0).json) == ("DONE", free.json)
    assert usages(db) == [("fulfilled", 3000, 0)]
    assert notified(db) == ["PAYSCORE.USER_CONFIRM"]


def test_cancelling_before_it_begins(counter: Counter, lin: Phone, db: psycopg.Connection) -> None:
    created = counter.create().json
    out = created["out_order_no"]
    assert counter.tell(out, "cancel", reason="用户投诉").json.keys() == {
        "appid", "mchid", "out_order_no", "service_id", "order_id"}
    assert counter.tell(out, "cancel", reason="用户投诉").status_code == 200
    assert no(counter.tell(out, "cancel", reason="另一个")) == WRONG
    over = lin.confirm(created["package"])
    assert (over.status_code, over.json["code"], over.json["state"]) == (409, "SERVICE_ORDER_OVER", "REVOKED")
    assert no(counter.complete(out, 0)) == no(counter.paid(out)) == CANCELED
    assert (usages(db), entitlement(db)) == ([], None)


def test_cancelling_while_it_runs_is_reported(counter: Counter, lin: Phone, db: psycopg.Connection) -> None:
    out = counter.running(lin)
    assert counter.tell(out, "cancel", reason="设备故障").status_code == 200
    assert (usages(db), entitlement(db)) == ([("cancelled", 3000, 0)], ("cancelled", True, False))
    assert db.execute("SELECT granted FROM offers WHERE id = %s", (counter.offer.id,)).fetchone() == (0,)
    assert counter.query(out).json["state"] == "REVOKED"
    assert db.execute("SELECT state FROM redemptions").fetchone() == ("reversed",)


def test_what_nobody_confirms_is_over_after_thirty_days(counter: Counter, lin: Phone, app: Any,
                                                        db: psycopg.Connection) -> None:
    """By its date, before the scheduler comes by. Fails where only the column is read."""
    fresh, old = counter.create().json, counter.create().json
    db.execute("UPDATE service_orders SET created_at = created_at - interval '30 days' WHERE out_order_no = %s",
               (old["out_order_no"],))
    expired = counter.query(old["out_order_no"]).json
    assert (expired["state"], "package" in expired) == ("EXPIRED", False)
    assert lin.confirm(old["package"]).json["state"] == "EXPIRED"
    assert no(counter.tell(old["out_order_no"], "cancel", reason="x")) == STATE
    with app.app_context():
        assert (expiring.run_due(), expiring.run_due()) == (1, 0)
    assert db.execute("SELECT state FROM service_orders ORDER BY created_at").fetchall() == [("EXPIRED",), ("CREATED",)]
    assert lin.confirm(fresh["package"]).status_code == 200


def test_a_direct_completion(counter: Counter, lin: Phone, db: psycopg.Connection) -> None:
    openid = counter.allowed(lin)
    asked = {"out_order_no": "DIRECT-1", "appid": APPID, "service_id": counter.offer.service_id, "openid": openid,
             "service_introduction": "停车", "time_range": {"start_time": "20260101", "end_time": "20260102"}}
    for path in ("/v3/payscore/serviceorder/direct-complete", "/payscore/serviceorder/direct-complete"):
        told = counter.till.post(path, {**asked, **ending(250), "notify_url": "https://shop.example/n"})
        assert (told.status_code, told.json["state_description"]) == (200, "MCH_COMPLETE"), told.text
    assert no(counter.till.post(path, {**asked, **ending(251), "notify_url": "https://shop.example/n"})) == WRONG
    assert counter.paid("DIRECT-1").json["state"] == "DONE"
    assert usages(db) == [("fulfilled", 0, 250)]
    free = counter.till.post(path, {**asked, **ending(0), "out_order_no": "DIRECT-2"})
    assert (free.json["state"], len(usages(db))) == ("DONE", 2)
    assert no(counter.till.post(path, {**asked, **ending(1), "out_order_no": "DIRECT-3"})) == PARAM, "no notify_url"
    above = {**asked, **ending(3001), "out_order_no": "DIRECT-4", "notify_url": "https://shop.example/n"}
    assert no(counter.till.post(path, above)) == PARAM
    no_one = {**asked, **ending(0), "out_order_no": "DIRECT-5", "openid": "o" * 28}
    assert no(counter.till.post(path, no_one)) == NOT_ENTITLED


def test_every_number_leads_nowhere_but_to_its_own(counter: Counter, lin: Phone, till_of: Any) -> None:
    """Merchant B with A's numbers, and A with another service or appid. Fails where a read forgets one of them."""
    openid = counter.allowed(lin, "AUTH-A")
    out = counter.running(lin)
    other = Counter(till_of(2), counter.offer)
    ask = {"appid": APPID, "service_id": counter.offer.service_id}
    for what, more in (("cancel", {"reason": "x"}), ("complete", ending(0)), ("modify", {**ending(0), "reason": "x"}),
                       ("pay", {}), ("sync", {"type": "Order_Paid", "detail": {"paid_time": "20261123000000"}})):
        path = f"/v3/payscore/serviceorder/{out}/{what}"
        assert no(other.till.post(path, {**ask, **more})) == GONE, what
        assert no(counter.till.post(path, {**ask, **more, "service_id": "0" * 32})) == GONE, what
        assert no(counter.till.post(path, {**ask, **more, "appid": "wxother"})) == PARAM, what
    assert no(other.query(out)) == GONE
    query_id = "Q" + counter.query(out).json["order_id"][1:]
    by_id = f"/v3/payscore/serviceorder?service_id={counter.offer.service_id}&appid={APPID}&query_id="
    assert counter.till.get(by_id + query_id).status_code == 200
    assert no(other.till.get(by_id + query_id)) == no(counter.till.get(by_id + "Q1")) == GONE
    assert no(other.create()) == (404, "RESOURCE_NOT_EXISTS")
    for path in ("authorization-code/AUTH-A", f"openid/{openid}"):
        asked = f"/v3/payscore/permissions/{path}?service_id={counter.offer.service_id}" + (
            f"&appid={APPID}" if "openid" in path else "")
        assert counter.till.get(asked).status_code == 200
        assert no(other.till.get(asked)) == (404, "RESOURCE_NOT_EXISTS")


def test_xinyi_calls_never_meet_an_orders_redemption(counter: Counter, lin: Phone, db: psycopg.Connection) -> None:
    """Its number can't even be told. Fails where the number is one that a merchant may give."""
    counter.running(lin)
    row = db.execute("SELECT out_redemption_no FROM redemptions").fetchone()
    assert row is not None
    for method, path in (("GET", ""), ("POST", "/completion"), ("POST", "/reversal")):
        sent = {"/completion": b'{"total_amount": 0}', "/reversal": b'{"reason": "x"}'}.get(path, b"")
        answer = counter.till.send(method, f"/v3/xinyi/redemptions/{row[0]}{path}", sent)
        assert no(answer) == (404, "RESOURCE_NOT_EXISTS"), path
