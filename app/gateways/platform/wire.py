"""Section 1 of platform.md, both ways: what is signed, which headers carry it, what a receiver checks."""

import base64
import binascii
import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from app.gateways.platform.suites import SIGNATURE_BYTES, Suite

Headers = Sequence[tuple[str, str]]

WINDOW_S = 300
NONCE_KEPT_S = 600
TIMESTAMP = re.compile(r"0|[1-9][0-9]{0,14}")  # room for milliseconds, so that those are told "clock"
NONCE = re.compile(r"[A-Za-z0-9]{16,64}")
REQUEST_ID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
BASE64 = re.compile(r"[A-Za-z0-9+/]*={0,2}")
BASE64URL = re.compile(r"[A-Za-z0-9_-]*")


class NonceGuard(Protocol):
    """Remembers nonces. Raises app.kernel.errors.Unavailable where it cannot tell."""

    def first_time(self, space: str, nonce: str, seconds: int) -> bool:
        """Whether this nonce is new in its space; from now on it is known for `seconds`."""


class NotAccepted(Exception):
    """A message that the receiver refuses. `code` is one of section 3's, or OTHER_REQUEST for a wrong echo.

    `skew_s` is set only where signature and request nonce verified and the timestamp did not.
    """

    def __init__(self, code: str, why: str, skew_s: int | None = None) -> None:
        super().__init__(f"{code}: {why}")
        self.code = code
        self.why = why
        self.skew_s = skew_s


class Malformed(ValueError):
    """Not the one canonical base64 text of any bytes."""


@dataclass(frozen=True)
class Signer:
    """Who signs what we send: our application, the suite, the key and its id."""

    app_id: str
    suite: Suite
    key_id: str
    key: Any = field(repr=False)


@dataclass(frozen=True)
class Sender:
    """Who is expected to have signed what we receive; several public keys may be live."""

    app_id: str
    suite: Suite
    public_keys: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True)
class Stamp:
    """The seven headers of a message, well-formed; `key` is the one that its key id names."""

    timestamp: str
    nonce: str
    request_id: str
    key: Any = field(repr=False)
    signature: str | None


def new_nonce() -> str:
    return secrets.token_hex(16)


def request_to_sign(suite: Suite, method: str, target: str, timestamp: str, nonce: str, body: bytes) -> bytes:
    """The five lines of a request or a push; `target` is path and query exactly as on the request line."""
    return _lines(method, target, timestamp, nonce, suite.digest(body))


def answer_to_sign(
    suite: Suite, status: int, request_nonce: str, timestamp: str, nonce: str, body: bytes
) -> bytes:
    """The five lines of an answer."""
    return _lines(str(status), request_nonce, timestamp, nonce, suite.digest(body))


def request_headers(
    signer: Signer, method: str, target: str, body: bytes, nonce: str, timestamp: int, request_id: str
) -> dict[str, str]:
    """The seven headers of a request of ours."""
    text = request_to_sign(signer.suite, method, target, str(timestamp), nonce, body)
    return _headers(signer, str(timestamp), nonce, request_id, text)


def answer_headers(
    signer: Signer, status: int, body: bytes, request_nonce: str, timestamp: int, request_id: str
) -> dict[str, str]:
    """The seven headers of an answer of ours, under a fresh nonce."""
    nonce = new_nonce()
    text = answer_to_sign(signer.suite, status, request_nonce, str(timestamp), nonce, body)
    return _headers(signer, str(timestamp), nonce, request_id, text)


def check_request(
    sender: Sender, nonces: NonceGuard, now: int, method: str, target: str, headers: Headers, body: bytes | None
) -> Stamp:
    """App, suite, form of the headers, key id, clock, signature, nonce. A body that was too large to be read (None)
    can't be verified, and is refused behind what the headers tell. Raises NotAccepted, Unavailable.
    """
    stamp = _read_stamp(sender, headers, ("content-encoding", "transfer-encoding"))
    if abs(now - int(stamp.timestamp)) > WINDOW_S:
        raise NotAccepted("CLOCK_SKEW", "timestamp")
    if body is None:
        raise NotAccepted("BAD_REQUEST", "larger than was read")
    text = request_to_sign(sender.suite, method, target, stamp.timestamp, stamp.nonce, body)
    _check_signature(sender, stamp, text)
    _check_nonce(sender, nonces, stamp)
    return stamp


