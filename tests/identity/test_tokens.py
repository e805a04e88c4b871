"""Access tokens: one form, one algorithm, our keys (promises C1 to C5). All of these are 401 over HTTP."""

import base64
import json
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from app.identity import tokens
from app.kernel import clock
from tests.cast import SignedIn
from tests.identity.conftest import code_of


@pytest.fixture
def key(app: Any) -> ec.EllipticCurvePrivateKey:
    return app.extensions["keyring"].tokens.now


Forge = Callable[..., str]


@pytest.fixture
def forge(lin: SignedIn, key: ec.EllipticCurvePrivateKey) -> Forge:
    """Lin's own good token, but for what is given: claims as keywords (None takes one out), header, key."""
    good = jwt.decode(lin.access_token, options={"verify_signature": False})

    def make(header: dict[str, Any] | None = None, with_key: Any = None, alg: str = "ES256", **claims: Any) -> str:
        told = {name: value for name, value in {**good, **claims}.items() if value is not None}
        head = {"kid": "t1", "typ": "at+jwt", **(header or {})}
        return jwt.encode(
            told,
            with_key or key,
            algorithm=alg,
            headers={name: value for name, value in head.items() if value is not None},
        )

    return make


def raw(header: dict[str, Any], claims: dict[str, Any], signature: bytes) -> str:
    parts = [json.dumps(header).encode(), json.dumps(claims).encode(), signature]
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


def ask(lin: SignedIn, token: str) -> Any:
    return lin.client.get("/api/v1/me", headers={"Authorization": f"Bearer {token}"})


def test_the_forge_itself_is_good(lin: SignedIn, forge: Forge) -> None:
    """The control of all below: unchanged, the forged token passes."""
    assert ask(lin, forge()).status_code == 200


def test_what_a_token_says(lin: SignedIn) -> None:
    """Fails where a claim is missing, or the token names the person."""
    told = jwt.decode(lin.access_token, options={"verify_signature": False})
    assert set(told) == {"iss", "aud", "sub", "sid", "iat", "exp", "jti"}
    assert (told["aud"], told["sub"], told["exp"] - told["iat"]) == ("citizen", lin.citizen_id, 900)
    assert jwt.get_unverified_header(lin.access_token) == {"alg": "ES256", "kid": "t1", "typ": "at+jwt"}


@pytest.mark.parametrize("alg", ["none", "None", "nOnE", "HS256", "ES384", "RS256"])
def test_c1_no_other_algorithm(lin: SignedIn, alg: str) -> None:
    """Fails where the header may choose."""
    good = jwt.decode(lin.access_token, options={"verify_signature": False})
    for signature in (b"", bytes(64)):
        assert ask(lin, raw({"alg": alg, "kid": "t1", "typ": "at+jwt"}, good, signature)).status_code == 401


def test_c2_our_public_key_is_no_secret(lin: SignedIn, key: ec.EllipticCurvePrivateKey) -> None:
    """Fails where HS256 with the public key's PEM as its secret is taken."""
    pem = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    good = jwt.decode(lin.access_token, options={"verify_signature": False})
    head = {"alg": "HS256", "kid": "t1", "typ": "at+jwt"}
    signing = raw(head, good, b"").rstrip(".")
    signature = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256).sign(signing.encode(), pem)
    assert ask(lin, raw(head, good, signature)).status_code == 401


@pytest.mark.parametrize("kid", ["../../dev/null", "' OR 1=1--", "x" * 10_240, None, "t2", ["t1"], {"t1": 1}, 1, ""])
def test_c3_unknown_key_ids(lin: SignedIn, key: ec.EllipticCurvePrivateKey, kid: Any) -> None:
    """Fails where a key id is more than a name in our own table, or an odd one ends in a 500."""
    good = jwt.decode(lin.access_token, options={"verify_signature": False})
    head = {"alg": "ES256", "typ": "at+jwt", **({} if kid is None else {"kid": kid})}
    signing = raw(head, good, b"").rstrip(".")
    signature = jwt.algorithms.ECAlgorithm(jwt.algorithms.ECAlgorithm.SHA256).sign(signing.encode(), key)
    assert ask(lin, raw(head, good, signature)).status_code == 401


