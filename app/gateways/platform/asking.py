"""One call to the platform: signed, sent, checked and read; everything but the calls' own contents.

Raises Passing or Permanent, and RuntimeError inside an open transaction (decisions 0020 to 0024).
"""

import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

import structlog

from app.gateways import health, places
from app.gateways.clocks import Clock
from app.gateways.platform import fields, wire
from app.gateways.platform.failures import Passing, Permanent, PlatformFailure, from_error
from app.gateways.platform.keys import KeySource, PlatformKeys
from app.gateways.platform.pacing import Entry, Pace
from app.gateways.transport import Limits, NoReply, Reply, Transport
from app.kernel import jsons
from app.kernel.db import refuse_inside_transaction
from app.kernel.errors import Unavailable

T = TypeVar("T")
PATIENCE_S = 2.0  # how long a call waits for its place in our own rate
UNHEARD_S = 0.05  # who waited longer than this for it looks again whether a window was announced meanwhile
LONGEST_HINT_S = 3600
log = structlog.get_logger()


@dataclass(frozen=True)
class PlatformSettings:
    """`base_url` ends in /gateway/v1; `platform_id` is the X-App-Id of answers and pushes."""

    base_url: str
    app_id: str
    platform_id: str
    keys: KeySource
    limits: Limits = field(default_factory=Limits)
    ca_file: str | None = None

    def __post_init__(self) -> None:
        if not self.base_url.endswith("/gateway/v1"):
            raise ValueError("PLATFORM_BASE_URL is a URL that ends in /gateway/v1")
        if not self.app_id or not self.platform_id:
            raise ValueError("PLATFORM_APP_ID and PLATFORM_ID are needed, there or in keys.json")


@dataclass(frozen=True)
class Heard:
    """A checked answer: its JSON object and X-Timestamp; `nonce` and `keys` of the request open what is sealed."""

    data: dict[str, Any] = field(repr=False)
    answered_at: datetime
    nonce: str
    keys: PlatformKeys


@dataclass(frozen=True)
class Ask(Generic[T]):
    """One call: `body` makes the bytes with an attempt's keys and nonce; `read` what it came to."""

    call: str
    method: str
    path: str
    body: Callable[[PlatformKeys, str], bytes]
    read: Callable[[Heard], T]
    statuses: tuple[int, ...] = (200,)
    again: bool = False  # idempotent, and a person waits: one quick second attempt where nobody was reached
    max_bytes: int | None = None
    look: bool = False  # each attempt is a look at somebody: not taken where the answer could not be checked
    leave_by: float | None = None  # of the monotonic clock: not sent after this


@dataclass(frozen=True)
class _Sent:
    """What one attempt was made with."""

    keys: PlatformKeys
    nonce: str
    request_id: str
    entry: Entry


