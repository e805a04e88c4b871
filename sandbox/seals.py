"""Sealed fields of platform.md section 2, the same for both suites."""

import base64
import binascii
import hmac
import os
import re
from typing import Any

BASE64URL = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
IV_BYTES, TAG_BYTES = 12, 16


class BadSeal(Exception):
    """A sealed field that does not open; says nothing of what was inside."""


def seal(suite: Any, kid: str, key: bytes, plain: bytes, nonce: str) -> dict[str, str]:
    """A sealed field over the UTF-8 JSON text `plain`, bound to a nonce, under a fresh iv."""
    iv = os.urandom(IV_BYTES)
    ct = suite.encrypt(key, iv, plain, nonce.encode())
    return {"enc": suite.enc, "kid": kid, "iv": to_base64url(iv), "ct": to_base64url(ct)}


def unseal(suite: Any, keys: dict[str, bytes], field: Any, nonce: str) -> bytes:
    """The plain bytes of a sealed field; BadSeal for every way in which it can be wrong."""
    if not isinstance(field, dict) or set(field) != {"enc", "kid", "iv", "ct"}:
        raise BadSeal("not a sealed field")
    if not all(isinstance(value, str) for value in field.values()):
        raise BadSeal("not a sealed field")
    if field["enc"] != suite.enc or field["kid"] not in keys:
        raise BadSeal("enc or kid")
    iv, ct = from_base64url(field["iv"]), from_base64url(field["ct"])
    if len(iv) != IV_BYTES or len(ct) < TAG_BYTES:
        raise BadSeal("length")
    return suite.decrypt(keys[field["kid"]], iv, ct, nonce.encode())


def to_base64url(raw: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def from_base64url(text: str) -> bytes:
    """The bytes of canonical base64url without padding; BadSeal otherwise."""
    if not BASE64URL.fullmatch(text):
        raise BadSeal("base64url")
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error as broken:
        raise BadSeal("base64url") from broken
    if not hmac.compare_digest(to_base64url(raw), text):
        raise BadSeal("base64url")
    return raw
