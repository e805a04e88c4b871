"""Access tokens (JWT, ES256, RFC 9068) and opaque refresh tokens. One algorithm, our keys, nothing negotiable."""

import hashlib
import re
import secrets
import uuid
from dataclasses import dataclass, field
from datetime import timedelta

import jwt

from app.identity.errors import TokenExpired, Unauthenticated
from app.kernel import clock
from app.kernel.ids import new_id
from app.kernel.keyring import Keys

ALGORITHM, TYPE = "ES256", "at+jwt"
ISSUER, AUDIENCE = "xinyi-plus", "citizen"
CLAIMS = ["iss", "aud", "sub", "sid", "iat", "exp", "jti"]
LONGEST = 2048
REFRESH = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True)
class Session:
    """Whom an access token stands for, and the log-in that it came from."""

    citizen_id: uuid.UUID
    family_id: uuid.UUID


@dataclass(frozen=True)
class Lives:
    """How long tokens live, in seconds and days."""

    access_seconds: int
    refresh_days: int


@dataclass(frozen=True)
class Pair:
    """What a log-in or a refresh hands out."""

    access_token: str = field(repr=False)
    expires_in: int
    refresh_token: str = field(repr=False)


def access(keys: Keys, session: Session, seconds: int) -> str:
    """A signed access token that lives for `seconds`."""
    issued = clock.now()
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": str(session.citizen_id), "sid": str(session.family_id),
              "iat": issued, "exp": issued + timedelta(seconds=seconds), "jti": new_id().hex}
    return jwt.encode(claims, keys.now, algorithm=ALGORITHM, headers={"kid": keys.current, "typ": TYPE})


def read(keys: Keys, token: str) -> Session:
    """Whom the token stands for. Raises TokenExpired, and Unauthenticated whatever else is wrong."""
    key = _key(keys, token)
    try:
        told = jwt.decode(token, key.public_key(), algorithms=[ALGORITHM], audience=AUDIENCE, issuer=ISSUER,
                          options={"require": CLAIMS, "strict_aud": True})
        return Session(uuid.UUID(told["sub"]), uuid.UUID(told["sid"]))
    except jwt.ExpiredSignatureError:
        raise TokenExpired from None
    except (jwt.PyJWTError, ValueError, TypeError, AttributeError):
        raise Unauthenticated from None


def new_refresh() -> tuple[str, bytes]:
    """256 random bits as text for the client, and the digest for us."""
    token = secrets.token_urlsafe(32)
    return token, digest(token)


def digest(refresh_token: str) -> bytes:
    """A plain digest: 256 random bits can't be guessed from it."""
    return hashlib.sha256(refresh_token.encode()).digest()


def _key(keys: Keys, token: str) -> "jwt.algorithms.EllipticCurvePrivateKey":
    """The key that the header names. A header with anything but alg, typ and kid (jku, jwk, x5u, crit) is refused
    before any of it could be followed.
    """
    if len(token) > LONGEST:
        raise Unauthenticated
    try:
        header = jwt.get_unverified_header(token)
    except (jwt.PyJWTError, ValueError, RecursionError):
        raise Unauthenticated from None
    kid = header.get("kid")
    if header != {"alg": ALGORITHM, "typ": TYPE, "kid": kid} or not isinstance(kid, str) or kid not in keys.by_id:
        raise Unauthenticated
    return keys.by_id[kid]
