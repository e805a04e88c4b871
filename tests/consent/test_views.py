"""The citizen's doors to consents."""

import uuid

import pytest

from app.identity import queries as citizens
from tests import cast
from tests.consent import ground


@pytest.fixture
def lin(client, world):
    return cast.verified(client, world, cast.LIN)


@pytest.fixture
def agree(app, lin):
    """Gives consents by the verb: the door to it needs an offer, and is benefits'."""

    def agree(scope="grade.read", who=lin, **more):
        with app.app_context():
            return ground.agreed(citizens.get(uuid.UUID(who.citizen_id)), scope, **more)

    return agree


def test_all_is_shown(lin, agree):
    consent = agree()
    answer = lin.get("/api/v1/consents")
    assert answer.status_code == 200
    [shown] = answer.json["items"]
    assert answer.json["next_cursor"] is None
    assert shown["id"] == str(consent.id)
    assert (shown["scope"], shown["scenario"], shown["recipient"]) == ("grade.read", "rental", ground.SHOP)
    assert (shown["status"], shown["registration"], shown["withdrawn_at"]) == ("active", "pending", None)
    assert shown["text"] == consent.text
    assert shown["text_digest"] == consent.text_digest
    assert shown["from"] < shown["to"]
    assert shown["to"].endswith("+08:00")


def test_pages_newest_first(lin, agree):
    ids = [str(agree(scope).id) for scope in ("grade.read", "volunteer.read", "usage.report")]
    first = lin.get("/api/v1/consents?limit=2").json
    second = lin.get(f"/api/v1/consents?limit=2&cursor={first['next_cursor']}").json
    assert [each["id"] for each in first["items"] + second["items"]] == ids[::-1]
    assert second["next_cursor"] is None


def test_withdrawing_in_one_step(lin, agree):
    consent = agree()
    answer = lin.post(f"/api/v1/consents/{consent.id}/withdrawal")
    assert answer.status_code == 200
    assert answer.json["status"] == "withdrawn"
    again = lin.post(f"/api/v1/consents/{consent.id}/withdrawal")
    assert (again.status_code, again.json) == (200, answer.json)
    assert lin.get("/api/v1/consents").json["items"][0]["withdrawn_by"] == "citizen"


def test_others_consents_dont_exist(client, world, lin, agree):
    """Break: the owner not compared."""
    consent = agree()
    wu = cast.verified(client, world, cast.WU)
    assert wu.get("/api/v1/consents").json["items"] == []
    for which in (consent.id, uuid.uuid4()):
        answer = wu.post(f"/api/v1/consents/{which}/withdrawal")
        assert (answer.status_code, answer.json["code"]) == (404, "CONSENT_NOT_FOUND")
    assert lin.get("/api/v1/consents").json["items"][0]["status"] == "active"


def test_nobody_without_a_login(client, world):
    assert client.get("/api/v1/consents").status_code == 401
    assert client.post(f"/api/v1/consents/{uuid.uuid4()}/withdrawal").status_code == 401
