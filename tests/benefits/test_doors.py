"""The citizen's doors to offers, decisions and claims: the cast over HTTP, with the sandbox as the platform."""

from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from tests import cast
from tests.benefits import ground
from tests.cast import SignedIn
from tests.sandbox_process import Sandbox

Make = Callable[..., str]


@pytest.fixture
def make(app: Any) -> Make:
    """`make(kind, …)`: an offer by one of ground's verbs; gives its id."""

    def made(by: Callable[..., Any] = ground.offer, **other: Any) -> str:
        with app.app_context():
            return str(by(**other).id)

    return made


def agree(me: SignedIn, offer_id: str) -> None:
    """Read the offer's page and agree to all that it needs."""
    for need in me.get(f"/api/v1/offers/{offer_id}").json["needs"]["consents"]:
        answer = me.post("/api/v1/consents", json={"offer_id": offer_id, **{
            name: need[name] for name in ("scope", "text_version", "text_digest")}})
        assert answer.status_code == 201, answer.text


def test_lin_reads_agrees_asks_and_claims(client: Any, sandbox: Sandbox, make: Make, db: psycopg.Connection) -> None:
    """The whole way to an entitlement, and what each step shows."""
    offer_id = make(quota_total=3)
    lin = cast.verified(client, sandbox, cast.LIN)
    page = lin.get(f"/api/v1/offers/{offer_id}").json
    assert page["needs"]["facts"] == ["credit.grade", "usage.count_open"]
    assert [need["scope"] for need in page["needs"]["consents"]] == ["grade.read", "usage.report"]
    assert {"name": "deposit_ceiling_fen", "label": "免押上限", "value": "30.00 元"} in page["terms"]

    first = lin.post(f"/api/v1/offers/{offer_id}/decisions").json
    assert first["eligible"] is False
    assert [reason["code"] for reason in first["reasons"]] == ["CONSENT_MISSING"]
    assert [need["scope"] for need in first["missing_consents"]] == ["grade.read", "usage.report"]
    assert db.execute("SELECT count(*) FROM credit_queries").fetchone() == (0,), "no look without consent"

    agree(lin, offer_id)
    second = lin.post(f"/api/v1/offers/{offer_id}/decisions").json
    assert (second["eligible"], second["reasons"], second["missing_consents"]) == (True, [], [])

    answer = lin.post(f"/api/v1/offers/{offer_id}/claims", json={}, key="k1")
    assert answer.status_code == 201, answer.text
    got = answer.json
    assert got["offer"] == {"id": offer_id, "title": "免押借雨伞", "provider": "赣江畔共享租借"}
    assert (got["scenario"], got["kind"], got["state"]) == ("rental", "order", "ready")
    assert [step["move"] for step in got["history"]] == ["claim"]
    assert [move["move"] for move in got["next"]] == ["present", "cancel"]
    assert len(got["entitlement_no"]) <= 24
    assert lin.get(f"/api/v1/entitlements/{got['id']}").json == got
    assert lin.get("/api/v1/entitlements").json == {"items": [got], "next_cursor": None}
    assert client.get(f"/api/v1/offers/{offer_id}").json["quota"]["left"] == 2


def test_wu_and_xu_are_told_why(client: Any, sandbox: Sandbox, make: Make) -> None:
    """A no is 200 at the decision, and 403 NOT_ELIGIBLE with the same reasons at the claim."""
    offer_id = make()
    for who, code in ((cast.WU, "GRADE_TOO_LOW"), (cast.XU, "RESTRICTED")):
        me = cast.verified(client, sandbox, who)
        agree(me, offer_id)
        told = me.post(f"/api/v1/offers/{offer_id}/decisions")
        assert told.status_code == 200
        assert (told.json["eligible"], [each["code"] for each in told.json["reasons"]]) == (False, [code])
        assert set(told.json["reasons"][0]) == {"code", "message", "legal_ground", "how", "appeal"}
        assert "押金" in told.json["ordinary_way"]
        no = me.post(f"/api/v1/offers/{offer_id}/claims", json={}, key="k1")
        assert (no.status_code, no.json["code"]) == (403, "NOT_ELIGIBLE")
        assert no.json["reasons"] == told.json["reasons"]
        assert no.json["decision_id"]


def test_zhou_claims_without_consent(client: Any, sandbox: Sandbox, make: Make) -> None:
    """403 CONSENT_REQUIRED, which names what is missing; the platform was not asked."""
    offer_id = make()
    zhou = cast.verified(client, sandbox, cast.ZHOU)
    asked = len(sandbox.control("GET", "/platform/queries")["items"])
    no = zhou.post(f"/api/v1/offers/{offer_id}/claims", json={}, key="k1")
    assert (no.status_code, no.json["code"]) == (403, "CONSENT_REQUIRED")
    assert [each["scope"] for each in no.json["missing_consents"]] == ["grade.read", "usage.report"]
    assert len(sandbox.control("GET", "/platform/queries")["items"]) == asked