class Asker:
    """Thread-safe; one for each process."""

    def __init__(self, settings: PlatformSettings, nonces: wire.NonceGuard, clock: Clock, pace: Pace) -> None:
        self.keys, self.pace = settings.keys, pace
        self._settings, self._nonces, self._clock = settings, nonces, clock
        self._transport = Transport(settings.base_url, settings.limits, settings.ca_file)

    def ask(self, ask: Ask[T]) -> T:
        refuse_inside_transaction()
        with health.measured("platform", ask.call) as measure:
            try:
                with self._place(ask.call):
                    result = self._attempts(ask)
            except PlatformFailure as failure:
                measure.outcome = failure.code
                _note(ask, failure)
                raise
            measure.outcome = health.GOOD
            return result

    def ready(self, call: str) -> None:
        """Raises Passing where this call would be held back now."""
        self.pace.ready(call)
        with self._place(call):
            pass

    @contextmanager
    def _place(self, call: str) -> Iterator[None]:
        try:
            with places.HERE.one():
                yield
        except places.Full:
            health.NOT_SENT.labels(call, "OUR_RATE").inc()
            raise Passing("OUR_RATE", 1, why="every thread that may wait is waiting", sent=False) from None

    def _attempts(self, ask: Ask[T]) -> T:
        deadline = self._transport.deadline()
        try:
            return self._attempt(ask, deadline)
        except Passing as failure:
            if not (ask.again and failure.connection):
                raise
            sent = failure.sent
        try:
            return self._attempt(ask, deadline)
        except Passing as failure:
            failure.sent = failure.sent or sent
            raise

    def _attempt(self, ask: Ask[T], deadline: float) -> T:
        """Leave when it may, and say what it came to."""
        entry = self._enter(ask, deadline)
        try:
            answer = self._exchange(ask, deadline, entry)
        except PlatformFailure as failure:
            self.pace.ended(ask.call, entry, failure)
            raise
        except BaseException:  # a fault of ours: nothing is known of the platform
            self.pace.ended(ask.call, entry, Passing("LATE", sent=False))
            raise
        self.pace.ended(ask.call, entry, None)
        return answer

    def _enter(self, ask: Ask[T], deadline: float) -> Entry:
        """Wait for our turn as long as this call may; a look whose answer could not be checked is not taken."""
        until = deadline if ask.leave_by is None else min(deadline, ask.leave_by)
        entry = self.pace.enter(ask.call, max(0.0, min(PATIENCE_S, until - time.monotonic())))
        if ask.look and entry.alone:
            failure = Passing("NO_ANSWER", why="the memory of nonces is away: not sent", sent=False)
            self.pace.ended(ask.call, entry, failure)
            raise failure
        if entry.wait_s:
            time.sleep(entry.wait_s)
            if entry.wait_s > UNHEARD_S:
                self._nothing_announced(ask, entry)
        return entry

    def _nothing_announced(self, ask: Ask[T], entry: Entry) -> None:
        """A window that was announced while we waited for our place is kept."""
        try:
            self.pace.unheld(ask.call)
        except Passing as held:
            self.pace.ended(ask.call, entry, held)
            raise

    def _exchange(self, ask: Ask[T], deadline: float, entry: Entry) -> T:
        """All is made anew for each attempt: nonce, timestamp, request id, seals, signature."""
        sent = _Sent(self.keys.now(), wire.new_nonce(), str(uuid.uuid4()), entry)
        reply = self._send(ask, sent, deadline)
        stamp = self._check(reply, sent)
        return self._read(ask, reply, sent, datetime.fromtimestamp(int(stamp.timestamp), UTC))

    def _send(self, ask: Ask[T], sent: "_Sent", deadline: float) -> Reply:
        keys = sent.keys
        target, body = self._transport.prefix + ask.path, ask.body(keys, sent.nonce)
        signer = wire.Signer(self._settings.app_id, keys.suite, keys.client_key_id, keys.client_private)
        headers = wire.request_headers(signer, ask.method, target, body, sent.nonce, self._now(), sent.request_id)
        if body:
            headers["Content-Type"] = "application/json"
        try:
            return self._transport.exchange(ask.method, target, headers, body, deadline, ask.max_bytes, ask.leave_by)
        except NoReply as silence:
            code = {"broken": "BAD_ANSWER", "late": "LATE"}.get(silence.kind, "NO_ANSWER")
            raise Passing(code, why=str(silence), request_id=sent.request_id,
                          connection=silence.kind == "connection", sent=silence.sent) from None

    def _check(self, reply: Reply, sent: "_Sent") -> wire.Stamp:
        keys = self.keys.now()  # the platform may have begun with its new key while we waited
        sender = wire.Sender(self._settings.platform_id, keys.suite, keys.platform_public)
        try:
            stamp = wire.check_answer(sender, self._nonces, self._now(), sent.nonce, sent.request_id,
                                      reply.status, reply.headers, reply.body)
        except wire.NotAccepted as refused:
            if refused.skew_s is not None:
                health.tell_difference(refused.skew_s)
                self._skewed(sent.entry, refused.skew_s)
            code = "BAD_ANSWER" if refused.skew_s is None else "CLOCK_SKEW"
            signed = wire.one_header(reply.headers, "X-Signature") is not None
            why = f"http {reply.status}, " + (str(refused) if signed else "unsigned")
            raise Passing(code, _hint(reply), why=why, request_id=sent.request_id, skew_s=refused.skew_s) from None
        except Unavailable:
            raise Passing("NO_ANSWER", why="the memory of nonces is away", request_id=sent.request_id) from None
        health.tell_difference(int(stamp.timestamp) - self._now())
        self._skewed(sent.entry, None)
        return stamp

    def _read(self, ask: Ask[T], reply: Reply, sent: "_Sent", answered_at: datetime) -> T:
        try:
            data = jsons.loads(reply.body)
            if not isinstance(data, dict):
                raise fields.Unreadable("body")
            if reply.status >= 400:
                raise self._failure(reply.status, data, answered_at, sent)
            if reply.status not in ask.statuses:
                raise fields.Unreadable("status")
            return ask.read(Heard(data, answered_at, sent.nonce, sent.keys))
        except jsons.NotJson:
            raise Passing("BAD_ANSWER", why="not JSON", request_id=sent.request_id) from None
        except fields.Unreadable as wrong:
            raise Passing("BAD_ANSWER", why=f"schema: {wrong.field}", request_id=sent.request_id) from None

    def _failure(self, status: int, data: dict[str, Any], answered_at: datetime, sent: "_Sent") -> PlatformFailure:
        failure = from_error(data.get("code"), status, data.get("retry_after_s"), sent.request_id)
        if failure.code == "CLOCK_SKEW":  # at the edge of the window: they refused, we would not have
            self._skewed(sent.entry, int(answered_at.timestamp()) - self._now())
        return failure

    def _skewed(self, entry: Entry, seconds: int | None) -> None:
        health.tell_skew(seconds)
        self.pace.skewed(entry, seconds)

    def _now(self) -> int:
        return int(self._clock.now().timestamp())


def _hint(reply: Reply) -> int | None:
    """What a proxy in front of the platform asks for: no answer, but waiting longer harms nobody."""
    told = wire.one_header(reply.headers, "Retry-After") or ""
    known = reply.status in (429, 502, 503, 504) and told.isascii() and told.isdigit() and len(told) < 9
    return min(int(told), LONGEST_HINT_S) if known else None


def _note(ask: Ask[Any], failure: PlatformFailure) -> None:
    """To the log: codes and our own request id; nothing of a body or of a path. What was held back is counted only."""
    if isinstance(failure, Passing) and not failure.sent and not failure.connection:
        return
    why = "final" if isinstance(failure, Permanent) else getattr(failure, "why", "")
    log.warning("platform_call_failed", call=ask.call, code=failure.code, why=why,
                platform_request_id=failure.request_id)
