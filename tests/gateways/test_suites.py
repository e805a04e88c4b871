"""SM2 by both back ends against each other, and what neither may take or fall over.

Breaks that were tried: the halves swapped, the length not looked at, a short half not filled up, a data key of the
other suite's length taken, the additional data left out; each failed here. The vectors are in test_vectors.
"""

import secrets
from collections.abc import Callable
from typing import Any

import gmalg
import pytest
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from app.gateways.platform.suites import SUITES, BadKey, BadSeal
from app.kernel import sm2
from tests.gateways.conftest import BACK_ENDS, vectors_of

SUITE = SUITES["SM2-SM3"]
PAGE = vectors_of("SM2-SM3")
PRIVATE = SUITE.private_key(PAGE["keys"]["client"]["private_pem"].encode())
PUBLIC = SUITE.public_key(PAGE["keys"]["client"]["public_pem"].encode())
ROUNDS = 12


@pytest.fixture(params=BACK_ENDS)
def by(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """SM2 by one back end; call it to go on by another."""
    def use(name: str) -> None:
        monkeypatch.setattr(sm2, "gmssl_pyx", BACK_ENDS[name])

    use(request.param)
    return use


@pytest.mark.parametrize("other", BACK_ENDS)
def test_what_one_signs_the_other_takes(by: Callable[[str], None], other: str) -> None:
    """New keys each time, so that numbers with leading zeros and high bits come by."""
    made = []
    for _ in range(ROUNDS):
        key, text = sm2.generate(), secrets.token_bytes(secrets.randbelow(200))
        made.append((SUITE.public_key(key.public.pem().encode()), text, SUITE.sign(key, text)))
    by(other)
    for public, text, signature in made:
        assert len(signature) == 64
        assert SUITE.verify(public, text, signature)
        assert not SUITE.verify(public, text + b"!", signature)
        assert not SUITE.verify(public, text, signature[:32] + b"\0" + signature[32:])  # the same numbers, 65 bytes


def test_a_short_r_or_s_keeps_its_32_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    """One signature in 128 has a leading zero byte in r or s: here all have thirty-one, whoever made them."""
    class Short:
        @staticmethod
        def sm2_sign(*_: object) -> bytes:
            return encode_dss_signature(1, 2)

    monkeypatch.setattr(sm2, "gmssl_pyx", Short)
    assert SUITE.sign(PRIVATE, b"text") == numbers(1, 2)
    monkeypatch.setattr(sm2, "gmssl_pyx", None)
    monkeypatch.setattr(gmalg.SM2, "sign", lambda *_: (b"\x01", b"\x02"))
    assert SUITE.sign(PRIVATE, b"text") == numbers(1, 2)


def numbers(r: int, s: int) -> bytes:
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def ends_at_infinity() -> bytes:
    """s and t such that s·G + t·P is no point: only the key's owner can make it, and it must not be fallen over."""
    d, t = int.from_bytes(PRIVATE.secret, "big"), 12_345
    s = -t * d % sm2.N
    return numbers((t - s) % sm2.N, s)


@pytest.mark.parametrize("signature", [
    b"", b"x" * 63, b"x" * 65, numbers(0, 1), numbers(1, 0), numbers(sm2.N, 1), numbers(1, sm2.N),
    numbers(2**256 - 1, 2**256 - 1), numbers(5, sm2.N - 5), ends_at_infinity(), numbers(1, 1)])
def test_what_is_no_signature(by: Callable[[str], None], signature: bytes) -> None:
    assert SUITE.verify(PUBLIC, b"text", signature) is False


def test_the_published_digest() -> None:
    assert SUITE.digest(b"abc") == PAGE["standard"]["digest"]


@pytest.mark.parametrize("name", SUITES)
def test_a_seal_holds_its_bound_data(name: str) -> None:
    suite = SUITES[name]
    key = suite.data_key(bytes(16 if name == "SM2-SM3" else 32))
    box = suite.seal(key, bytes(12), "林示范".encode(), b"nonce")
    assert suite.open(key, bytes(12), box, b"nonce") == "林示范".encode()
    for spoiled, bound in ((box, b"other"), (box[:-1], b"nonce"), (box[1:], b"nonce"), (b"", b"nonce"),
                           (bytes([box[0] ^ 1]) + box[1:], b"nonce")):
        with pytest.raises(BadSeal):
            suite.open(key, bytes(12), spoiled, bound)


@pytest.mark.parametrize(("suite", "other"), [("SM2-SM3", "ES256-SHA256"), ("ES256-SHA256", "SM2-SM3")])
def test_a_key_of_the_other_suite_is_none(suite: str, other: str) -> None:
    told: dict[str, Any] = vectors_of(other)["keys"]
    for read, text in ((SUITES[suite].private_key, told["client"]["private_pem"].encode()),
                       (SUITES[suite].public_key, told["client"]["public_pem"].encode()),
                       (SUITES[suite].data_key, bytes.fromhex(told["data_keys"]["dk-2026-1"]))):
        with pytest.raises(BadKey):
            read(text)


@pytest.mark.parametrize("pem", [b"", b"-----BEGIN PUBLIC KEY-----\n!\n-----END PUBLIC KEY-----\n", b"\xff" * 99])
def test_what_is_no_key(pem: bytes) -> None:
    for suite in SUITES.values():
        for read in (suite.private_key, suite.public_key):
            with pytest.raises(BadKey):
                read(pem)