def check_answer(
    sender: Sender, nonces: NonceGuard, now: int, request_nonce: str, request_id: str, status: int,
    headers: Headers, body: bytes,
) -> Stamp:  # fmt: skip
    """As check_request, but the signature before the clock, since a true answer may raise the clock alarm."""
    stamp = _read_stamp(sender, headers, ("content-encoding",))
    text = answer_to_sign(sender.suite, status, request_nonce, stamp.timestamp, stamp.nonce, body)
    _check_signature(sender, stamp, text)
    skew_s = int(stamp.timestamp) - now
    if abs(skew_s) > WINDOW_S:
        raise NotAccepted("CLOCK_SKEW", "timestamp", skew_s)
    if stamp.request_id != request_id:
        raise NotAccepted("OTHER_REQUEST", "echo of X-Request-Id")
    _check_nonce(sender, nonces, stamp)
    return stamp


def one_header(headers: Headers, name: str) -> str | None:
    """The value of a header that was sent once. None where it is missing or was sent twice.

    Servers that fold repeated headers join them by a comma, which none of the seven may hold.
    """
    values = [value for key, value in headers if key.lower() == name.lower()]
    return values[0].strip(" \t") if len(values) == 1 and "," not in values[0] else None


def strict_base64(text: str) -> bytes:
    """Standard alphabet, padded, canonical, nothing else in it. Raises Malformed."""
    if not BASE64.fullmatch(text):
        raise Malformed
    return _decode(text)


def strict_base64url(text: str) -> bytes:
    """URL-safe alphabet, unpadded, canonical. Raises Malformed."""
    if not BASE64URL.fullmatch(text):
        raise Malformed
    return _decode(text.translate(str.maketrans("-_", "+/")) + "=" * (-len(text) % 4))


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def record_nos_digest(suite: Suite, record_nos: Iterable[str]) -> str:
    """The digest of a settlement day (4.6): sorted bytewise, joined by a newline, none at the end."""
    return suite.digest(b"\n".join(sorted(number.encode("utf-8") for number in record_nos)))


def document_digest(suite: Suite, text: str) -> str:
    """The digest of the exact text that a citizen agreed to (4.2): UTF-8, no newline added."""
    return suite.digest(text.encode("utf-8"))


def _lines(*parts: str) -> bytes:
    return "".join(f"{part}\n" for part in parts).encode("utf-8")


def _headers(signer: Signer, timestamp: str, nonce: str, request_id: str, text: bytes) -> dict[str, str]:
    signature = base64.b64encode(signer.suite.sign(signer.key, text)).decode("ascii")
    return {"X-App-Id": signer.app_id, "X-Suite": signer.suite.name, "X-Key-Id": signer.key_id,
            "X-Timestamp": timestamp, "X-Nonce": nonce, "X-Request-Id": request_id, "X-Signature": signature}


def _read_stamp(sender: Sender, headers: Headers, forbidden: tuple[str, ...]) -> Stamp:
    app_id = one_header(headers, "X-App-Id")
    if app_id != sender.app_id:
        raise NotAccepted("UNKNOWN_APP" if app_id else "BAD_REQUEST", "X-App-Id")
    if one_header(headers, "X-Suite") != sender.suite.name:
        raise NotAccepted("BAD_REQUEST", "X-Suite")
    if any(name.lower() in forbidden for name, _ in headers):
        raise NotAccepted("BAD_REQUEST", "coding")
    timestamp = _well_formed(headers, "X-Timestamp", TIMESTAMP)
    nonce = _well_formed(headers, "X-Nonce", NONCE)
    request_id = _well_formed(headers, "X-Request-Id", REQUEST_ID)
    key = sender.public_keys.get(one_header(headers, "X-Key-Id") or "")
    if key is None:
        raise NotAccepted("BAD_SIGNATURE", "X-Key-Id")
    return Stamp(timestamp, nonce, request_id, key, one_header(headers, "X-Signature"))


def _well_formed(headers: Headers, name: str, form: re.Pattern[str]) -> str:
    value = one_header(headers, name)
    if value is None or not form.fullmatch(value):
        raise NotAccepted("BAD_REQUEST", name)
    return value


def _check_signature(sender: Sender, stamp: Stamp, text: bytes) -> None:
    try:
        signature = strict_base64(stamp.signature or "")
    except Malformed:
        signature = b""
    if len(signature) != SIGNATURE_BYTES or not sender.suite.verify(stamp.key, text, signature):
        raise NotAccepted("BAD_SIGNATURE", "X-Signature")


def _check_nonce(sender: Sender, nonces: NonceGuard, stamp: Stamp) -> None:
    if not nonces.first_time(f"platform:{sender.app_id}", stamp.nonce, NONCE_KEPT_S):
        raise NotAccepted("NONCE_REPLAYED", "X-Nonce")


def _decode(padded: str) -> bytes:
    raw = padded.encode("ascii")
    try:
        data = base64.b64decode(raw, validate=True)
    except binascii.Error:
        raise Malformed from None
    if base64.b64encode(data) != raw:
        raise Malformed
    return data
