"""The order of the checks, headers sent twice, and parsers that meet anything and raise only what they name."""

import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.gateways.platform import fields, wire
from app.gateways.platform.suites import SUITES
from tests.gateways.conftest import CALM, VECTORS, Memory

SUITE = SUITES["ES256-SHA256"]
SENDER = wire.Sender("ggxy-360000", SUITE, {
    "pk-v-1": SUITE.public_key(VECTORS["keys"]["platform"]["public_pem"].encode())})
SIGNER = wire.Signer("ggxy-360000", SUITE, "pk-v-1",
                     SUITE.private_key(VECTORS["keys"]["platform"]["private_pem"].encode()))
NOW, NONCE, REQUEST_ID = VECTORS["now"], "N0nceOfThePush000001", "6f0f2c1e-3c1d-4a59-8d2f-0c7a4a1d9b11"

# each entry spoils one header; listed in the order in which a receiver looks
SPOILED: list[tuple[dict[str, str | None], str]] = [
    ({"X-App-Id": "another"}, "UNKNOWN_APP"),
    ({"X-App-Id": None}, "BAD_REQUEST"),
    ({"X-Suite": "RS256"}, "BAD_REQUEST"),
    ({"X-Suite": None}, "BAD_REQUEST"),
    ({"Content-Encoding": "gzip"}, "BAD_REQUEST"),
    ({"Transfer-Encoding": "chunked"}, "BAD_REQUEST"),
    ({"X-Timestamp": "1e9"}, "BAD_REQUEST"),
    ({"X-Timestamp": "-5"}, "BAD_REQUEST"),
    ({"X-Timestamp": "１７９５３９７４００"}, "BAD_REQUEST"),
    ({"X-Timestamp": "01795397400"}, "BAD_REQUEST"),
    ({"X-Nonce": "short"}, "BAD_REQUEST"),
    ({"X-Nonce": "x" * 65}, "BAD_REQUEST"),
    ({"X-Nonce": "N0nceOfThePush00000é"}, "BAD_REQUEST"),
    ({"X-Request-Id": "1"}, "BAD_REQUEST"),
    ({"X-Request-Id": None}, "BAD_REQUEST"),
    ({"X-Key-Id": "pk-9"}, "BAD_SIGNATURE"),
    ({"X-Key-Id": None}, "BAD_SIGNATURE"),
    ({"X-Timestamp": str(NOW - 301)}, "CLOCK_SKEW"),
    ({"X-Timestamp": str(NOW * 1000)}, "CLOCK_SKEW"),
    ({"X-Signature": None}, "BAD_SIGNATURE"),
    ({"X-Signature": "A" * 88}, "BAD_SIGNATURE"),
]


def pushed(**spoiled: str | None) -> list[tuple[str, str]]:
    made = wire.request_headers(SIGNER, "POST", "/platform/v1/events", b"{}", NONCE, NOW, REQUEST_ID)
    return [(name, value) for name, value in {**made, **spoiled}.items() if value is not None]


def refused(headers: list[tuple[str, str]], nonces: Memory | None = None) -> str:
    with pytest.raises(wire.NotAccepted) as caught:
        wire.check_request(SENDER, nonces or Memory(), NOW, "POST", "/platform/v1/events", headers, b"{}")
    return caught.value.code


@pytest.mark.parametrize(("spoiled", "code"), SPOILED)
def test_each_header_by_itself(spoiled: dict[str, str | None], code: str) -> None:
    assert refused(pushed(**spoiled)) == code


def test_the_first_wrong_thing_in_the_pages_order_decides() -> None:
    """Fails where two checks of wire.py change places."""
    for place, (first, code) in enumerate(SPOILED):
        for later, _ in SPOILED[place + 1:]:
            if not set(first) & set(later) and not {"X-App-Id", "X-Suite"} >= set(first) | set(later):
                assert refused(pushed(**{**later, **first})) == code


@pytest.mark.parametrize("name", ["X-App-Id", "X-Suite", "X-Key-Id", "X-Timestamp", "X-Nonce", "X-Request-Id",
                                  "X-Signature"])
