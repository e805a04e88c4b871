"""The calls that we make at the provincial platform (platform.md, 4.1 to 4.3, 4.5, 4.6).

Each raises Passing or Permanent, and RuntimeError inside an open transaction (decision 0020 to 0024).
"""

import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Generic, TypeVar
from urllib.parse import quote

import orjson
import structlog

from app.gateways import health
from app.gateways.clocks import Clock
from app.gateways.platform import answers, fields, sealing, wire
from app.gateways.platform.failures import Passing, Permanent, PlatformFailure, from_error
from app.gateways.platform.keys import PlatformKeys
from app.gateways.platform.sealing import Subject
from app.gateways.transport import Limits, NoReply, Reply, Transport
from app.kernel import jsons
from app.kernel.clock import rfc3339
from app.kernel.db import refuse_inside_transaction
from app.kernel.errors import Unavailable

T = TypeVar("T")
log = structlog.get_logger()


@dataclass(frozen=True)
class PlatformSettings:
    """`base_url` ends in /gateway/v1; `platform_id` is the X-App-Id of answers and pushes."""

    base_url: str
    app_id: str
    platform_id: str
    keys: PlatformKeys
    limits: Limits = field(default_factory=Limits)
    ca_file: str | None = None

    def __post_init__(self) -> None:
        if not self.base_url.endswith("/gateway/v1"):
            raise ValueError("PLATFORM_BASE_URL is a URL that ends in /gateway/v1")
        if not self.app_id or not self.platform_id:
            raise ValueError("PLATFORM_APP_ID and PLATFORM_ID are needed, there or in keys.json")


@dataclass(frozen=True)
class AuthorizationForm:
    """4.2. `document_text` is the exact text that the citizen agreed to; only its digest travels."""

    authorization_no: str
    subject: Subject
    scopes: tuple[str, ...]
    purpose: str
    scenarios: tuple[str, ...]
    document_text: str
    signed_at: datetime
    expires_at: datetime


@dataclass(frozen=True)
class _Ask(Generic[T]):
    """One call: `body` makes the bytes for an attempt's nonce; `read` takes the object and X-Timestamp."""

    call: str
    method: str
    path: str
    body: Callable[[str], bytes]
    read: Callable[[dict[str, Any], datetime], T]
    statuses: tuple[int, ...] = (200,)
    again: bool = False  # idempotent, and a person waits: one quick second attempt where nobody was reached