@pytest.mark.parametrize(
    "more",
    [
        {"jku": "http://127.0.0.1:1/keys"},
        {"x5u": "http://127.0.0.1:1/c"},
        {"jwk": {"kty": "EC"}},
        {"crit": ["exp"]},
        {"cty": "JWT"},
        {"zip": "DEF"},
        {"typ": "JWT"},
        {"typ": None},
    ],
)
def test_c4_nothing_else_in_the_header(lin: SignedIn, forge: Forge, more: dict[str, Any]) -> None:
    """Fails where further header fields are passed over, or another kind of token is taken."""
    assert ask(lin, forge(more)).status_code == 401


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "console"},
        {"aud": ["citizen", "console"]},
        {"aud": None},
        {"iss": "somebody"},
        {"iss": None},
        {"exp": None},
        {"sub": None},
        {"sid": None},
        {"jti": None},
        {"iat": None},
        {"sub": "1"},
        {"sid": "x"},
        {"sub": str(uuid.uuid4())},
        {"sid": str(uuid.uuid4())},
        {"exp": "soon"},
    ],
)
def test_c5_claims_that_are_not_ours(lin: SignedIn, forge: Forge, claims: dict[str, Any]) -> None:
    """Fails where a claim isn't required or compared, though our own key signed."""
    answer = ask(lin, forge(**claims))
    assert (answer.status_code, code_of(answer)) == (401, "UNAUTHENTICATED")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_an_expired_token_says_so(lin: SignedIn, forge: Forge) -> None:
    """Fails where there is leeway, or a client can't tell that it should refresh."""
    past = clock.now() - timedelta(seconds=1)
    answer = ask(lin, forge(iat=past - timedelta(minutes=15), exp=past))
    assert (answer.status_code, code_of(answer)) == (401, "TOKEN_EXPIRED")


def test_another_key_under_our_key_s_name(lin: SignedIn, forge: Forge) -> None:
    """Fails where the signature isn't checked."""
    assert ask(lin, forge(with_key=ec.generate_private_key(ec.SECP256R1()))).status_code == 401


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        "Basic {}",
        "Token {}",
        "{}",
        "Bearer  {}",
        "Bearer {} x",
        "Bearer {}\t",
        "Bearer {},Bearer {}",
        "Bearer\t{}",
        "Bearer {}.x",
        "Bearer {}=",
    ],
)
def test_c6_the_header_s_form_is_strict(lin: SignedIn, header: str) -> None:
    """Fails where the header is split rather than matched whole."""
    answer = lin.client.get("/api/v1/me", headers={"Authorization": header.replace("{}", lin.access_token)})
    assert (answer.status_code, code_of(answer)) == (401, "UNAUTHENTICATED")


def test_c6_signatures_of_odd_shapes(lin: SignedIn) -> None:
    """Fails where base64 is read loosely, so that one token has many texts."""
    head, body, signature = lin.access_token.split(".")
    for odd in (
        "",
        signature + "A",
        signature[:-1],
        signature.replace(signature[5], "+", 1),
        signature[:-2] + "==",
        "A" * 1_000_000,
        signature + "\u00a0",
        signature[:-1] + chr(ord(signature[-1]) + 1),  # decodes to the same bytes
    ):
        with lin.client.application.app_context():
            from_ours = lin.client.application.extensions["keyring"].tokens
            with pytest.raises(tokens.Unauthenticated):
                tokens.read(from_ours, f"{head}.{body}.{odd}")


def test_the_token_never_shows_in_a_repr() -> None:
    """Fails where a log line of a session would carry its tokens."""
    assert "secret" not in repr(tokens.Pair("secret", 1, "secret"))
