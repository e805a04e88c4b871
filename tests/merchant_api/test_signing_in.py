"""Only a request that was signed so, by a live key, now, and for the first time is taken (promises C6 to C11)."""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from app.kernel import clock
from app.merchant_api import signing_in
from app.merchant_api.errors import SignError
from app.merchants import enrolling, keeping_keys
from tests.merchant_api.till import SCHEME, Till, private_key, public_pem, sign

PATH = "/v3/xinyi/verifications"
BODY = json.dumps({"presentation": "0" * 22}).encode()


def refused(answer: Any) -> bool:
    return (answer.status_code, answer.json["code"]) == (401, "SIGN_ERROR")


def test_a_signed_request_is_answered_and_the_answer_is_signed(till: Till) -> None:
    answer = till.send("POST", PATH, BODY)
    assert answer.status_code == 200, answer.text
    assert answer.json["eligible"] is False


@pytest.mark.parametrize(("name", "edit"), [
    ("signature with a space", lambda p: p.update(signature=p["signature"] + " ")),
    ("url-safe base64", lambda p: p.update(signature=p["signature"].replace("+", "-").replace("/", "_") + "-")),
    ("empty signature", lambda p: p.update(signature="")),
    ("one bit", lambda p: p.update(signature=("B" if p["signature"][0] == "A" else "A") + p["signature"][1:])),
    ("unpadded", lambda p: p.update(signature=p["signature"].rstrip("="))),
    ("stray bits", lambda p: p.update(signature=p["signature"][:-3] + chr(ord(p["signature"][-3]) + 1) + "==")),
    ("a megabyte", lambda p: p.update(signature="A" * 1_000_000)),
    ("serial of nobody", lambda p: p.update(serial_no="NOBODYS0000")),
    ("serial as a path", lambda p: p.update(serial_no="../../dev/null")),
    ("serial as SQL", lambda p: p.update(serial_no="' OR 1=1 --")),
    ("10 KB of serial", lambda p: p.update(serial_no="A" * 10_000)),
    ("no serial", lambda p: p.pop("serial_no")),
    ("another merchant's number", lambda p: p.update(mchid="1699999999")),
    ("other nonce", lambda p: p.update(nonce_str="0" * 32)),
    ("other time", lambda p: p.update(timestamp=str(int(p["timestamp"]) + 1))),
    ("one part more", lambda p: p.update(role="admin")),
    ("a digit that isn't ASCII", lambda p: p.update(timestamp=p["timestamp"][:-1] + "\u00b2")),
])
def test_what_was_changed_after_signing_is_refused(till: Till, name: str, edit: Callable[..., Any]) -> None:
    """C3, C6. Fails where the canonical base64 check goes (stray bits), where `fullmatch` becomes `match` (a space),
    or where the key is looked up without the merchant.
    """
    assert refused(till.send("POST", PATH, BODY, till.authorize("POST", PATH, BODY, edit=edit))), name


def test_a_line_feed_after_a_part_is_refused(till: Till, app: Any) -> None:
    """C6, below HTTP, which couldn't carry it. Fails where a form is matched with `$`."""
    for header in (till.authorize("POST", PATH, BODY, edit=lambda p: p.update(signature=p["signature"] + "\n")),
                   till.authorize("POST", PATH, BODY, nonce="N" * 32 + "\n")):
        with app.app_context(), pytest.raises(SignError):
            signing_in.sign_in(signing_in.Signed("POST", [PATH.encode()], header, BODY))


@pytest.mark.parametrize("header", ["", "Bearer x", f"{SCHEME}", f"{SCHEME} ", f"{SCHEME} mchid=\"1600000001\"",
                                    f"{SCHEME} mchid=\"1\",mchid=\"2\"", "\x7f"])
def test_what_isnt_an_authorization_is_refused(till: Till, header: str) -> None:
    assert refused(till.send("POST", PATH, BODY, header))


def test_the_parts_may_come_in_any_order_but_once(till: Till) -> None:
    scheme, parts = till.authorize("POST", PATH, BODY).split(" ", 1)
    pieces = parts.split(",")
    assert till.send("POST", PATH, BODY, f"{scheme} {','.join(reversed(pieces))}").status_code == 200
    scheme, parts = till.authorize("POST", PATH, BODY).split(" ", 1)
    assert refused(till.send("POST", PATH, BODY, f"{scheme} {parts},{parts.split(',')[0]}"))


