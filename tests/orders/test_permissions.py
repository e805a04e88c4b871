"""Permissions: opened by the citizen's own word, taken back in one step; and the orders that they let begin.

Breaks that were tried, and seen here: a closed permission still good, the openid of another merchant good, a no that
says why, the decision of a no rolled back, the merchant's ending let through while an order runs, an uncompared text.
"""

from datetime import timedelta
from typing import Any

import psycopg
import pytest

from app.kernel import clock
from app.merchants import openids
from app.orders import tokens
from tests.benefits import ground
from tests.orders.conftest import APPID, NOTIFY, Counter, Phone, no, notified, usages

NO = (403, "NO_AUTH")
WRONG = (400, "INVALID_REQUEST")
GONE = (404, "RESOURCE_NOT_EXISTS")


def apply(counter: Counter, code: str, **other: Any) -> Any:
    return counter.till.post("/v3/payscore/permissions", {
        "appid": APPID, "service_id": counter.offer.service_id, "authorization_code": code,
        "notify_url": NOTIFY, **other})


def by_permission(counter: Counter, openid: str, **other: Any) -> Any:
    return counter.create(need_user_confirm=False, openid=openid, **other)


def test_from_the_token_to_the_first_order(counter: Counter, lin: Phone, db: psycopg.Connection,
                                           told: list[Any]) -> None:
    token = apply(counter, "AUTH-1").json["apply_permissions_token"]
    assert counter.permission("AUTH-1").json["authorization_state"] == "UNAVAILABLE"
    asked = lin.get(f"/api/v1/service-permissions/{token}").json
    assert (asked["state"], asked["missing_consents"]) == ("UNAVAILABLE", [])
    assert counter.offer.title in asked["text"]
    opened = lin.allow(token)
    assert (opened.status_code, opened.json["state"]) == (201, "AVAILABLE")
    assert lin.allow(token).json == opened.json
    found = counter.permission("AUTH-1").json
    assert (found["authorization_state"], len(found["openid"])) == ("AVAILABLE", 28)
    order = by_permission(counter, found["openid"])
    assert (order.json["state"], order.json["openid"]) == ("DOING", found["openid"]), order.text
    assert "package" not in order.json
    assert notified(db) == ["PAYSCORE.USER_OPEN_SERVICE"], "who asks is answered, not notified"
    assert told == [("order_confirmed", 3000)]
    who = db.execute("SELECT actor FROM trail_entries WHERE what = 'order.open'").fetchall()
    assert who == [("merchant:1600000001",)]
    assert db.execute("SELECT count(*) FROM trail_entries WHERE what = 'benefit.claim'").fetchone() == (0,)
    mine = lin.get("/api/v1/orders").json["items"]
    assert [each["out_order_no"] for each in mine] == [order.json["out_order_no"]]


def test_the_exact_text_and_each_consent_come_first(counter: Counter, person: Any) -> None:
    zhou = person(3, consents=False)
    token = apply(counter, "AUTH-2").json["apply_permissions_token"]
    assert len(zhou.get(f"/api/v1/service-permissions/{token}").json["missing_consents"]) == 2
    refused = zhou.allow(token)
    assert (refused.status_code, refused.json["code"]) == (403, "CONSENT_REQUIRED")
    unread = {"token": token, "text_version": "2026-1", "text_digest": "0" * 64}
    other = zhou.post("/api/v1/service-permissions", unread)
    assert (other.status_code, other.json["code"]) == (409, "CONSENT_TEXT_CHANGED")


def test_a_code_is_good_for_one_person_and_a_token_for_an_hour(counter: Counter, lin: Phone, person: Any,
                                                              app: Any) -> None:
    token = apply(counter, "AUTH-3").json["apply_permissions_token"]
    again = apply(counter, "AUTH-3").json["apply_permissions_token"]
    assert no(apply(counter, "AUTH-3", notify_url=None)) == WRONG
    assert lin.allow(again).status_code == 201
    assert person(2).get(f"/api/v1/service-permissions/{token}").json["code"] == "PERMISSION_TOKEN_WRONG"
    assert no(apply(counter, "AUTH-3")) == (409, "ALREADY_EXISTS"), "the same content is no other content"
    assert no(apply(counter, "AUTH-3", notify_url=None)) == WRONG
    second = apply(counter, "AUTH-4").json["apply_permissions_token"]
    assert lin.allow(second).json["code"] == "PERMISSION_OPEN_ALREADY"
    for wrong in ("x" * 50, second[:-1] + ("A" if second[-1] != "A" else "B"), "a"):
        assert lin.get(f"/api/v1/service-permissions/{wrong}").json["code"] == "PERMISSION_TOKEN_WRONG"
    with app.app_context():
        permission_id = tokens.permission_of(second)
        assert permission_id is not None
        over = tokens.applying(permission_id, clock.now() - timedelta(seconds=1))
    assert lin.get(f"/api/v1/service-permissions/{over}").json["code"] == "PERMISSION_TOKEN_WRONG"


