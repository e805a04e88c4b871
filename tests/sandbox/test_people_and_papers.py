"""Identities, authorisations, grades and reports (platform.md 4.1 to 4.4).

Break that makes these fail: compare the sealed fields instead of the opened ones in `register`; check the subject
before the scope in `queries._check`.
"""

import base64
import hashlib
import http.client
import secrets
import time
from types import SimpleNamespace
from typing import Any

import pytest

from tests.sandbox.caller import rfc
from tests.sandbox.conftest import Played

YEAR_S = 365 * 86400


def verify(play: Played, person: dict[str, Any], phone: str | None = None) -> Any:
    nonce = secrets.token_hex(8)
    body = {"subject": play.caller.subject(person, nonce)}
    if phone:
        body["phone"] = play.caller.seal(phone, nonce)
    return play.caller.call("POST", "/identities/verifications", body, nonce=nonce)


@pytest.mark.parametrize(
    ("change", "phone", "result"),
    [
        ({}, None, "match"),
        ({}, "19900000001", "match"),
        ({}, "19900000009", "mismatch"),
        ({"name": "林示范二"}, None, "mismatch"),
        ({"id_number": "360102199003071236"}, None, "not_found"),
    ],
)
def test_real_name(play: Played, lin: dict[str, Any], change: Any, phone: str | None, result: str) -> None:
    answer = verify(play, {**lin, **change}, phone)
    assert (answer.status, answer.json["result"], answer.valid) == (200, result, True)


@pytest.mark.parametrize("key", ["ji", "ali", "ho", "tian"])
def test_names_and_numbers_out_of_the_ordinary(play: Played, key: str) -> None:
    assert verify(play, play.person(key)).json["result"] == "match"


@pytest.mark.parametrize("number", ["36010219960307123x", "36010219960307123", "３60102199603071234", 1])
def test_a_number_of_another_form_is_refused(play: Played, lin: dict[str, Any], number: Any) -> None:
    assert verify(play, {**lin, "id_number": number}).code == "BAD_REQUEST"


def test_a_field_sealed_for_another_nonce_does_not_open(play: Played, lin: dict[str, Any]) -> None:
    sealed = play.caller.subject(lin, "AnotherNonce00000001")
    answer = play.caller.call("POST", "/identities/verifications", {"subject": sealed})
    assert (answer.status, answer.code) == (400, "BAD_SEAL")


def test_an_iv_used_twice_is_a_breach(play: Played, lin: dict[str, Any]) -> None:
    nonce, other = secrets.token_hex(8), secrets.token_hex(8)
    suite, key = play.caller.suite, play.caller.data_keys[play.caller.kid]
    for used in (nonce, other):
        field = play.caller.subject(lin, used)
        plain = b'{"name":"X","id_type":"111","id_number":"360102199003071236"}'
        ct = suite.encrypt(key, bytes(12), plain, used.encode())
        field |= {"iv": "A" * 16, "ct": base64.urlsafe_b64encode(ct).decode().rstrip("=")}
        assert play.caller.call("POST", "/identities/verifications", {"subject": field}, nonce=used).status == 200
    assert play.breaches() == ["IV_REUSED"]


def test_an_identity_number_in_clear_is_a_breach(play: Played, lin: dict[str, Any]) -> None:
    play.caller.call("GET", f"/initiatives?since={lin['id_number']}")
    assert play.breaches() == ["IDENTITY_IN_CLEAR", "BAD_REQUEST"]
    assert lin["id_number"] not in str(play.control("GET", "/platform/breaches"))


def test_an_authorisation_repeats_and_its_number_is_not_used_for_another(play: Played, lin: dict[str, Any]) -> None:
    at = {"signed_at": rfc(time.time()), "expires_at": rfc(time.time() + 86400)}
    first = play.caller.authorize(lin, authorization_no="AN-1", **at)
    assert (first.status, first.json["status"], first.valid) == (201, "active", True)
    again = play.caller.authorize(lin, authorization_no="AN-1", **at)
    assert (again.status, again.json) == (200, first.json)
    other = play.caller.authorize(lin, authorization_no="AN-1", **{**at, "purpose": "另一目的"})
    assert (other.status, other.code) == (409, "AUTHORIZATION_NO_REUSED")
    somebody = play.caller.authorize(play.person("wu"), authorization_no="AN-1", **at)
    assert somebody.code == "AUTHORIZATION_NO_REUSED"