def test_what_was_signed_is_what_is_sent(till: Till) -> None:
    """C9: another body, method, path or query. Fails where any of the five lines is left out of the message."""
    good = {"method": "POST", "path": PATH, "body": BODY}
    for change in ({"body": BODY + b" "}, {"path": PATH + "?a=1"}, {"path": PATH + "/"}, {"path": PATH.upper()},
                   {"method": "PUT"}, {"body": b""}):
        told = {**good, **change}
        assert refused(till.send("POST", PATH, BODY, till.authorize(**told))), change  # type: ignore[arg-type]
    doubled = PATH + "?a=1&a=2"
    assert refused(till.send("POST", doubled, BODY, till.authorize("POST", PATH + "?a=1", BODY)))
    assert refused(till.send("POST", doubled, BODY, till.authorize("POST", PATH + "?a=2&a=1", BODY)))
    assert till.send("POST", doubled, BODY).status_code == 200


def test_a_path_counts_by_what_it_names(till: Till) -> None:
    """C9, decisions/0080: encoded, half encoded, or signed before encoding; never another resource."""
    path, encoded = "/v3/xinyi/redemptions/a|b*c", "/v3/xinyi/redemptions/a%7Cb*c"
    for signed in (path, encoded, "/v3/xinyi/redemptions/a%7Cb%2Ac"):
        answer = till.send("GET", encoded, b"", till.authorize("GET", signed, b""))
        assert (answer.status_code, answer.json["code"]) == (404, "RESOURCE_NOT_EXISTS"), signed
    for other in ("/v3/xinyi/redemptions/a%7cb*c", "/v3/xinyi/redemptions/a%7cb%2ac"):  # .NET encodes in small letters
        assert till.send("GET", other, b"").status_code == 404, other
    twice = "/v3/xinyi/redemptions/a%257Cb"  # names `a%7Cb`, which a signature for `a|b` must not open
    assert refused(till.send("GET", twice, b"", till.authorize("GET", "/v3/xinyi/redemptions/a%7Cb", b"")))


@pytest.mark.parametrize(("seconds", "good"), [(-301, False), (-300, True), (0, True), (300, True), (301, False)])
def test_the_window_is_300_seconds_on_both_sides(till: Till, monkeypatch: pytest.MonkeyPatch, seconds: int,
                                                 good: bool) -> None:
    """C8. Fails where only the past is looked at, or the end of our own second is (tried: without math.floor)."""
    moment = int(time.time())
    monkeypatch.setattr(clock, "now", lambda: datetime.fromtimestamp(moment + 0.9, UTC))
    answer = till.send("POST", PATH, BODY, till.authorize("POST", PATH, BODY, at=moment + seconds))
    assert answer.status_code == (200 if good else 401)


@pytest.mark.parametrize("stamp", ["0", "-1", "1e20", "9" * 20, "", " ", "12345"])
def test_a_timestamp_is_ten_digits(till: Till, stamp: str) -> None:
    assert refused(till.send("POST", PATH, BODY, till.authorize("POST", PATH, BODY, at=stamp)))
    assert refused(till.send("POST", PATH, BODY, till.authorize("POST", PATH, BODY, at=str(int(time.time() * 1000)))))


def test_a_nonce_may_be_short(till: Till) -> None:
    """The page gives no length."""
    header = till.authorize("POST", PATH, BODY, nonce="7")
    assert till.send("POST", PATH, BODY, header).status_code == 200
    assert refused(till.send("POST", PATH, BODY, header))


def test_a_nonce_is_good_once_for_each_merchant(till: Till, till_of: Callable[..., Till]) -> None:
    """C7, P3. Fails where the nonce isn't kept, or is kept for all merchants together."""
    other, nonce = till_of(2), "N" * 32
    header = till.authorize("POST", PATH, BODY, nonce=nonce)
    assert till.send("POST", PATH, BODY, header).status_code == 200
    assert refused(till.send("POST", PATH, BODY, header))
    assert refused(till.send("POST", PATH, BODY, till.authorize("POST", PATH, BODY, nonce=nonce)))
    assert other.send("POST", PATH, BODY, other.authorize("POST", PATH, BODY, nonce=nonce)).status_code == 200


def test_a_forged_request_doesnt_use_up_the_nonce(till: Till) -> None:
    header = till.authorize("POST", PATH, BODY)
    assert refused(till.send("POST", PATH, BODY + b" ", header))
    assert till.send("POST", PATH, BODY, header).status_code == 200


def test_a_nonce_outlives_its_timestamp(till: Till, servers: Any) -> None:
    """A request from a clock that runs 299 s ahead is good for 599 s: its nonce must be known that long."""
    till.send("POST", PATH, BODY, till.authorize("POST", PATH, BODY, nonce="L" * 32))
    left = servers.valkey.connect().ttl(f"nonce:merchant:{till.mchid}:{'L' * 32}")
    assert left > 600


