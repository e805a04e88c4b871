"""One HTTP/1.1 exchange, bounded from the first byte to the last, over a connection that each thread keeps.

Written on `http.client` (decision 0021): the target goes out exactly as it was signed, a header that came
twice is seen twice, and a peer that drips one byte every nine seconds cannot hold a thread.
"""

import http.client
import io
import os
import select
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, NamedTuple
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Limits:
    """Seconds for connecting, for one silence, for the whole exchange; bytes of an answer's body."""

    connect_s: float = 3.0
    read_s: float = 10.0
    whole_s: float = 12.0
    max_bytes: int = 2 * 1024 * 1024


@dataclass(frozen=True)
class Reply:
    """What came back: status, headers in order (repeated ones repeated), body as sent."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


class NoReply(Exception):
    """No complete HTTP answer. `kind` says where it stopped; the text never holds a URL.

    `connection`: nobody there, or hung up before answering (also TLS); `timeout`: too slow;
    `broken`: cut short, over the size limit, encoded, or not HTTP; `late`: nothing was sent, since it was too late.
    `sent` is False where certainly no byte left: too late, or nobody was reached.
    """

    def __init__(self, kind: Literal["connection", "timeout", "broken", "late"], why: str, sent: bool = True) -> None:
        super().__init__(f"{kind}: {why}")
        self.kind = kind
        self.why = why
        self.sent = sent and kind != "late"


class Peer(NamedTuple):
    """Who is called: by this name in Host and TLS (`tls` None: plain), at this address and no other."""

    host: str
    port: int
    tls: ssl.SSLContext | None
    address: str


class Transport:
    """Exchanges with one server. Thread-safe: each thread of each process has its own kept connection."""

    def __init__(self, base_url: str, limits: Limits | None = None, ca_file: str | None = None) -> None:
        """`base_url`: http(s)://host[:port][/path]. `ca_file`: PEM of trusted roots, else the system's."""
        parts = urlsplit(base_url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise ValueError("a base URL is http(s)://host[:port][/path]")
        self.prefix = parts.path.rstrip("/")
        self.limits = limits or Limits()
        self._host, self._port = parts.hostname, parts.port
        self._tls = ssl.create_default_context(cafile=ca_file) if parts.scheme == "https" else None
        self._mine = threading.local()

    def deadline(self) -> float:
        """The monotonic instant by which a call that starts now is over; several attempts may share it."""
        return time.monotonic() + self.limits.whole_s

    def exchange(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes, deadline: float | None = None,
        max_bytes: int | None = None, leave_by: float | None = None,
    ) -> Reply:  # fmt: skip
        """Send once, follow nothing. `target` goes on the request line as it is. Raises NoReply.

        `max_bytes` lifts (or lowers) what an answer's body may measure. After `leave_by` (monotonic) nothing is sent;
        the connection that took so long to make is kept for the next attempt.
        """
        budget = _Budget(self.limits.read_s, deadline or self.deadline())
        try:
            connection = self._connection(budget)
            if leave_by is not None:
                connection.ready()
                if time.monotonic() > leave_by:
                    raise NoReply("late", "its time to leave had passed")
            _send(connection, method, target, headers, body)
            return _receive(connection, max_bytes or self.limits.max_bytes)
        except BaseException as error:
            silence = _as_silence(error)
            if silence is None or silence.kind != "late":
                self._drop()
            if silence is None:
                raise
            raise silence from None

    def _connection(self, budget: "_Budget") -> "_Connection":
        kept: _Connection | None = getattr(self._mine, "connection", None)
        if kept is not None and (kept.made_by != os.getpid() or _gone(kept)):
            self._drop()
            kept = None
        if kept is None:
            kept = _Connection(self._host, self._port, self._tls, self.limits.connect_s)
            self._mine.connection = kept
        kept.budget = budget
        return kept

    def _drop(self) -> None:
        kept: _Connection | None = getattr(self._mine, "connection", None)
        self._mine.connection = None
        if kept is not None:
            kept.close()


def once(peer: Peer, target: str, headers: Mapping[str, str], body: bytes, limits: Limits, deadline: float) -> Reply:
    """One POST over a connection of its own; of the answer's body no more than the first `max_bytes` are read.

    `deadline` is monotonic. Raises NoReply.
    """
    connection = _Connection(peer.host, peer.port, peer.tls, limits.connect_s, peer.address)
    connection.budget = _Budget(limits.read_s, deadline)
    try:
        _send(connection, "POST", target, headers, body)
        response = connection.getresponse()
        return Reply(response.status, response.getheaders(), response.read(limits.max_bytes))
    except Exception as error:
        silence = _as_silence(error)
        if silence is None:
            raise
        raise silence from None
    finally:
        connection.close()


class _Budget:
    """How long the next wait may last: one silence at most, and never past the end of the whole call."""

    def __init__(self, silence_s: float, deadline: float) -> None:
        self._silence_s = silence_s
        self._deadline = deadline

    def next_wait(self, longest: float | None = None) -> float:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return min(left, longest or self._silence_s)


class _Connection(http.client.HTTPConnection):
    """A kept connection, plain or TLS, whose every wait is taken from the budget of the call that uses it."""

    budget: _Budget

    def __init__(self, host: str, port: int | None, tls: ssl.SSLContext | None, connect_s: float,
                 address: str | None = None) -> None:
        super().__init__(host, port or (443 if tls else 80))
        self._address = address or host
        if tls:
            self.default_port = 443  # so that the Host header stays bare
        self._tls_context = tls
        self._connect_s = connect_s
        self.made_by = os.getpid()
        self.response_class = partial(_Response, self)  # type: ignore[assignment]

    def connect(self) -> None:
        wait = self.budget.next_wait(self._connect_s)
        sock = socket.create_connection((self._address, self.port), wait)
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._tls_context:
                sock = self._tls_context.wrap_socket(sock, server_hostname=self.host)
        except BaseException:
            sock.close()
            raise
        self.sock = sock

    def ready(self) -> None:
        """Connected, here and now, so that nothing stands between the decision to send and the bytes' leaving."""
        if self.sock is None:
            self.connect()

    def send(self, data: Any) -> None:
        self.ready()
        self.sock.settimeout(self.budget.next_wait())
        super().send(data)


class _Response(http.client.HTTPResponse):
    """A response that is read, header lines too, within the budget of its connection."""

    def __init__(self, connection: _Connection, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp = io.BufferedReader(_BudgetedReader(self.fp.detach(), sock, connection.budget))


class _BudgetedReader(io.RawIOBase):
    def __init__(self, raw: io.RawIOBase, sock: socket.socket, budget: _Budget) -> None:
        self._raw, self._sock, self._budget = raw, sock, budget

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._sock.settimeout(self._budget.next_wait())
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


def _gone(connection: _Connection) -> bool:
    """A kept connection on which something can be read before we asked was closed by the other side."""
    if connection.sock is None:
        return False
    poll = select.poll()
    poll.register(connection.sock, select.POLLIN | select.POLLERR | select.POLLHUP)
    return bool(poll.poll(0))


def _send(connection: _Connection, method: str, target: str, headers: Mapping[str, str], body: bytes) -> None:
    connection.putrequest(method, target, skip_accept_encoding=True)
    connection.putheader("Accept-Encoding", "identity")
    for name, value in headers.items():
        connection.putheader(name, value)
    if body or method in ("POST", "PUT"):
        connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body or None)


def _receive(connection: _Connection, max_bytes: int) -> Reply:
    response = connection.getresponse()
    headers = response.getheaders()
    if any(name.lower() == "content-encoding" for name, _ in headers):
        raise NoReply("broken", "content-encoding")
    announced = response.length
    if announced is not None and announced > max_bytes:
        raise NoReply("broken", "too large")
    body = response.read(max_bytes + 1)
    if len(body) > max_bytes:
        raise NoReply("broken", "too large")
    if announced is not None and len(body) != announced:
        raise NoReply("broken", "cut short")
    response.close()
    return Reply(response.status, headers, body)


def _as_silence(error: BaseException) -> NoReply | None:
    if isinstance(error, NoReply):
        return error
    if isinstance(error, TimeoutError):
        return NoReply("timeout", type(error).__name__)
    if isinstance(error, OSError):  # refused, reset, hung up, unresolved, TLS
        unreached = isinstance(error, ConnectionRefusedError | socket.gaierror)  # only connecting fails so
        return NoReply("connection", type(error).__name__, sent=not unreached)
    if isinstance(error, http.client.HTTPException | ValueError):
        return NoReply("broken", type(error).__name__)
    return None
