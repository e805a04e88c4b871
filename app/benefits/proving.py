"""Offline proofs: what a phone shows to a merchant without network, a JWS that names nobody (merchant.md, section 3).

{"alg": "ES256", "kid": …, "typ": "xinyi-proof+jwt"} over {"aud": mchid, "svc": service_id, "ent": entitlement_no,
"jti": …, "iat": …, "exp": …}. The `jti` is the id of the presentation's row; what is spent, and when, is kept there.
"""

import base64
import binascii
import re
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from sqlalchemy import select

from app.benefits.errors import MomentWrong, ProofExpired
from app.benefits.models import Presentation
from app.kernel import jsons
from app.kernel.db import append, session
from app.kernel.ids import new_id
from app.kernel.settings import settings
from app.merchants import rotating
from app.merchants.rotating import PROOFS

TYPE = "xinyi-proof+jwt"
FORM = re.compile(r"([A-Za-z0-9_-]{20,200})\.([A-Za-z0-9_-]{20,600})\.([A-Za-z0-9_-]{86})")
LONGEST = 900
SHORTEST_LEFT = timedelta(minutes=2)  # below this a fresh one is made rather than the same shown again
SKEW = timedelta(seconds=300)  # how far a merchant's clock may go wrong
CLAIMS = {"aud": str, "svc": str, "ent": str, "jti": str, "iat": int, "exp": int}
HEADER = {"alg", "kid", "typ"}


@dataclass(frozen=True)
class Proof:
    """What a rightly signed proof says."""

    audience: str  # mchid
    service_id: str
    entitlement_no: str
    presentation_id: uuid.UUID
    issued_at: datetime
    expires_at: datetime


def keep(entitlement_id: uuid.UUID, valid_to: datetime, moment: datetime) -> Presentation:
    """The proof that this entitlement is shown by now: one that lives is shown again, with the same jti.

    So a citizen who asks twice holds one thing that can be spent, not two. It never outlives the entitlement.
    """
    living = session().scalar(
        select(Presentation).where(Presentation.entitlement_id == entitlement_id, Presentation.offline,
                                   Presentation.used_at.is_(None), Presentation.expires_at > moment + SHORTEST_LEFT)
        .order_by(Presentation.expires_at.desc()).limit(1))
    if living is not None:
        return living
    begins = moment.replace(microsecond=0)
    made = {"id": (fresh := new_id()), "code_index": fresh.bytes, "entitlement_id": entitlement_id, "offline": True,
            "created_at": begins, "expires_at": min(begins + timedelta(seconds=settings().PROOF_SECONDS),
                                                    valid_to.replace(microsecond=0))}
    append(Presentation, **made)
    return Presentation(**made)


def sign(shown: Presentation, mchid: str, service_id: str, entitlement_no: str) -> str:
    """The proof of a kept presentation."""
    key = rotating.current(PROOFS)
    claims = {"aud": mchid, "svc": service_id, "ent": entitlement_no, "jti": shown.id.hex,
              "iat": int(shown.created_at.timestamp()), "exp": int(shown.expires_at.timestamp())}
    signed = f"{_text({'alg': 'ES256', 'kid': key.kid, 'typ': TYPE})}.{_text(claims)}"
    r, s = decode_dss_signature(key.private.sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
    return f"{signed}.{_encoded(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


def read(proof: str) -> Proof | None:
    """What it says; None for whatever isn't of our making: one answer for a wrong form, algorithm, key, signature."""
    found = FORM.fullmatch(proof) if len(proof) <= LONGEST else None
    if found is None:
        return None
    header, claims = _object(found[1]), _object(found[2])
    if header is None or claims is None or header.keys() != HEADER or header["alg"] != "ES256" or header["typ"] != TYPE:
        return None
    key = next((each for each in rotating.served(PROOFS) if each.kid == header["kid"]), None)
    if key is None or not _holds(key.public, f"{found[1]}.{found[2]}", found[3]):
        return None
    return _read(claims)


def moment_of_use(proof: Proof, told: datetime, moment: datetime) -> datetime:
    """When the benefit was used, within the proof's life, by what the merchant's clock said.

    Raises ProofExpired (used, or sent in, too late), MomentWrong (before the proof was made, or in the future).
    """
    if told > proof.expires_at or moment > proof.expires_at + timedelta(days=settings().PROOF_UPLOAD_DAYS):
        raise ProofExpired
    if told < proof.issued_at - SKEW or told > moment + SKEW:
        raise MomentWrong(field="redeemed_at", issue="within the proof's life, and not in the future")
    return min(max(told, proof.issued_at), moment)


def public_keys() -> list[dict[str, str]]:
    """The JWK Set's members (RFC 7517), newest first."""
    return [{"kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": key.kid, **_point(key.public)}
            for key in rotating.served(PROOFS)]


def _read(claims: dict[str, Any]) -> Proof | None:
    if claims.keys() != CLAIMS.keys() or any(type(claims[name]) is not kind for name, kind in CLAIMS.items()):
        return None
    return Proof(claims["aud"], claims["svc"], claims["ent"], uuid.UUID(claims["jti"]),
                 datetime.fromtimestamp(claims["iat"], UTC), datetime.fromtimestamp(claims["exp"], UTC))


def _holds(key: ec.EllipticCurvePublicKey, signed: str, signature: str) -> bool:
    raw = _decoded(signature)
    if raw is None:
        return False
    try:
        key.verify(encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")),
                   signed.encode(), ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True


def _point(key: ec.EllipticCurvePublicKey) -> dict[str, str]:
    numbers = key.public_numbers()
    return {name: _encoded(getattr(numbers, name).to_bytes(32, "big")) for name in ("x", "y")}


def _text(part: dict[str, Any]) -> str:
    return _encoded(jsons.dumps(part))


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decoded(text: str) -> bytes | None:
    """Base64url without padding, in its one spelling."""
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error:
        return None
    return raw if _encoded(raw) == text else None


def _object(part: str) -> dict[str, Any] | None:
    try:
        read = jsons.loads(_decoded(part) or b"")
    except jsons.NotJson:
        return None
    return read if isinstance(read, dict) else None