class PlatformClient:
    """Thread-safe; make one for each process."""

    def __init__(self, settings: PlatformSettings, nonces: wire.NonceGuard, clock: Clock) -> None:
        keys = settings.keys
        self._keys, self._nonces, self._clock = keys, nonces, clock
        self._transport = Transport(settings.base_url, settings.limits, settings.ca_file)
        self._signer = wire.Signer(settings.app_id, keys.suite, keys.client_key_id, keys.client_private)
        self._sender = wire.Sender(settings.platform_id, keys.suite, keys.platform_public)

    def verify_identity(self, subject: Subject, phone: str | None = None) -> answers.IdentityAnswer:
        """4.1. `phone`: 11 digits, or None to leave it out."""
        def body(nonce: str) -> bytes:
            told = {"subject": sealing.seal_subject(self._keys, subject, nonce)}
            if phone is not None:
                told["phone"] = sealing.seal_json(self._keys, phone, nonce)
            return jsons.dumps(told)

        return self._ask(_Ask("identity", "POST", "/identities/verifications", body,
                              lambda data, _: answers.identity(data), again=True))

    def register_authorization(self, form: AuthorizationForm) -> answers.RegisteredAuthorization:
        """4.2. The same number with the same content may be registered again and answers the same id."""
        def body(nonce: str) -> bytes:
            return jsons.dumps({
                "authorization_no": form.authorization_no,
                "subject": sealing.seal_subject(self._keys, form.subject, nonce),
                "scopes": form.scopes, "purpose": form.purpose, "scenarios": form.scenarios,
                "document_digest": wire.document_digest(self._keys.suite, form.document_text),
                "signed_at": rfc3339(form.signed_at), "expires_at": rfc3339(form.expires_at)})

        return self._ask(_Ask("authorization", "POST", "/authorizations", body,
                              lambda data, _: answers.authorization(data, form.authorization_no),
                              statuses=(200, 201), again=True))

    def revoke_authorization(self, authorization_id: str, revoked_at: datetime) -> None:
        """4.2. Idempotent; the first `revoked_at` stands."""
        told = jsons.dumps({"revoked_at": rfc3339(revoked_at)})
        self._ask(_Ask("revocation", "POST", f"/authorizations/{quote(authorization_id, safe='')}/revocation",
                       lambda _: told, lambda data, _: answers.revocation(data), again=True))

    def query_grade(
        self, authorization_id: str, subject: Subject, scenario: str, purpose: str, operator: str
    ) -> answers.GradeAnswer:
        """4.3. One attempt, one look: never repeated in here. `operator`: system, or staff:<our id>."""
        def body(nonce: str) -> bytes:
            return jsons.dumps({
                "authorization_id": authorization_id,
                "subject": sealing.seal_subject(self._keys, subject, nonce),
                "scenario": scenario, "purpose": purpose, "operator": operator})

        return self._ask(_Ask("grade", "POST", "/credit-grades/queries", body, answers.grade))

    def send_batch(self, body: bytes) -> answers.BatchAnswer:
        """4.5. The bytes go out as they are; after a Passing failure send the same bytes again."""
        told = orjson.loads(body)  # our own bytes: no need for the strict reader, which is ten times slower
        record_nos = [record["record_no"] for record in told["records"]]
        return self._ask(_Ask("batch", "POST", "/benefit-usages/batches", lambda _: body,
                              lambda data, _: answers.batch(data, told["batch_no"], record_nos)))

    def reconciliation_page(self, day: date, cursor: str | None = None) -> answers.ReconciliationPage:
        """4.6. Follow `next_cursor` until it is None."""
        query = "" if cursor is None else f"?cursor={quote(cursor, safe='')}"
        path = f"/benefit-usages/reconciliations/{day.isoformat()}{query}"
        return self._ask(_Ask("reconciliation", "GET", path, lambda _: b"",
                              lambda data, _: answers.reconciliation(data, day, cursor)))

    def record_nos_digest(self, record_nos: Iterable[str]) -> str:
        """What 4.6 calls the day's `digest`, over our numbers and in the suite in use; nothing is called."""
        return wire.record_nos_digest(self._keys.suite, record_nos)

    def _ask(self, ask: _Ask[T]) -> T:
        refuse_inside_transaction()
        with health.measured("platform", ask.call) as measure:
            try:
                result = self._attempts(ask)
            except PlatformFailure as failure:
                measure.outcome = failure.code
                _note(ask, failure)
                raise
            measure.outcome = health.GOOD
            return result

    def _attempts(self, ask: _Ask[T]) -> T:
        deadline = self._transport.deadline()
        try:
            return self._attempt(ask, deadline)
        except Passing as failure:
            if not (ask.again and failure.connection):
                raise
        return self._attempt(ask, deadline)

    def _attempt(self, ask: _Ask[T], deadline: float) -> T:
        """All is made anew for each attempt: nonce, timestamp, request id, seals, signature."""
        nonce, request_id = wire.new_nonce(), str(uuid.uuid4())
        target, body = self._transport.prefix + ask.path, ask.body(nonce)
        headers = wire.request_headers(self._signer, ask.method, target, body, nonce, self._now(), request_id)
        if body:
            headers["Content-Type"] = "application/json"
        try:
            reply = self._transport.exchange(ask.method, target, headers, body, deadline)
        except NoReply as silence:
            code = "BAD_ANSWER" if silence.kind == "broken" else "NO_ANSWER"
            raise Passing(code, why=str(silence), request_id=request_id,
                          connection=silence.kind == "connection") from None
        stamp = self._check(reply, nonce, request_id)
        return self._read(ask, reply, datetime.fromtimestamp(int(stamp.timestamp), UTC), request_id)

    def _check(self, reply: Reply, nonce: str, request_id: str) -> wire.Stamp:
        try:
            stamp = wire.check_answer(self._sender, self._nonces, self._now(), nonce, request_id,
                                      reply.status, reply.headers, reply.body)
        except wire.NotAccepted as refused:
            if refused.skew_s is not None:
                health.tell_skew(refused.skew_s)
            code = "BAD_ANSWER" if refused.skew_s is None else "CLOCK_SKEW"
            signed = wire.one_header(reply.headers, "X-Signature") is not None
            why = f"http {reply.status}, " + (str(refused) if signed else "unsigned")
            raise Passing(code, why=why, request_id=request_id, skew_s=refused.skew_s) from None
        except Unavailable:
            raise Passing("NO_ANSWER", why="the memory of nonces is away", request_id=request_id) from None
        health.tell_skew(None)
        return stamp

    def _read(self, ask: _Ask[T], reply: Reply, answered_at: datetime, request_id: str) -> T:
        try:
            data = jsons.loads(reply.body)
            if not isinstance(data, dict):
                raise fields.Unreadable("body")
            if reply.status >= 400:
                raise self._failure(reply.status, data, answered_at, request_id)
            if reply.status not in ask.statuses:
                raise fields.Unreadable("status")
            return ask.read(data, answered_at)
        except jsons.NotJson:
            raise Passing("BAD_ANSWER", why="not JSON", request_id=request_id) from None
        except fields.Unreadable as wrong:
            raise Passing("BAD_ANSWER", why=f"schema: {wrong.field}", request_id=request_id) from None

    def _failure(
        self, status: int, data: dict[str, Any], answered_at: datetime, request_id: str
    ) -> PlatformFailure:
        failure = from_error(data.get("code"), status, data.get("retry_after_s"), request_id)
        if failure.code == "CLOCK_SKEW":  # at the edge of the window: they refused, we would not have
            health.tell_skew(int(answered_at.timestamp()) - self._now())
        return failure

    def _now(self) -> int:
        return int(self._clock.now().timestamp())


def _note(ask: _Ask[Any], failure: PlatformFailure) -> None:
    """To the log: codes and our own request id; nothing of a body or of a path."""
    why = "final" if isinstance(failure, Permanent) else getattr(failure, "why", "")
    log.warning("platform_call_failed", call=ask.call, code=failure.code, why=why,
                platform_request_id=failure.request_id)