@pytest.mark.parametrize(
    "change",
    [
        {"expires_at": rfc(time.time() + 367 * 86400)},
        {"expires_at": rfc(time.time() - 10), "signed_at": rfc(time.time() - 100)},
        {"signed_at": rfc(time.time() + 86400)},
        {"signed_at": "2026-11-23T09:30:00"},
        {"signed_at": "2026-11-23 09:30:00+08:00"},
        {"scopes": []},
        {"scopes": ["grade.read", "grade.read"]},
        {"scopes": ["all"]},
        {"scenarios": ["gambling"]},
        {"document_digest": "AB" * 32},
        {"document_digest": "ab" * 31},
        {"authorization_no": "x" * 65},
        {"purpose": ""},
        {"purpose": None},
        {"more": 1},
    ],
)
def test_papers_that_cannot_be(play: Played, lin: dict[str, Any], change: dict[str, Any]) -> None:
    assert play.caller.authorize(lin, **change).code == "BAD_REQUEST"


def test_one_calendar_year_to_the_second(play: Played, lin: dict[str, Any]) -> None:
    day = "2026-11-20T10:00:00+08:00"
    assert play.caller.authorize(lin, signed_at=day, expires_at="2027-11-20T10:00:00+08:00").status == 201
    assert play.caller.authorize(lin, signed_at=day, expires_at="2027-11-20T10:00:01+08:00").code == "BAD_REQUEST"


def test_nobody_is_authorised_under_another_name(play: Played, lin: dict[str, Any]) -> None:
    answer = play.caller.authorize({**lin, "name": "林某"})
    assert (answer.status, answer.code) == (404, "SUBJECT_NOT_FOUND")


def test_the_first_revocation_stands(play: Played, lin: dict[str, Any], paper: str) -> None:
    for at in ("2026-11-23T10:00:00+08:00", "2026-11-23T11:00:00+08:00"):
        answer = play.caller.call("POST", f"/authorizations/{paper}/revocation", {"revoked_at": at})
        assert (answer.status, answer.json) == (200, {"status": "revoked"})
    shown = play.control("GET", "/platform/authorizations")["items"][0]
    assert (shown["revoked_at"], shown["status"]) == ("2026-11-23T10:00:00+08:00", "revoked")
    missing = play.caller.call("POST", "/authorizations/A9/revocation", {"revoked_at": rfc(time.time())})
    assert missing.code == "AUTHORIZATION_NOT_FOUND"


def test_a_grade_is_told_and_the_look_is_written_down(play: Played, lin: dict[str, Any], paper: str) -> None:
    answer = play.caller.ask(paper, lin)
    assert (answer.status, answer.valid) == (200, True)
    assert {"grade": "A", "red_lists": [], "restricted": False}.items() <= answer.json.items()
    look = play.control("GET", "/platform/queries")["items"]
    assert [(one["query_no"], one["person"], one["kind"]) for one in look] == [
        (answer.json["query_no"], "lin", "grade")
    ]


def test_looks_are_refused_in_the_order_of_the_page(play: Played, lin: dict[str, Any]) -> None:
    ask, wu = play.caller.ask, play.person("wu")
    narrow = play.caller.authorize(lin, scopes=["usage.report"]).json["authorization_id"]
    paper = play.caller.authorize(lin).json["authorization_id"]
    assert ask("A404", wu, scenario="library").code == "AUTHORIZATION_NOT_FOUND"
    assert ask(narrow, wu, scenario="library").code == "SCOPE_DENIED"
    for wrong in ({"scenario": "library"}, {"purpose": "别的目的"}):
        assert ask(paper, lin, **wrong).code == "SCOPE_DENIED"
    assert ask(paper, wu).code == "SCOPE_DENIED"
    play.caller.call("POST", f"/authorizations/{narrow}/revocation", {"revoked_at": rfc(time.time())})
    assert ask(narrow, wu, scenario="library").code == "AUTHORIZATION_REVOKED"
    what = [row["what"] for row in play.control("GET", "/platform/breaches")["items"]]
    assert what == ["", "scope", "scenario", "purpose", "subject", "asked all the same"]
    assert play.control("GET", "/platform/queries")["items"] == []
    assert len(play.control("GET", "/platform/queries")["refused"]) == 6


