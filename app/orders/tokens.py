"""What a phone carries from the merchant to us: texts that can't be guessed and are kept nowhere.

A token is the row's id and a keyed digest of it, so it is the same each time it is asked for; a permission's carries
its end, too.
"""

import base64
import binascii
import hmac
import re
import uuid
from datetime import UTC, datetime

from app.kernel import clock
from app.kernel.sealing import sealer

TOKEN = re.compile(r"[0-9A-Za-z_-]{40,60}")
ID, END, TAG = 16, 5, 16


def package(order_id: uuid.UUID) -> str:
    """The `package` of an order that waits for its citizen."""
    return _made("order.package", order_id.bytes)


def order_of(token: str) -> uuid.UUID | None:
    """The order that a package leads to; None for one that isn't of our making."""
    body = _read("order.package", token, ID)
    return None if body is None else uuid.UUID(bytes=body)


def applying(permission_id: uuid.UUID, until: datetime) -> str:
    """The `apply_permissions_token`, good until that moment."""
    return _made("permission.token", permission_id.bytes + int(until.timestamp()).to_bytes(END))


def permission_of(token: str) -> uuid.UUID | None:
    """The permission that is applied for; None for a token that isn't of our making, or whose time is over."""
    body = _read("permission.token", token, ID + END)
    if body is None or datetime.fromtimestamp(int.from_bytes(body[ID:]), UTC) <= clock.now():
        return None
    return uuid.UUID(bytes=body[:ID])


def _made(kind: str, body: bytes) -> str:
    return base64.urlsafe_b64encode(body + _tag(kind, body)).rstrip(b"=").decode()


def _read(kind: str, token: str, length: int) -> bytes | None:
    if not TOKEN.fullmatch(token):
        return None
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except binascii.Error:
        return None
    body = raw[:length]  # compared as it is written: bits that the last character doesn't need are no part of it
    return body if hmac.compare_digest(token, _made(kind, body)) else None


def _tag(kind: str, body: bytes) -> bytes:
    return sealer().index(kind, body.hex())[:TAG]
