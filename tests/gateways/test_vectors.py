"""Every vector of both suites, negatives too, through the functions that the client and the door use; SM2 by each
back end that is installed here.

Breaks that were tried: a check of wire.py left out (window, echo, nonce, key), `abs()` dropped from the window,
base64 decoded without `validate`, the digest taken of the JSON written anew, SM4-GCM without the additional data,
another SM2 user id; each failed here.
"""

import json
from dataclasses import dataclass
from typing import Any

import pytest

from app.gateways.platform import sealing, wire
from app.gateways.platform.keys import PlatformKeys
from app.gateways.platform.suites import SUITES, BadSeal, Suite
from app.kernel import sm2
from tests.gateways.conftest import BACK_ENDS, Memory, vectors_of
from tests.gateways.stand_in import PLATFORM_ID

REQUEST_ID = "6f0f2c1e-3c1d-4a59-8d2f-0c7a4a1d9b11"


@dataclass(frozen=True)
class Case:
    """One vector, the page of vectors it stands on, the suite, and who does SM2 in it."""

    vector: dict[str, Any]
    page: dict[str, Any]
    back_end: str | None

    @property
    def suite(self) -> Suite:
        return SUITES[self.page["suite"]]

    def __str__(self) -> str:
        return f"{self.page['suite']} {self.back_end or ''} {self.vector.get('title', '')}"


def cases(part: str | None = None) -> Any:
    """Every vector of a part of both pages, or each page itself; SM2 once for each back end."""
    told = [(vectors_of("ES256-SHA256"), None), *((vectors_of("SM2-SM3"), name) for name in BACK_ENDS)]
    return pytest.mark.parametrize("case", [Case(vector, page, name) for page, name in told
                                            for vector in (page[part] if part else [{}])], ids=str)