def test_consents_are_to_the_text_that_was_shown(client: Any, sandbox: Sandbox, make: Make) -> None:
    """Another digest: CONSENT_TEXT_CHANGED. A scope that the offer doesn't need can't be given. Twice is once."""
    offer_id = make()
    lin = cast.verified(client, sandbox, cast.LIN)
    need = lin.get(f"/api/v1/offers/{offer_id}").json["needs"]["consents"][0]
    body = {"offer_id": offer_id, "scope": need["scope"], "text_version": need["text_version"],
            "text_digest": need["text_digest"]}
    for change, status, code in (({"text_digest": "0" * 64}, 409, "CONSENT_TEXT_CHANGED"),
                                 ({"scope": "volunteer.read"}, 422, "CONSENT_NOT_NEEDED"),
                                 ({"offer_id": "00000000-0000-7000-8000-000000000000"}, 404, "OFFER_NOT_FOUND"),
                                 ({"text_digest": "xyz"}, 422, "VALIDATION_FAILED"),
                                 ({"status": "active"}, 422, "VALIDATION_FAILED")):
        no = lin.post("/api/v1/consents", json={**body, **change})
        assert (no.status_code, no.json["code"]) == (status, code)
    first, second = (lin.post("/api/v1/consents", json=body, key=key) for key in ("a", "b"))
    assert first.status_code == second.status_code == 201
    assert first.json == second.json
    assert set(first.json) == {"id", "scope", "recipient", "from", "to", "status"}
    assert (first.json["recipient"], first.json["status"]) == ("赣江畔共享租借", "active")


def test_the_platform_is_away(client: Any, sandbox: Sandbox, make: Make, db: psycopg.Connection) -> None:
    """503 with the ordinary way in words, at the decision and at the claim; never "not eligible", and not kept."""
    offer_id = make()
    lin = cast.verified(client, sandbox, cast.LIN)
    agree(lin, offer_id)
    sandbox.control("POST", "/faults", {"target": "platform", "path": "/", "kind": "status", "value": 502})
    try:
        for path, key in (("decisions", None), ("claims", "k1")):
            no = lin.post(f"/api/v1/offers/{offer_id}/{path}", json={}, key=key)
            assert (no.status_code, no.json["code"]) == (503, "PLATFORM_UNAVAILABLE")
            assert "普通" in no.json["detail"]
    finally:
        sandbox.control("DELETE", "/faults")
    kept = db.execute("SELECT (SELECT count(*) FROM decisions), (SELECT count(*) FROM entitlements)").fetchone()
    assert kept == (0, 0)
    assert lin.post(f"/api/v1/offers/{offer_id}/claims", json={}, key="k1").status_code == 201, "503 was not kept"


