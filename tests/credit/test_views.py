"""The citizen's own grade over HTTP."""

import uuid

import pytest

from app.identity import queries as citizens
from tests import cast
from tests.consent import ground

PATH = "/api/v1/me/credit-grade"


@pytest.fixture
def me(client, world):
    return cast.verified(client, world, cast.LIN)


@pytest.fixture
def agree(app, me):
    def agree(**more):
        with app.app_context():
            return ground.agreed(citizens.get(uuid.UUID(me.citizen_id)), **more)

    return agree


def away(world):
    world.control("POST", "/faults", {"target": "platform", "path": "/", "kind": "status", "value": 502})


def test_it_is_shown_with_its_word(me, agree):
    agree()
    answer = me.get(PATH)
    assert answer.status_code == 200
    assert set(answer.json) == {"grade", "label", "as_of", "valid_until", "stale"}
    assert (answer.json["grade"], answer.json["label"], answer.json["stale"]) == ("A", "信用良好", False)


def test_without_a_consent_nothing_is_asked(me, world):
    answer = me.get(PATH)
    assert (answer.status_code, answer.json["code"]) == (403, "CONSENT_REQUIRED")
    assert world.control("GET", "/platform/queries")["items"] == []


def test_with_the_platform_away_the_last_one_is_shown_as_stale(me, agree, world, db):
    agree()
    assert me.get(PATH).json["stale"] is False
    db.execute("UPDATE credit_grades SET kept_until = now() - interval '1 second'")
    away(world)
    answer = me.get(PATH)
    assert (answer.status_code, answer.json["grade"], answer.json["stale"]) == (200, "A", True)
    world.control("DELETE", "/faults")
    assert me.get(PATH).json["stale"] is False


def test_with_the_platform_away_and_nothing_kept(me, agree, world):
    agree()
    away(world)
    answer = me.get(PATH)
    assert (answer.status_code, answer.json["code"]) == (503, "PLATFORM_UNAVAILABLE")
    assert "押金" in answer.json["detail"]


def test_after_the_withdrawal_it_is_gone(me, agree):
    consent = agree()
    me.get(PATH)
    assert me.post(f"/api/v1/consents/{consent.id}/withdrawal").status_code == 200
    assert me.get(PATH).json["code"] == "CONSENT_REQUIRED"


def test_not_before_the_real_name_check(client, world):
    me = cast.sign_in(client, world, cast.WU)
    assert me.get(PATH).json["code"] == "IDENTITY_REQUIRED"


def test_the_export_has_it(me, agree):
    agree()
    me.get(PATH)
    told = me.get("/api/v1/me/export").json["credit"]
    assert told["grade"]["grade"] == "A"
    assert len(told["queries"]) == 1