def test_keys_change_hands(till: Till, app: Any) -> None:
    """C11: both keys live, then the old one revoked, at once."""
    new = Till(till.client, till.mchid, "ROTATED00001", private_key(7), till.answers_key, till.answers_id)
    assert refused(new.send("POST", PATH, BODY))
    with app.app_context():
        keeping_keys.add(till.merchant_id, public_pem(private_key(7)), "ROTATED00001")
    assert till.send("POST", PATH, BODY).status_code == new.send("POST", PATH, BODY).status_code == 200
    swapped = new.authorize("POST", PATH, BODY, edit=lambda p: p.update(serial_no=till.serial_no))
    assert refused(new.send("POST", PATH, BODY, swapped))
    with app.app_context():
        keeping_keys.revoke(till.merchant_id, till.serial_no)
    assert refused(till.send("POST", PATH, BODY))
    assert new.send("POST", PATH, BODY).status_code == 200


def test_anothers_serial_and_a_paused_merchant(till: Till, till_of: Callable[..., Till], app: Any) -> None:
    other = till_of(2)
    mixed = till.authorize("POST", PATH, BODY, edit=lambda p: p.update(serial_no=other.serial_no))
    assert refused(till.send("POST", PATH, BODY, mixed))
    posing = other.authorize("POST", PATH, BODY, edit=lambda p: p.update(mchid=till.mchid))
    assert refused(other.send("POST", PATH, BODY, posing))
    with app.app_context():
        enrolling.pause(till.mchid)
    assert refused(till.send("POST", PATH, BODY))


def test_a_citizens_token_opens_nothing_here(till: Till) -> None:
    """C5."""
    assert refused(till.send("POST", PATH, BODY, "Bearer eyJhbGciOiJFUzI1NiJ9.e30.AAAA"))


def test_refusals_are_signed_and_in_wechats_words(till: Till) -> None:
    """Every answer under /v3, whoever gives it: till.send has checked the signature and the shape."""
    for method, path, body, status, code in (
        ("GET", "/v3/xinyi/nothing", b"", 404, "RESOURCE_NOT_EXISTS"),
        ("GET", "/v3", b"", 404, "RESOURCE_NOT_EXISTS"),
        ("GET", "/v3/pay/transactions/jsapi", b"", 404, "RESOURCE_NOT_EXISTS"),
        ("PUT", PATH, BODY, 405, "INVALID_REQUEST"),
        ("POST", PATH, b"{", 400, "PARAM_ERROR"),
        ("POST", PATH, b"{}", 400, "PARAM_ERROR"),
        ("POST", PATH, b"[]", 400, "PARAM_ERROR"),
        ("POST", PATH, b'{"presentation": "a", "presentation": "b"}', 400, "PARAM_ERROR"),
        ("POST", PATH, b'{"presentation": NaN}', 400, "PARAM_ERROR"),
        ("POST", PATH, b'{"presentation": "\\ud800"}', 400, "PARAM_ERROR"),
        ("POST", PATH, b'{"presentation": "\\u0000"}', 400, "PARAM_ERROR"),
        ("POST", PATH, b"[" * 5000, 400, "PARAM_ERROR"),
        ("POST", PATH, b'{"presentation": "a", "grade": "A"}', 400, "PARAM_ERROR"),
        ("POST", PATH, b" " * 300_000, 413, "PARAM_ERROR"),
    ):
        answer = till.send(method, path, body)
        assert (answer.status_code, answer.json["code"]) == (status, code), (path, body[:40], answer.text)
    detail = till.send("POST", PATH, b'{"presentation": "a", "grade": "A"}').json["detail"]
    assert (detail["field"], detail["location"]) == ("/grade", "body")


def test_the_other_content_types_are_refused(till: Till) -> None:
    answer = till.send("POST", PATH, BODY, headers={"Content-Type": "text/plain"})
    assert (answer.status_code, answer.json["code"]) == (415, "PARAM_ERROR")


def test_an_unsigned_call_meets_the_guard_before_its_body(till: Till) -> None:
    answer = till.send("POST", PATH, b"{", authorization="none")
    assert refused(answer)


def test_the_till_itself_signs_as_the_page_says(till: Till) -> None:
    """A known message and its lines, so that till and service can't agree on something else."""
    header = till.authorize("POST", "/p?q=1", b'{"a":1}', at="1795402200", nonce="NONCE")
    assert f'signature="{sign(till.key, "POST", "/p?q=1", "1795402200", "NONCE", b"""{"a":1}""")}"' in header