def test_an_expired_paper_allows_nothing(play: Played, lin: dict[str, Any]) -> None:
    paper = play.caller.authorize(lin, expires_at=rfc(time.time() + 100)).json["authorization_id"]
    play.world.clock.offset_s = 200
    nonce = secrets.token_hex(8)
    question = {
        "authorization_id": paper, "subject": play.caller.subject(lin, nonce), "scenario": "rental",
        "purpose": "为办理信易+守信激励权益查询本人信用等级", "operator": "staff:7",
    }  # fmt: skip
    assert (
        play.caller.call("POST", "/credit-grades/queries", question, nonce=nonce, at=200).code
        == "AUTHORIZATION_EXPIRED"
    )


@pytest.mark.parametrize("held", [True, False])
def test_a_look_that_a_revocation_overtook_is_refused_and_no_breach(
    play: Played, lin: dict[str, Any], paper: str, held: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It left in time and was held in front of the platform. Fails where `came` is taken after the delay."""

    def revoke(*_: object) -> None:
        play.caller.call("POST", f"/authorizations/{paper}/revocation", {"revoked_at": rfc(time.time())})

    if held:
        play.fault("latency", "/credit-grades/queries", value=30, times=1)
        monkeypatch.setattr("sandbox.faults.time", SimpleNamespace(sleep=revoke))
    else:
        revoke()
    assert play.caller.ask(paper, lin).code == "AUTHORIZATION_REVOKED"
    assert play.breaches() == ([] if held else ["AUTHORIZATION_REVOKED"])
    assert len(play.control("GET", "/platform/queries")["refused"]) == (not held)
    why = [row["why"] for row in play.control("GET", "/platform/turned-away")["items"]]
    assert why == (["AUTHORIZATION_REVOKED"] if held else [])


def test_a_call_that_was_held_over_a_reset_has_no_effect(
    play: Played, lin: dict[str, Any], paper: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next test must not see this one's. Fails where `answer` doesn't compare `resets`."""
    play.fault("latency", "/credit-grades/queries", value=30, times=1)
    monkeypatch.setattr("sandbox.faults.time", SimpleNamespace(sleep=lambda _: play.control("POST", "/reset")))
    with pytest.raises(http.client.RemoteDisconnected):
        play.caller.ask(paper, lin)
    assert play.control("GET", "/platform/queries") == {"items": [], "refused": []}


@pytest.mark.parametrize("operator", ["", "staff:", "staff", "robot", "staff:a b"])
def test_the_operator_is_named(play: Played, lin: dict[str, Any], paper: str, operator: str) -> None:
    assert play.caller.ask(paper, lin, operator=operator).code == "BAD_REQUEST"


def test_restricted_and_listed_people(play: Played) -> None:
    lots: dict[str, dict[str, Any]] = {
        "xu": {"restricted": True},
        "liu": {"red_lists": ["outstanding_youth_volunteer"]},
    }
    for key, expected in lots.items():
        person = play.person(key)
        paper = play.caller.authorize(person).json["authorization_id"]
        assert expected.items() <= play.caller.ask(paper, person).json.items()


def test_a_report_is_a_pdf_under_the_request_s_nonce(play: Played, lin: dict[str, Any], paper: str) -> None:
    nonce = secrets.token_hex(8)
    question = {
        "authorization_id": paper, "subject": play.caller.subject(lin, nonce), "scenario": "rental",
        "purpose": "为办理信易+守信激励权益查询本人信用等级", "operator": "system",
    }  # fmt: skip
    answer = play.caller.call("POST", "/credit-reports", question, nonce=nonce)
    pdf = base64.b64decode(play.caller.unseal(answer.json["pdf"], nonce), validate=True)
    assert hashlib.sha256(pdf).hexdigest() == answer.json["sha256"]
    start = int(pdf.rsplit(b"startxref\n", 1)[1].split(b"\n")[0])
    assert pdf.startswith(b"%PDF-1.5")
    assert pdf[start:].startswith(b"xref\n0 8\n")
    for index, entry in enumerate(pdf[start:].split(b"\n")[3:10], 1):
        assert pdf[int(entry[:10]) :].startswith(b"%d 0 obj" % index)