def test_a_claim_over_http_is_idempotent(client: Any, sandbox: Sandbox, make: Make, db: psycopg.Connection) -> None:
    """Same key and body: the same answer; other body or offer: 422. Our note lost, the verb finds it again (C14)."""
    offer_id, other_id = make(ground.voucher, quota_per_person=2), make(ground.voucher)
    liu = cast.verified(client, sandbox, cast.LIU)
    agree(liu, offer_id)
    first = liu.post(f"/api/v1/offers/{offer_id}/claims", json={}, key="k1")
    again = liu.post(f"/api/v1/offers/{offer_id}/claims", json={}, key="k1")
    assert first.status_code == 201
    assert (again.data, again.headers["Idempotency-Replayed"]) == (first.data, "true")
    for path, body in ((offer_id, {"form": {}}), (other_id, {})):
        no = liu.post(f"/api/v1/offers/{path}/claims", json=body, key="k1")
        assert (no.status_code, no.json["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")
    db.execute("DELETE FROM idempotency_keys")
    assert liu.post(f"/api/v1/offers/{offer_id}/claims", json={}, key="k1").json == first.json
    assert liu.post(f"/api/v1/offers/{offer_id}/claims", json={}).status_code == 201
    no = liu.post(f"/api/v1/offers/{offer_id}/claims", json={})
    assert (no.status_code, no.json["code"], no.json["quota"]) == (409, "LIMIT_REACHED", "person")


def test_sold_out_and_closed(client: Any, sandbox: Sandbox, make: Make, db: psycopg.Connection) -> None:
    """409 each, with what one can do next; a closed offer can still be read, and says that it isn't open."""
    offer_id = make(ground.voucher, quota_total=1)
    liu = cast.verified(client, sandbox, cast.LIU)
    agree(liu, offer_id)
    assert liu.post(f"/api/v1/offers/{offer_id}/claims", json={}).status_code == 201
    no = liu.post(f"/api/v1/offers/{offer_id}/claims", json={})
    assert (no.status_code, no.json["code"], no.json["next"]) == (409, "SOLD_OUT", "GET /api/v1/offers")
    db.execute("UPDATE offers SET state = 'ended'")
    for path in ("claims", "decisions"):
        no = liu.post(f"/api/v1/offers/{offer_id}/{path}", json={})
        assert (no.status_code, no.json["code"]) == (409, "OFFER_CLOSED")
    assert client.get(f"/api/v1/offers/{offer_id}").json["open"] is False
    assert client.get("/api/v1/offers").json["items"] == []


def test_cancelling_over_http(client: Any, sandbox: Sandbox, make: Make) -> None:
    """Given back; again it is WRONG_STATE, with the same key the same answer; another's isn't there (T1)."""
    offer_id = make(ground.voucher, quota_total=1)
    liu, stranger = cast.verified(client, sandbox, cast.LIU), cast.verified(client, sandbox, cast.JI)
    agree(liu, offer_id)
    mine = liu.post(f"/api/v1/offers/{offer_id}/claims", json={}).json["id"]
    for call in (stranger.get(f"/api/v1/entitlements/{mine}"),
                 stranger.post(f"/api/v1/entitlements/{mine}/cancellation")):
        assert (call.status_code, call.json["code"]) == (404, "ENTITLEMENT_NOT_FOUND")
    gone = liu.post(f"/api/v1/entitlements/{mine}/cancellation", key="c1")
    assert (gone.status_code, gone.json["state"], gone.json["next"]) == (200, "cancelled", [])
    assert [step["move"] for step in gone.json["history"]] == ["claim", "cancel"]
    assert liu.post(f"/api/v1/entitlements/{mine}/cancellation", key="c1").json == gone.json
    no = liu.post(f"/api/v1/entitlements/{mine}/cancellation")
    assert (no.status_code, no.json["code"], no.json["state"]) == (409, "WRONG_STATE", "cancelled")
    assert client.get(f"/api/v1/offers/{offer_id}").json["quota"]["left"] == 1
    assert [each["id"] for each in liu.get("/api/v1/entitlements?state=cancelled").json["items"]] == [mine]
    assert liu.get("/api/v1/entitlements?state=ready").json["items"] == []


def test_who_may_call(client: Any, sandbox: Sandbox, make: Make) -> None:
    """Scenarios and offers are everybody's; the rest is a citizen's, claims a verified one's."""
    offer_id = make()
    listed = client.get("/api/v1/scenarios").json["items"]
    assert {"fast_track", "rental", "volunteer"} <= {each["id"] for each in listed}
    assert len(client.get("/api/v1/offers?scenario=rental&region=360102&q=雨伞&limit=5").json["items"]) == 1
    newcomer = cast.sign_in(client, sandbox, cast.LIN)
    for path in (f"/api/v1/offers/{offer_id}/decisions", f"/api/v1/offers/{offer_id}/claims", "/api/v1/consents"):
        assert client.post(path, json={}).status_code == 401
        no = newcomer.post(path, json={})
        assert (no.status_code, no.json["code"]) == (403, "IDENTITY_REQUIRED")
    assert client.get("/api/v1/entitlements").status_code == 401
    assert newcomer.get("/api/v1/entitlements").json == {"items": [], "next_cursor": None}


@pytest.mark.parametrize("query", [
    "limit=0", "limit=1000000", "limit=-1", "limit=x", "cursor=forged", "cursor=W10", "cursor=%00", "q=",
    "q=" + "长" * 41, "region=36", "region=360100%0A", "scenario=../x", "sort=granted", "q=a&q=b", "state='"])
def test_hostile_queries(client: Any, query: str) -> None:
    """C34: refused as 422 by name, never 5xx."""
    assert client.get(f"/api/v1/offers?{query}").status_code == 422


@pytest.mark.parametrize("offer_id", ["1", "..%2f..", "00000000-0000-0000-0000-00000000000g"])
def test_ids_that_are_none(client: Any, offer_id: str) -> None:
    """404, as if it weren't there."""
    assert client.get(f"/api/v1/offers/{offer_id}").status_code == 404


@pytest.mark.parametrize("body", [
    "[]", "1", '"x"', "null", '{"form": 1}', '{"form": {}, "granted": 1}', '{"form": [1]}', '{"form": {"": 1}}',
    '{"citizen_id": "x"}', '{"form": {"a": {"b": [{}]}}}'])
def test_hostile_claims(client: Any, sandbox: Sandbox, make: Make, body: str) -> None:
    """C23 and other shapes: 422 before anything is taken."""
    offer_id = make()
    lin = cast.verified(client, sandbox, cast.LIN)
    no = client.post(f"/api/v1/offers/{offer_id}/claims", data=body, content_type="application/json",
                     headers=lin.headers)
    assert (no.status_code, no.json["code"]) == (422, "VALIDATION_FAILED"), no.text


def test_all_my_decisions_and_entitlements_go_along(client: Any, sandbox: Sandbox, make: Make) -> None:
    """The export opens what is sealed."""
    offer_id = make()
    lin = cast.verified(client, sandbox, cast.LIN)
    agree(lin, offer_id)
    got = lin.post(f"/api/v1/offers/{offer_id}/claims", json={}).json
    told = lin.get("/api/v1/me/export").json
    assert told["decisions"][0]["facts"] == {"credit.grade": "A", "credit.restricted": False, "usage.count_open": 0}
    assert told["entitlements"][0]["entitlement_no"] == got["entitlement_no"]
    assert [step["move"] for step in told["entitlements"][0]["history"]] == ["claim"]