def test_every_no_reads_the_same(counter: Counter, lin: Phone, person: Any, app: Any, db: psycopg.Connection,
                                 till_of: Any) -> None:
    """No permission, another's openid, a closed one, a grade that fell, a consent withdrawn, all taken: one body."""
    wu = person(2)
    closed, fell = counter.allowed(lin, "AUTH-5"), counter.allowed(wu, "AUTH-6")
    permission = lin.get("/api/v1/service-permissions").json["items"][0]
    assert lin.delete(f"/api/v1/service-permissions/{permission['id']}").json["state"] == "UNBINDUSER"
    with app.app_context():
        ground.answered(wu.citizen, "D")
        elsewhere = openids.pairwise(till_of(2).merchant_id, wu.citizen.id)
    answers = [by_permission(counter, openid) for openid in ("o" * 28, closed, fell, elsewhere)]
    with app.app_context():
        ground.answered(wu.citizen, "A")
    db.execute("UPDATE offers SET quota_total = granted WHERE id = %s", (counter.offer.id,))
    answers.append(by_permission(counter, fell))
    db.execute("UPDATE offers SET quota_total = NULL WHERE id = %s", (counter.offer.id,))
    for consent in wu.get("/api/v1/consents").json["items"]:
        if consent["scope"] == "grade.read":
            assert wu.post(f"/api/v1/consents/{consent['id']}/withdrawal").status_code == 200
    answers.append(by_permission(counter, fell))
    assert {(answer.status_code, answer.text) for answer in answers} == {(403, answers[0].text)}
    assert no(answers[0]) == NO
    assert db.execute("SELECT unmet FROM decisions ORDER BY id").fetchall()[0] == (["grade_too_low"],), "kept for Wu"
    assert db.execute("SELECT count(*) FROM service_orders").fetchone() == (0,)


def test_a_withdrawal_stops_new_orders_and_lets_the_old_ones_live(counter: Counter, lin: Phone,
                                                                  db: psycopg.Connection) -> None:
    openid = counter.allowed(lin, "AUTH-7")
    out = by_permission(counter, openid).json["out_order_no"]
    ended = counter.till.post("/v3/payscore/permissions/authorization-code/AUTH-7/terminate", {
        "service_id": counter.offer.service_id, "reason": "不再合作"})
    assert no(ended) == WRONG, "the merchant can't, while an order runs"
    mine = lin.get("/api/v1/service-permissions").json["items"][0]["id"]
    for _ in range(2):
        assert lin.delete(f"/api/v1/service-permissions/{mine}").json["state"] == "UNBINDUSER"
    assert no(by_permission(counter, openid)) == NO
    assert counter.complete(out, 0).json["state"] == "DONE"
    assert usages(db) == [("fulfilled", 3000, 0)]
    assert notified(db) == ["PAYSCORE.USER_OPEN_SERVICE", "PAYSCORE.USER_CLOSE_SERVICE"]
    found = counter.permission("AUTH-7").json
    assert (found["authorization_state"], len(found["cancel_authorization_time"])) == ("UNBINDUSER", 14)
    assert counter.allowed(lin, "AUTH-8") == openid, "the same person to the same merchant"


def test_the_merchant_ends_what_was_opened(counter: Counter, lin: Phone, db: psycopg.Connection) -> None:
    token = apply(counter, "AUTH-9").json["apply_permissions_token"]
    end = {"service_id": counter.offer.service_id, "reason": "不再合作"}
    path = "/v3/payscore/permissions/authorization-code/AUTH-9/terminate"
    assert no(counter.till.post(path, end)) == WRONG, "nobody has opened it"
    assert lin.allow(token).status_code == 201
    for _ in range(2):
        answer = counter.till.post(path, end)
        assert (answer.status_code, answer.data) == (204, b"")
    assert notified(db) == ["PAYSCORE.USER_OPEN_SERVICE", "PAYSCORE.USER_CLOSE_SERVICE"]
    assert no(counter.till.post(path.replace("AUTH-9", "AUTH-0"), end)) == GONE
    assert no(counter.till.post(path, {**end, "reason": "因" * 51})) == (400, "PARAM_ERROR")
    assert db.execute("SELECT closed_by, close_reason FROM service_permissions").fetchone() == ("merchant", "不再合作")


@pytest.mark.usefixtures("in_earnest")
def test_an_application_must_make_sense(counter: Counter) -> None:
    for bad in (
        {"code": "a|b"}, {"code": "a" * 33}, {"appid": "wxother"}, {"notify_url": "http://a.b/"},
        {"reason": "x"}, {"service_id": "1"}):
        assert no(apply(counter, **{"code": "AUTH-X", **bad})) == (400, "PARAM_ERROR"), bad


def test_leaving_closes_what_was_opened(counter: Counter, lin: Phone, db: psycopg.Connection) -> None:
    counter.allowed(lin, "AUTH-10")
    out = counter.running(lin)
    assert lin.delete("/api/v1/me").json["code"] == "OPEN_ORDERS"
    counter.complete(out, 0)
    exported = lin.get("/api/v1/me/export").json
    assert (len(exported["service_orders"]), len(exported["service_permissions"])) == (1, 1)
    assert lin.delete("/api/v1/me").status_code == 204
    assert counter.permission("AUTH-10").json["authorization_state"] == "UNBINDUSER"
    assert db.execute("SELECT closed_by FROM service_permissions").fetchone() == ("erasure",)
