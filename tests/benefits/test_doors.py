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
