"""What the platform calls on us (platform.md, section 5): checking a push, and signing what we answer."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.gateways.clocks import Clock
from app.gateways.platform import fields, initiatives, sealing, wire
from app.gateways.platform.asking import PlatformSettings
from app.gateways.platform.fields import Data
from app.gateways.platform.sealing import Subject
from app.gateways.platform.suites import BadSeal
from app.kernel import jsons
from app.kernel.errors import Unavailable

LARGEST_PUSH = 256 * 1024
LONGEST_TYPE = 128
ENVELOPE = {"event_id", "seq", "type", "occurred_at", "data"}
REFUSALS = {
    "BAD_REQUEST": (400, "请求格式不符"),
    "BAD_SEAL": (400, "加密字段无法打开"),
    "BAD_SIGNATURE": (401, "验签未通过"),
    "CLOCK_SKEW": (401, "请求时间与本系统时钟相差超过五分钟"),
    "NONCE_REPLAYED": (401, "随机串重复"),
    "UNKNOWN_APP": (401, "应用编号不符"),
    "AUTHORIZATION_NOT_FOUND": (404, "没有这份授权书"),
    "NOT_FOUND": (404, "没有这个接口"),
    "INTERNAL": (500, "系统暂时无法处理，请稍后重试"),
}
Answered = tuple[int, dict[str, str], bytes]


@dataclass(frozen=True)
class Push:
    """A push that passed every check. `event`: event_id, seq, type, occurred_at (text), data, as they came.

    `known` is False for a type that the page does not name: keep it for staff, answer by `door.refuse`.
    `subject` is the person that `data.subject` opened to, for the types that have one.
    """

    nonce: str
    request_id: str
    event: dict[str, Any] = field(repr=False)
    known: bool
    subject: Subject | None


class Refused(Exception):
    """A push that we refuse. `suite` is None where the answer goes unsigned (X-Suite missing or unknown)."""

    def __init__(self, code: str, nonce: str = "", request_id: str = "", suite: str | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.http_status, self.message = REFUSALS[code]
        self.nonce, self.request_id, self.suite = nonce, request_id, suite


class PlatformDoor:
    """Thread-safe; make one for each process."""

    def __init__(self, settings: PlatformSettings, nonces: wire.NonceGuard, clock: Clock) -> None:
        self._settings, self._nonces, self._clock = settings, nonces, clock
        self._suite = settings.keys.now().suite

    def read(self, method: str, target: str, headers: wire.Headers, body: bytes | None) -> Push:
        """Check a push in the order of section 1, then its body (None: larger than was read). `target` is as on the
        request line.

        Raises Refused; nothing of a refused push may be used.
        """
        try:
            stamp = self._check(method, target, headers, body)
            event = _envelope(body or b"")
            checks = EVENTS.get(event["type"])
            if event["type"] == "initiative.issued":
                initiatives.read(event["data"])
            elif checks is not None:
                _check_data(event["data"], checks)
            subject = (self.open_subject(event["data"]["subject"], stamp.nonce)
                       if checks and "subject" in checks else None)
        except Refused as refused:
            raise self._addressed(refused, headers) from None
        except (fields.Unreadable, jsons.NotJson):
            raise self._addressed(Refused("BAD_REQUEST"), headers) from None
        return Push(stamp.nonce, stamp.request_id, event, checks is not None, subject)

    def nowhere(self, method: str, target: str, headers: wire.Headers, body: bytes | None) -> Answered:
        """What a call on a path or by a method that isn't there is answered: signed, behind the same checks."""
        try:
            stamp = self._check(method, target, headers, body)
        except Refused as refused:
            return self.refusal(self._addressed(refused, headers))
        return self.refusal(Refused("NOT_FOUND", stamp.nonce, stamp.request_id, self._suite.name))

    def open_subject(self, sealed: object, nonce: str) -> Subject:
        """The person in a sealed field of a push with this X-Nonce. Raises Refused (BAD_SEAL)."""
        try:
            return sealing.open_subject(self._settings.keys.now(), sealed, nonce)
        except BadSeal:
            raise Refused("BAD_SEAL", nonce=nonce, suite=self._suite.name) from None

    def accept(self, push: Push, status: str) -> Answered:
        """Status, signed headers, body of `200 {"event_id", "status"}`; `status`: processed or duplicate."""
        body = jsons.dumps({"event_id": push.event["event_id"], "status": status})
        return 200, self._headers(200, body, push.nonce, push.request_id, self._suite.name), body

    def refuse(self, push: Push, code: str) -> Answered:
        """As accept, for a push that was read and is refused all the same; `code` is one of REFUSALS."""
        return self.refusal(Refused(code, push.nonce, push.request_id, self._suite.name))

    def refusal(self, refused: Refused) -> Answered:
        """Status, headers and body for what `read` refused; signed where it can be."""
        request_id = refused.request_id or str(uuid.uuid4())
        body = jsons.dumps({"code": refused.code, "message": refused.message, "request_id": request_id})
        status = refused.http_status
        return status, self._headers(status, body, refused.nonce, request_id, refused.suite), body

    def sign_answer(
        self, status: int, body: bytes, request_nonce: str, request_id: str, suite: str | None
    ) -> dict[str, str]:
        """The seven headers for an answer to a push; none where `suite` is not ours."""
        if suite != self._suite.name:
            return {}
        keys = self._settings.keys.now()
        signer = wire.Signer(self._settings.app_id, keys.suite, keys.client_key_id, keys.client_private)
        return wire.answer_headers(signer, status, body, request_nonce, self._now(), request_id)

    def _headers(
        self, status: int, body: bytes, nonce: str, request_id: str, suite: str | None
    ) -> dict[str, str]:
        signed = self.sign_answer(status, body, nonce, request_id, suite)
        return {"Content-Type": "application/json", **signed}

    def _check(self, method: str, target: str, headers: wire.Headers, body: bytes | None) -> wire.Stamp:
        sender = wire.Sender(self._settings.platform_id, self._suite, self._settings.keys.now().platform_public)
        read = body if body is not None and len(body) <= LARGEST_PUSH else None
        try:
            return wire.check_request(sender, self._nonces, self._now(), method, target, headers, read)
        except wire.NotAccepted as refused:
            raise Refused(refused.code) from None
        except Unavailable:
            raise Refused("INTERNAL") from None

    def _addressed(self, refused: Refused, headers: wire.Headers) -> Refused:
        """To whom the refusal goes: nonce as it was sent (else empty), request id echoed where it is one."""
        suite = wire.one_header(headers, "X-Suite")
        request_id = wire.one_header(headers, "X-Request-Id") or ""
        return Refused(refused.code, wire.one_header(headers, "X-Nonce") or "",
                       request_id if wire.REQUEST_ID.fullmatch(request_id) else "",
                       suite if suite == self._suite.name else None)

    def _now(self) -> int:
        return int(self._clock.now().timestamp())