@pytest.fixture(autouse=True)
def sm2_by(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    case = request.getfixturevalue("case")
    if case.back_end:
        monkeypatch.setattr(sm2, "gmssl_pyx", BACK_ENDS[case.back_end])


def keys_of(case: Case) -> PlatformKeys:
    """The keys of the page, the client's side."""
    told = case.page["keys"]
    return PlatformKeys(case.suite, "ck-v-1", case.suite.private_key(told["client"]["private_pem"].encode()), {},
                        "dk-2026-1", {kid: case.suite.data_key(bytes.fromhex(raw))
                                      for kid, raw in told["data_keys"].items()})


def sender(case: Case, app_id: str) -> wire.Sender:
    """A receiver knows only the keys under `keys`."""
    public = {part["key_id"]: case.suite.public_key(part["public_pem"].encode())
              for part in (case.page["keys"]["client"], case.page["keys"]["platform"])}
    return wire.Sender(app_id, case.suite, public)


def headers(case: Case, app_id: str) -> list[tuple[str, str]]:
    vector = case.vector
    return [("x-app-id", app_id), ("X-Suite", case.suite.name), ("X-Key-Id", vector["key_id"]),
            ("X-Timestamp", vector["timestamp"]), ("X-Nonce", vector["nonce"]), ("X-Request-Id", REQUEST_ID),
            ("X-Signature", vector["signature"])]


def seen(vector: dict[str, Any], app_id: str) -> Memory:
    return Memory(*((f"platform:{app_id}", nonce) for nonce in vector["seen_nonces"]))


@cases("requests")
def test_a_request_is_taken_or_refused_as_said(case: Case) -> None:
    vector, body = case.vector, case.vector["body"].encode()
    assert case.suite.digest(body) == vector["body_digest"]
    assert wire.request_to_sign(case.suite, vector["method"], vector["target"], vector["timestamp"], vector["nonce"],
                                body).decode() == vector["to_sign"]

    def check() -> wire.Stamp:
        return wire.check_request(sender(case, vector["app_id"]), seen(vector, vector["app_id"]), vector["received_at"],
                                  vector["method"], vector["target"], headers(case, vector["app_id"]), body)

    if vector["valid"]:
        assert check().nonce == vector["nonce"]
    else:
        with pytest.raises(wire.NotAccepted) as refused:
            check()
        assert refused.value.code == vector["refused_as"]


@cases("responses")
def test_a_response_is_an_answer_or_none(case: Case) -> None:
    vector, body = case.vector, case.vector["body"].encode()
    assert case.suite.digest(body) == vector["body_digest"]
    assert wire.answer_to_sign(case.suite, vector["status"], vector["request_nonce"], vector["timestamp"],
                               vector["nonce"], body).decode() == vector["to_sign"]

    def check() -> wire.Stamp:
        return wire.check_answer(
            sender(case, PLATFORM_ID), seen(vector, PLATFORM_ID), vector["received_at"], vector["request_nonce"],
            REQUEST_ID, vector["status"], headers(case, PLATFORM_ID), body)

    if vector["valid"]:
        assert check().timestamp == vector["timestamp"]
    else:
        with pytest.raises(wire.NotAccepted) as refused:
            check()
        late = vector["title"] in ("expired", "from the future")
        assert refused.value.skew_s == (int(vector["timestamp"]) - vector["received_at"] if late else None)


@cases("sealed")
def test_a_field_seals_and_opens(case: Case) -> None:
    vector, keys = case.vector, keys_of(case)
    iv = bytes.fromhex(vector["iv"])
    made = sealing.seal_with(keys, vector["kid"], iv, vector["plain"].encode(), vector["nonce"])
    assert made == vector["field"]
    assert sealing.open_json(keys, vector["field"], vector["nonce"]) == json.loads(vector["plain"])


@cases()
def test_a_subject_seals_to_the_vectors_plain_text(case: Case) -> None:
    keys = keys_of(case)
    for person, vector in zip(case.page["people"], case.page["sealed"], strict=False):
        subject = sealing.Subject(person["name"], person["id_number"])
        sealed = sealing.seal_subject(keys, subject, vector["nonce"])
        plain = case.suite.open(keys.data_keys[sealed["kid"]], wire.strict_base64url(sealed["iv"]),
                                wire.strict_base64url(sealed["ct"]), vector["nonce"].encode())
        assert plain.decode() == vector["plain"]
        assert sealing.open_subject(keys, sealed, vector["nonce"]) == subject
        assert person["id_number"] not in repr(subject)
        assert person["name"] not in repr(subject)


@cases("sealed_bad")
def test_a_bad_seal_does_not_open(case: Case) -> None:
    data_key = case.suite.data_key(bytes.fromhex(case.vector["key"]))
    with_key = PlatformKeys(case.suite, "ck-v-1", None, {}, "dk-2026-1", {"dk-2026-1": data_key})
    with pytest.raises(BadSeal):
        sealing.open_json(with_key, case.vector["field"], case.vector["nonce"])


@cases("digests")
def test_digests(case: Case) -> None:
    assert case.suite.digest(case.vector["text"].encode()) == case.vector["digest"]


@cases("reconciliation")
def test_the_digest_of_a_day(case: Case) -> None:
    vector = case.vector
    assert case.suite.digest(vector["joined"].encode()) == vector["digest"]
    assert wire.record_nos_digest(case.suite, vector["record_nos"]) == vector["digest"]


@cases()
def test_the_digest_of_a_document(case: Case) -> None:
    document = case.page["document"]
    assert wire.document_digest(case.suite, document["text"]) == document["digest"]


@cases()
def test_what_we_sign_verifies(case: Case) -> None:
    signer, moment = wire.Signer("xinyi-plus", case.suite, "ck-v-1", keys_of(case).client_private), case.page["now"]
    made = wire.request_headers(signer, "POST", "/gateway/v1/authorizations", b"{}", wire.new_nonce(), moment,
                                REQUEST_ID)
    assert len(made) == 7
    stamp = wire.check_request(sender(case, "xinyi-plus"), Memory(), moment, "POST",
                               "/gateway/v1/authorizations", list(made.items()), b"{}")
    assert stamp.request_id == REQUEST_ID
