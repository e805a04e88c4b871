"""The gate: what is refused, as what, and in which order (platform.md section 1).

Break that makes these fail: move the nonce check before the signature in `pass_gate`, or `header()` to the first value.
"""

import http.client
import secrets
from typing import Any

import pytest

from tests.sandbox.conftest import Played

PATH = "/initiatives"
# Each later fault is present in all earlier rows too: the order is what is tested.
LADDER: list[tuple[str, dict[str, Any], int, str]] = [
    ("app", {"x_app_id": "stranger"}, 401, "UNKNOWN_APP"),
    ("suite", {"x_suite": "RSA"}, 400, "BAD_REQUEST"),
    ("form", {"x_nonce": "short"}, 400, "BAD_REQUEST"),
    ("key id", {"x_key_id": "nobody"}, 401, "BAD_SIGNATURE"),
    ("clock", {"at": -301}, 401, "CLOCK_SKEW"),
    ("signature", {"x_signature": "A" * 86 + "=="}, 401, "BAD_SIGNATURE"),
]


@pytest.mark.parametrize("step", range(len(LADDER)), ids=[row[0] for row in LADDER])
def test_checks_come_in_the_order_of_the_page(play: Played, step: int) -> None:
    wrong: dict[str, Any] = {}
    for _, change, _, _ in LADDER[step:]:
        wrong |= change
    if step != 2:
        wrong.pop("x_nonce", None)
    answer = play.caller.call("GET", PATH, **wrong)
    assert (answer.status, answer.code) == LADDER[step][2:]
    signed_by_us = answer.headers.get("x-signature") is not None
    assert signed_by_us is ("x_suite" not in wrong)
    assert play.breaches() == [LADDER[step][3]]


def test_a_nonce_works_once_and_only_a_verified_one_is_kept(play: Played) -> None:
    nonce = secrets.token_hex(8)
    assert play.caller.call("GET", PATH, nonce=nonce, x_signature="A" * 86 + "==").code == "BAD_SIGNATURE"
    assert play.caller.call("GET", PATH, nonce=nonce).status == 200
    again = play.caller.call("GET", PATH, nonce=nonce)
    assert (again.status, again.code, again.valid) == (401, "NONCE_REPLAYED", True)


def test_a_nonce_is_forgotten_after_600_seconds(play: Played) -> None:
    nonce = secrets.token_hex(8)
    assert play.caller.call("GET", PATH, nonce=nonce).status == 200
    play.world.clock.offset_s = 601
    assert play.caller.call("GET", PATH, nonce=nonce, at=601).status == 200


@pytest.mark.parametrize("at", [-299, 299])
def test_the_window_is_300_seconds_both_ways(play: Played, at: int) -> None:
    assert play.caller.call("GET", PATH, at=at).status == 200
    beyond = play.caller.call("GET", PATH, at=at + (3 if at > 0 else -3))
    assert (beyond.code, beyond.valid) == ("CLOCK_SKEW", True)


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"x_app_id": None}, "BAD_REQUEST"),
        ({"x_app_id": ["xinyi-plus", "xinyi-plus"]}, "BAD_REQUEST"),
        ({"x_suite": None}, "BAD_REQUEST"),
        ({"x_timestamp": None}, "BAD_REQUEST"),
        ({"x_timestamp": "17953974oo"}, "BAD_REQUEST"),
        ({"x_timestamp": "１７９５３９７４００"}, "BAD_REQUEST"),
        ({"x_nonce": None}, "BAD_REQUEST"),
        ({"x_nonce": "with-hyphens-0000000"}, "BAD_REQUEST"),
        ({"x_nonce": "A" * 65}, "BAD_REQUEST"),
        ({"x_request_id": None}, "BAD_REQUEST"),
        ({"x_request_id": "not-a-uuid"}, "BAD_REQUEST"),
        ({"content_encoding": "gzip"}, "BAD_REQUEST"),
        ({"x_key_id": None}, "BAD_SIGNATURE"),
        ({"x_signature": None}, "BAD_SIGNATURE"),
        ({"x_signature": ["A" * 86 + "==", "A" * 86 + "=="]}, "BAD_SIGNATURE"),
    ],
)
def test_malformed_headers(play: Played, headers: dict[str, Any], code: str) -> None:
    if headers.get("x_timestamp", "").__class__ is str and not headers.get("x_timestamp", "").isascii():
        headers = {"x_timestamp": headers["x_timestamp"].encode()}
    assert play.caller.call("GET", PATH, **headers).code == code


def test_all_answers_carry_the_seven_headers_and_echo_the_request_id(play: Played) -> None:
    for path in (PATH, "/nowhere"):
        answer = play.caller.call("GET", path)
        assert answer.valid
        assert answer.headers["x-app-id"] == "jx-credit-platform"
        assert {"x-suite", "x-key-id", "x-timestamp", "x-nonce", "x-request-id", "x-signature"} <= set(answer.headers)


def test_a_chunked_request_is_refused(play: Played) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", play.port, timeout=5)
    headers = {"X-App-Id": "xinyi-plus", "X-Suite": "ES256-SHA256"}
    connection.request("POST", "/gateway/v1/authorizations", iter([b"{}"]), headers, encode_chunked=True)
    response = connection.getresponse()
    assert response.status == 400
    assert response.getheader("X-Signature")


def test_a_request_id_used_twice_is_a_breach_but_answered(play: Played) -> None:
    given = "0b0e8a52-6f0e-4c3e-9a44-111111111111"
    for _ in range(2):
        assert play.caller.call("GET", PATH, x_request_id=given).status == 200
    assert play.breaches() == ["REQUEST_ID_REUSED"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{",
        b"\xff\xfe",
        b'{"subject": {}, "subject": {}}',
        b'{"subject": NaN}',
        b'{"subject": null}',
        b'{"subject": {}, "phone": null}',
        b'{"subject": {}, "more": 1}',
        b"[" * 100_000,
    ],
)
def test_bodies_that_cannot_be(play: Played, body: bytes) -> None:
    answer = play.caller.call("POST", "/identities/verifications", body)
    assert answer.code in ("BAD_REQUEST", "BAD_SEAL")
    assert answer.valid


def test_paths_methods_and_queries_that_are_not_there(play: Played) -> None:
    assert play.caller.call("GET", "/authorizations").code == "NOT_FOUND"
    assert play.caller.call("POST", "/red-lists/another_list/Y1", {}).code == "NOT_FOUND"
    assert play.caller.call("POST", "/identities/verifications?x=1", {}).code == "BAD_REQUEST"
    assert play.caller.call("GET", PATH, b"{}").code == "BAD_REQUEST"


def test_maintenance_and_the_rate_limit_say_when_to_come_again(play: Played) -> None:
    play.control("PUT", "/platform/settings", {"maintenance_s": 90})
    answer = play.caller.call("GET", PATH)
    assert (answer.status, answer.code, answer.json["retry_after_s"]) == (503, "MAINTENANCE", 90)
    play.control("PUT", "/platform/settings", {"maintenance_s": 0, "rate_per_s": 1})
    assert play.caller.call("GET", PATH).status == 200
    limited = play.caller.call("GET", PATH)
    assert (limited.status, limited.code, limited.json["retry_after_s"]) == (429, "RATE_LIMITED", 1)
    assert play.breaches() == []


def test_calling_on_in_an_announced_window_is_a_breach(play: Played) -> None:
    play.control("PUT", "/platform/settings", {"maintenance_s": 90})
    play.caller.call("GET", PATH)
    play.world.clock.offset_s = 10
    play.caller.call("GET", PATH, at=10)
    assert play.breaches() == ["RETRY_TOO_EARLY"]
