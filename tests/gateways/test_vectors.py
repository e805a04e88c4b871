"""Every ES256 vector, negatives too, through the functions that the client and the door use.

Breaks that were tried: a check of wire.py left out (window, echo, nonce, key), `abs()` dropped from the window,
base64 decoded without `validate`, the digest taken of the JSON written anew; each failed here.
"""

import json
from typing import Any

import pytest

from app.gateways.platform import sealing, wire
from app.gateways.platform.keys import PlatformKeys
from app.gateways.platform.suites import SUITES, BadSeal
from tests.gateways.conftest import VECTORS, Memory
from tests.gateways.stand_in import PLATFORM_ID

SUITE = SUITES["ES256-SHA256"]
REQUEST_ID = "6f0f2c1e-3c1d-4a59-8d2f-0c7a4a1d9b11"


def title(vector: dict[str, Any]) -> str:
    return str(vector["title"])



def sender(app_id: str) -> wire.Sender:
    """A receiver knows only the keys under `keys`."""
    public = {part["key_id"]: SUITE.public_key(part["public_pem"].encode())
              for part in (VECTORS["keys"]["client"], VECTORS["keys"]["platform"])}
    return wire.Sender(app_id, SUITE, public)


def headers(vector: dict[str, Any], app_id: str) -> list[tuple[str, str]]:
    return [("x-app-id", app_id), ("X-Suite", "ES256-SHA256"), ("X-Key-Id", vector["key_id"]),
            ("X-Timestamp", vector["timestamp"]), ("X-Nonce", vector["nonce"]), ("X-Request-Id", REQUEST_ID),
            ("X-Signature", vector["signature"])]


def seen(vector: dict[str, Any], app_id: str) -> Memory:
    return Memory(*((f"platform:{app_id}", nonce) for nonce in vector["seen_nonces"]))


@pytest.mark.parametrize("vector", VECTORS["requests"], ids=title)
def test_a_request_is_taken_or_refused_as_said(vector: dict[str, Any]) -> None:
    body = vector["body"].encode()
    assert SUITE.digest(body) == vector["body_digest"]
    assert wire.request_to_sign(SUITE, vector["method"], vector["target"], vector["timestamp"], vector["nonce"],
                                body).decode() == vector["to_sign"]

    def check() -> wire.Stamp:
        return wire.check_request(sender(vector["app_id"]), seen(vector, vector["app_id"]), vector["received_at"],
                                  vector["method"], vector["target"], headers(vector, vector["app_id"]), body)

    if vector["valid"]:
        assert check().nonce == vector["nonce"]
    else:
        with pytest.raises(wire.NotAccepted) as refused:
            check()
        assert refused.value.code == vector["refused_as"]


@pytest.mark.parametrize("vector", VECTORS["responses"], ids=title)
def test_a_response_is_an_answer_or_none(vector: dict[str, Any]) -> None:
    body = vector["body"].encode()
    assert SUITE.digest(body) == vector["body_digest"]
    assert wire.answer_to_sign(SUITE, vector["status"], vector["request_nonce"], vector["timestamp"],
                               vector["nonce"], body).decode() == vector["to_sign"]

    def check() -> wire.Stamp:
        return wire.check_answer(
            sender(PLATFORM_ID), seen(vector, PLATFORM_ID), vector["received_at"], vector["request_nonce"],
            REQUEST_ID, vector["status"], headers(vector, PLATFORM_ID), body)

    if vector["valid"]:
        assert check().timestamp == vector["timestamp"]
    else:
        with pytest.raises(wire.NotAccepted) as refused:
            check()
        late = vector["title"] in ("expired", "from the future")
        assert refused.value.skew_s == (int(vector["timestamp"]) - vector["received_at"] if late else None)


@pytest.mark.parametrize("vector", VECTORS["sealed"], ids=title)
def test_a_field_seals_and_opens(vector: dict[str, Any], keys: PlatformKeys) -> None:
    iv = bytes.fromhex(vector["iv"])
    made = sealing.seal_with(keys, vector["kid"], iv, vector["plain"].encode(), vector["nonce"])
    assert made == vector["field"]
    assert sealing.open_json(keys, vector["field"], vector["nonce"]) == json.loads(vector["plain"])


def test_a_subject_seals_to_the_vectors_plain_text(keys: PlatformKeys, vectors: dict[str, Any]) -> None:
    for person, vector in zip(vectors["people"], vectors["sealed"], strict=False):
        subject = sealing.Subject(person["name"], person["id_number"])
        sealed = sealing.seal_subject(keys, subject, vector["nonce"])
        plain = SUITE.open(keys.data_keys[sealed["kid"]], wire.strict_base64url(sealed["iv"]),
                           wire.strict_base64url(sealed["ct"]), vector["nonce"].encode())
        assert plain.decode() == vector["plain"]
        assert sealing.open_subject(keys, sealed, vector["nonce"]) == subject
        assert person["id_number"] not in repr(subject)
        assert person["name"] not in repr(subject)


@pytest.mark.parametrize("vector", VECTORS["sealed_bad"], ids=title)
def test_a_bad_seal_does_not_open(vector: dict[str, Any], keys: PlatformKeys) -> None:
    data_key = SUITE.data_key(bytes.fromhex(vector["key"]))
    with_key = PlatformKeys(SUITE, "ck-v-1", None, {}, "dk-2026-1", {"dk-2026-1": data_key})
    with pytest.raises(BadSeal):
        sealing.open_json(with_key, vector["field"], vector["nonce"])


@pytest.mark.parametrize("vector", VECTORS["digests"], ids=title)
def test_digests(vector: dict[str, Any]) -> None:
    assert SUITE.digest(vector["text"].encode()) == vector["digest"]


@pytest.mark.parametrize("vector", VECTORS["reconciliation"], ids=title)
def test_the_digest_of_a_day(vector: dict[str, Any]) -> None:
    assert SUITE.digest(vector["joined"].encode()) == vector["digest"]
    assert wire.record_nos_digest(SUITE, vector["record_nos"]) == vector["digest"]


def test_the_digest_of_a_document(vectors: dict[str, Any]) -> None:
    assert wire.document_digest(SUITE, vectors["document"]["text"]) == vectors["document"]["digest"]


def test_what_we_sign_verifies(vectors: dict[str, Any], keys: PlatformKeys) -> None:
    signer = wire.Signer("xinyi-plus", SUITE, "ck-v-1", keys.client_private)
    made = wire.request_headers(signer, "POST", "/gateway/v1/authorizations", b"{}", wire.new_nonce(),
                                vectors["now"], REQUEST_ID)
    assert len(made) == 7
    stamp = wire.check_request(sender("xinyi-plus"), Memory(), vectors["now"], "POST",
                               "/gateway/v1/authorizations", list(made.items()), b"{}")
    assert stamp.request_id == REQUEST_ID
