"""scan_proofs.js in a real Chromium, against proofs that joserfc makes: it takes what the server would take, no more.

Breaks tried: the signature not verified; `aud`, `exp`, `iat`, the queue's `ent` not looked at; more claims let in.
"""

import base64
import json
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from tests.console.watching import PHONE, ROOT, watching
from tests.stack import Stack

STATIC = ROOT / "app/static/console"
NOW = 1795402300
CLAIMS = {"aud": "1600000001", "svc": "5" * 32, "ent": "E123456", "jti": "a" * 32, "iat": NOW - 60, "exp": NOW + 540}
HEADER = {"alg": "ES256", "kid": "proof-1", "typ": "xinyi-proof+jwt"}
KEY, OTHER = ECKey.generate_key("P-256"), ECKey.generate_key("P-256")
SERVICE = {"title": "咖啡", "kind": "voucher", "here": True, "worth": 1800}
ELSEWHERE = {**SERVICE, "here": False}


def known() -> dict[str, Any]:
    return {"mchid": "1600000001", "keys": [{**KEY.as_dict(private=False), "kid": "proof-1"}],
            "services": {"5" * 32: SERVICE, "6" * 32: ELSEWHERE}}


def proof(key: ECKey = KEY, header: dict[str, Any] | None = None, **claims: Any) -> str:
    made = {name: value for name, value in {**CLAIMS, **claims}.items() if value is not None}
    return jwt.encode({**HEADER, **(header or {})}, made, key, algorithms=["ES256"])


def unsigned() -> str:
    _, body, signature = proof().split(".")
    none = base64.urlsafe_b64encode(json.dumps({**HEADER, "alg": "none"}).encode()).rstrip(b"=").decode()
    return f"{none}.{body}.{signature}"


def changed() -> str:
    head, _, signature = proof().split(".")
    other = base64.urlsafe_b64encode(json.dumps({**CLAIMS, "exp": NOW + 99999}).encode()).rstrip(b"=").decode()
    return f"{head}.{other}.{signature}"


BAD = {
    "unsigned": unsigned(), "changed": changed(), "another key": proof(OTHER),
    "another kid": proof(header={"kid": "x"}),
    "another type": proof(header={"typ": "JWT"}), "more in the header": proof(header={"jku": "https://x.example"}),
    "another merchant": proof(aud="1600000002"), "another service": proof(svc="7" * 32), "over": proof(exp=NOW),
    "of the future": proof(iat=NOW + 301), "a claim more": proof(sub="x"), "a claim less": proof(jti=None),
    "a number as text": proof(exp=str(NOW + 540)), "a prototype's name": proof(svc="constructor"), "no form": "a.b.c",
    "empty": "", "cut": proof()[:-1],
}


@pytest.fixture(scope="module")
def checks(stack: Stack, browser: Any) -> Any:
    """`checks(text, seen, queue)`: the answer of the page's own check."""
    with watching(browser, stack, PHONE) as there:
        there.go("/console/login")
        there.page.evaluate((STATIC / "scan_proofs.js").read_text("utf-8"))
        yield lambda text, seen=(), queue=(): there.page.evaluate(
            "([text, known, seen, queue, now]) => scanProofs.check(text, known, seen, queue, now)",
            [text, known(), list(seen), list(queue), NOW * 1000])


def test_a_good_one_is_taken(checks: Any) -> None:
    assert checks(proof())["claims"] == CLAIMS
    assert checks(proof(iat=NOW + 299))["service"] == SERVICE, "a clock that runs a little slow"


def test_all_else_is_one_no(checks: Any) -> None:
    said = {name: checks(text) for name, text in BAD.items()}
    assert {name for name, answer in said.items() if "claims" in answer} == set()
    assert len({answer["words"] for answer in said.values()}) == 1


def test_nothing_twice(checks: Any) -> None:
    assert "words" in checks(proof(), seen=[{"jti": "a" * 32}])
    assert "words" in checks(proof(jti="b" * 32), queue=[{"ent": "E123456", "final": False}])
    assert "claims" in checks(proof(jti="b" * 32), queue=[{"ent": "E123456", "final": True}]), "that one was refused"
    assert "不在本店" in checks(proof(svc="6" * 32))["words"]
