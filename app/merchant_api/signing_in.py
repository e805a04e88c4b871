"""Who sent this: WeChat Pay's API v3 signature, exactly (merchant.md, section 1)."""

import base64
import binascii
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from app.kernel import clock, sm2
from app.merchant_api.errors import SignError
from app.merchants import keeping_keys, keeping_nonces, queries, rotating, signing
from app.merchants.keeping_nonces import WINDOW

LONGEST = 2048
PART = re.compile(r'([a-z_]{1,20})="([^",]*)"')
NAMED = re.compile(r'mchid="([0-9]{8,10})"')
FORMS = {"mchid": r"[0-9]{8,10}", "nonce_str": r"[0-9A-Za-z_+/=.\-]{1,64}", "timestamp": r"[1-9][0-9]{9}",
         "serial_no": r"[0-9A-Za-z]{8,64}", "signature": r"[0-9A-Za-z+/]{88,1000}={0,2}"}
# one SDK signs this path, and this one only, without its first slash (docs/decisions/0166)
SLASHLESS = re.compile(r"/v3/payscore/permissions/authorization-code/[0-9A-Za-z_*-]{1,32}/terminate")
UNENCODED = "/:@!$&'()*+,;=-._~"  # what RFC 3986 lets stand in a path
LOWER = re.compile(r"%[0-9A-F]{2}")  # some libraries write %7c


@dataclass(frozen=True)
class Signed:
    """A request as it was signed. `targets`: the ways in which its path may have been spelt, with the query."""

    method: str
    targets: Sequence[bytes]
    authorization: str
    body: bytes


def targets(path: str, query: bytes) -> list[bytes]:
    """The spellings of a decoded path that a client may have signed: percent-encoded by RFC 3986, with all but
    letters and digits encoded, each in capitals or not, or (as some SDKs sign before their HTTP library encodes)
    not at all. For our own addresses they are one and the same (docs/decisions/0080).
    """
    spelt = [quote(path, safe=UNENCODED), quote(path, safe="/-._~")]
    spelt += [LOWER.sub(lambda found: found[0].lower(), each) for each in spelt]
    if "%" not in path:
        spelt.append(path)
    if SLASHLESS.fullmatch(path):
        spelt.append(path[1:])
    # a number may hold | and *, which HTTP libraries encode in a query after SDKs have signed it
    queries_spelt = dict.fromkeys([query, re.sub(rb"%(7C|2A)", lambda found: bytes.fromhex(found[1].decode()), query,
                                                 flags=re.IGNORECASE)])
    return [each.encode() + (b"?" + spelling if spelling else b"")
            for each in dict.fromkeys(spelt) for spelling in queries_spelt]


def sign_in(signed: Signed) -> Any:
    """The merchant who signed. Raises SignError, which knows why; TooMany; Unavailable where nonces can't be
    remembered.
    """
    suite, told = _read(signed.authorization)
    mchid, stamp = told["mchid"], int(told["timestamp"])
    apart = stamp - math.floor(clock.now().timestamp())  # as exactly as it is written, at both ends of the window
    if abs(apart) > WINDOW:
        raise SignError(f"clock:{apart:+d}", mchid)
    found = queries.signer(mchid, told["serial_no"])
    if found is not None and found[0].suite != suite:
        found = None
    # an unknown merchant costs the same work as a known one
    key = (keeping_keys.parsed(found[1].public_key_pem) if found
           else rotating.current(signing.SUITES[suite]).public)
    right = _verifies(key, signed, told)
    if found is None:
        raise SignError(f"serial:{told['serial_no'][-8:]}", mchid)
    if not right:
        raise SignError("signature", mchid)
    try:
        keeping_nonces.take(mchid, told["nonce_str"], stamp, SignError)
    except SignError:
        raise SignError("nonce", mchid) from None
    return found[0]


def _read(authorization: str) -> tuple[str, dict[str, str]]:
    """The suite, and the five parts in any order; nothing less, more, twice, or of another form."""
    scheme, _, rest = authorization.partition(" ")
    if not signing.spoken(scheme) or len(authorization) > LONGEST:
        raise _malformed("scheme", authorization)
    told: dict[str, str] = {}
    for piece in rest.split(","):
        part = PART.fullmatch(piece.strip(" "))
        if part is None or part[1] in told:
            raise _malformed("parts", authorization)
        told[part[1]] = part[2]
    if told.keys() != FORMS.keys():
        raise _malformed("parts", authorization)
    wrong = next((name for name in FORMS if not re.fullmatch(FORMS[name], told[name])), None)
    if wrong is not None:
        raise _malformed(wrong, authorization)
    return scheme, told


def _malformed(what: str, authorization: str) -> SignError:
    """`what`: scheme, parts, or the name of the part that has another form."""
    named = NAMED.search(authorization[:LONGEST])
    return SignError(f"malformed:{what}", named[1] if named else "")


def _verifies(key: Any, signed: Signed, told: dict[str, str]) -> bool:
    try:
        signature = base64.b64decode(told["signature"], validate=True)
    except binascii.Error:
        return False
    if base64.b64encode(signature).decode() != told["signature"]:  # stray bits in the last character
        return False
    stamp, nonce = told["timestamp"].encode(), told["nonce_str"].encode()
    return any(_holds(key, signature, b"\n".join([signed.method.encode(), target, stamp, nonce, signed.body, b""]))
               for target in signed.targets)


def _holds(key: Any, signature: bytes, message: bytes) -> bool:
    """By the kind of the key, which is the suite's; a signature of SM2 is DER, and in its one form."""
    if isinstance(key, sm2.PublicKey):
        raw = sm2.from_der(signature)
        return raw is not None and sm2.verify(key, message, raw)
    if not isinstance(key, rsa.RSAPublicKey):
        return False
    try:
        key.verify(signature, message, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return False
    return True
