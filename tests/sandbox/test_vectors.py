"""The published vectors against the sandbox's own signing: both were written apart from the product.

Break that makes these fail: leave the last newline off `request_text`, or let `signed_by` accept url-safe base64.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from sandbox.seals import BadSeal, unseal
from sandbox.signing import SUITES, request_text, response_text, signed_by

VECTORS = json.loads((Path(__file__).parent / "vectors" / "platform.json").read_text("utf-8"))
WINDOW_S = VECTORS["window_s"]


def cases(kind: str) -> list[Any]:
    return [
        pytest.param(name, case, id=f"{name} {case['title']}")
        for name in SUITES
        for case in VECTORS["suites"][name][kind]
    ]


def accepted(case: dict[str, Any], name: str, text: bytes, public: Any) -> bool:
    """What a receiver says who knows this key, this clock and these nonces."""
    in_window = abs(case["received_at"] - int(case["timestamp"])) <= WINDOW_S
    return (
        in_window
        and signed_by(SUITES[name], public, text, case["signature"])
        and (case["nonce"] not in case["seen_nonces"])
    )


def public_of(name: str, side: str) -> Any:
    return SUITES[name].load_public(VECTORS["suites"][name]["keys"][side]["public_pem"].encode())


@pytest.mark.parametrize(("name", "case"), cases("digests"))
def test_digests(name: str, case: dict[str, Any]) -> None:
    assert SUITES[name].digest(case["text"].encode()) == case["digest"]


@pytest.mark.parametrize(("name", "case"), cases("requests"))
def test_requests_are_taken_or_refused(name: str, case: dict[str, Any]) -> None:
    suite = SUITES[name]
    arguments = (case["method"], case["target"], case["timestamp"], case["nonce"], case["body"].encode())
    text = request_text(suite, *arguments)
    side = "platform" if case["target"] == "/platform/v1/events" else "client"
    assert suite.digest(case["body"].encode()) == case["body_digest"] or not case["valid"]
    assert text.decode() == case["to_sign"] or not case["valid"]
    assert accepted(case, name, text, public_of(name, side)) is case["valid"]


@pytest.mark.parametrize(("name", "case"), cases("responses"))
def test_answers_are_taken_or_refused(name: str, case: dict[str, Any]) -> None:
    suite = SUITES[name]
    arguments = (case["status"], case["request_nonce"], case["timestamp"], case["nonce"], case["body"].encode())
    text = response_text(suite, *arguments)
    assert text.decode() == case["to_sign"] or not case["valid"]
    assert accepted(case, name, text, public_of(name, "platform")) is case["valid"]


@pytest.mark.parametrize(("name", "case"), cases("sealed"))
def test_sealed_fields_open_and_are_made_alike(name: str, case: dict[str, Any]) -> None:
    suite, key = SUITES[name], bytes.fromhex(case["key"])
    assert unseal(suite, {case["kid"]: key}, case["field"], case["nonce"]).decode() == case["plain"]
    made = suite.encrypt(key, bytes.fromhex(case["iv"]), case["plain"].encode(), case["nonce"].encode())
    assert unseal(suite, {case["kid"]: key}, case["field"], case["nonce"]) == suite.decrypt(
        key, bytes.fromhex(case["iv"]), made, case["nonce"].encode()
    )


@pytest.mark.parametrize(("name", "case"), cases("sealed_bad"))
def test_spoilt_fields_do_not_open(name: str, case: dict[str, Any]) -> None:
    keys = {"dk-2026-1": bytes.fromhex(case["key"])}
    with pytest.raises(BadSeal):
        unseal(SUITES[name], keys, case["field"], case["nonce"])


@pytest.mark.parametrize("name", list(SUITES))
def test_own_signatures_verify_with_the_published_keys(name: str) -> None:
    suite, keys = SUITES[name], VECTORS["suites"][name]["keys"]
    private = suite.load_private(keys["client"]["private_pem"].encode())
    raw = suite.sign(private, b"text")
    assert len(raw) == 64
    assert suite.verify(public_of(name, "client"), b"text", raw)
    assert not suite.verify(public_of(name, "platform"), b"text", raw)
    assert suite.public_pem(keys["client"]["private_pem"].encode()).decode() == keys["client"]["public_pem"]


@pytest.mark.parametrize("name", list(SUITES))
def test_base64_has_one_way_of_writing(name: str) -> None:
    """Four bits of the last character carry nothing; a signature with them set is another text, and refused."""
    suite = SUITES[name]
    case = next(case for case in VECTORS["suites"][name]["requests"] if case["valid"])
    good, public = case["signature"], public_of(name, "client")
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    other = good[:85] + alphabet[alphabet.index(good[85]) + 1] + "=="
    assert signed_by(suite, public, case["to_sign"].encode(), good)
    assert not signed_by(suite, public, case["to_sign"].encode(), other)