def test_a_header_sent_twice_counts_as_missing(name: str) -> None:
    missing = refused(pushed(**{name: None}))
    headers = pushed()
    value = dict(headers)[name]
    assert refused([*headers, (name.lower(), value)]) == missing
    folded = [(key, f"{value},{value}" if key == name else kept) for key, kept in headers]
    assert refused(folded) == missing


def test_a_nonce_is_kept_only_once_its_signature_verified() -> None:
    nonces = Memory()
    assert refused(pushed(**{"X-Signature": "A" * 88}), nonces) == "BAD_SIGNATURE"
    wire.check_request(SENDER, nonces, NOW, "POST", "/platform/v1/events", pushed(), b"{}")
    assert refused(pushed(), nonces) == "NONCE_REPLAYED"


def test_answers_and_pushes_of_the_platform_share_one_nonce_space() -> None:
    nonces = Memory()
    wire.check_request(SENDER, nonces, NOW, "POST", "/platform/v1/events", pushed(), b"{}")
    text = wire.answer_to_sign(SUITE, 200, "Q" * 20, str(NOW), NONCE, b"")
    signature = base64.b64encode(SUITE.sign(SIGNER.key, text)).decode()
    with pytest.raises(wire.NotAccepted, match="NONCE_REPLAYED"):
        wire.check_answer(SENDER, nonces, NOW, "Q" * 20, REQUEST_ID, 200, pushed(**{"X-Signature": signature}), b"")


@CALM
@given(st.binary(max_size=100))
def test_base64_has_one_text_for_all_bytes(data: bytes) -> None:
    standard = base64.b64encode(data).decode()
    assert wire.strict_base64(standard) == data
    assert wire.strict_base64url(wire.base64url(data)) == data
    for spoiled in (standard + "\n", " " + standard, standard + "=", standard.replace("=", "") + "*"):
        with pytest.raises(wire.Malformed):
            wire.strict_base64(spoiled)


@pytest.mark.parametrize("text", ["QQ", "QR==", "Q===", "QQ==QQ==", "-_-_", "QQ==\n", "Ｑ＝＝＝"])
def test_base64_that_only_some_would_read(text: str) -> None:
    with pytest.raises(wire.Malformed):
        wire.strict_base64(text)


@pytest.mark.parametrize("text", ["QQ==", "QR", "Q", "+/+/", "QQ\n"])
def test_base64url_that_only_some_would_read(text: str) -> None:
    with pytest.raises(wire.Malformed):
        wire.strict_base64url(text)


header_names = st.sampled_from([name for name, _ in pushed()] + ["Via"])
header_values = st.one_of(st.text(max_size=100), st.sampled_from([value for _, value in pushed()]))


@CALM
@given(st.lists(st.tuples(header_names, header_values), max_size=10), st.binary(max_size=40))
def test_any_headers_are_taken_or_refused_by_name(headers: list[tuple[str, str]], body: bytes) -> None:
    with pytest.raises(wire.NotAccepted) as caught:
        wire.check_request(SENDER, Memory(), NOW, "POST", "/platform/v1/events", headers, b"spoiled" + body)
    assert caught.value.code in ("BAD_REQUEST", "UNKNOWN_APP", "BAD_SIGNATURE", "CLOCK_SKEW")


@CALM
@given(st.text(max_size=100))
def test_base64_readers_raise_malformed_and_nothing_else(text: str) -> None:
    for read in (wire.strict_base64, wire.strict_base64url):
        try:
            assert isinstance(read(text), bytes)
        except wire.Malformed:
            continue


@pytest.mark.parametrize("value", [
    "2026-11-23T09:30:00", "2026-11-23 09:30:00+08:00", "2026-11-23T09:30:60Z", "2026-02-30T00:00:00Z",
    "0001-01-01T00:00:00+08:00", "9999-12-31T23:59:59Z", "2026-11-23T09:30:00+08:00\n", "２026-11-23T09:30:00Z",
    "2026-11-23T09:30:00+99:99", 1, None, ""])
def test_moments_that_are_none(value: Any) -> None:
    with pytest.raises(fields.Unreadable):
        fields.moment({"at": value}, "at")


def test_moments_with_offset_z_and_fractions() -> None:
    same = {fields.moment({"at": text}, "at") for text in (
        "2026-11-23T09:30:00+08:00", "2026-11-23T01:30:00Z", "2026-11-23T01:30:00.000000000Z")}
    assert len(same) == 1