def _envelope(body: bytes) -> dict[str, Any]:
    event = jsons.loads(body)
    if not isinstance(event, dict) or set(event) != ENVELOPE or not isinstance(event["data"], dict):
        raise fields.Unreadable("body")
    fields.identifier(event, "event_id")
    fields.whole_number(event, "seq")
    if not fields.text(event, "type", LONGEST_TYPE).isprintable():  # else any: what we don't know is kept for staff
        raise fields.Unreadable("type")
    fields.moment(event, "occurred_at")
    return event


def _check_data(data: Data, checks: Mapping[str, Callable[[Data, str], object]]) -> None:
    if set(data) != set(checks):
        raise fields.Unreadable("data")
    for name, check in checks.items():
        check(data, name)


def _grade(data: Data, name: str) -> str:
    return fields.one_of(data, name, fields.GRADES)


def _code(data: Data, name: str) -> str:
    return fields.pattern(data, name, fields.CODE)


def _sealed(data: Data, name: str) -> None:
    if not isinstance(data.get(name), dict):
        raise fields.Unreadable(name)


def _reason(data: Data, name: str) -> str:
    return fields.text(data, name, 1000)


_ABOUT = {"authorization_id": fields.identifier, "subject": _sealed}
EVENTS: Mapping[str, Mapping[str, Callable[[Data, str], object]]] = {
    "grade.changed": {**_ABOUT, "grade": _grade, "as_of": fields.day, "valid_until": fields.day,
                      "restricted": fields.boolean},
    "record.repaired": {**_ABOUT, "repaired_at": fields.moment},
    "red_list.added": {**_ABOUT, "list": _code},
    "red_list.removed": {**_ABOUT, "list": _code},
    "authorization.revoked": {"authorization_id": fields.identifier, "revoked_at": fields.moment},
    "initiative.issued": {},  # read as those that are polled
    "usage.disputed": {"record_no": fields.identifier, "reason": _reason},
}
