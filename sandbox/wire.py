"""A small HTTP/1.1 server that shows the bytes of the request line and the headers as sent.

Own, because the protocol signs the raw target, counts a header sent twice as missing, and bad days close the
connection without an answer: a WSGI server hides all three. One thread for each connection, keep-alive.
"""

import json
import socket
import socketserver
from collections.abc import Callable
from dataclasses import dataclass, field
from io import BufferedIOBase
from typing import Any
from urllib.parse import parse_qsl, unquote

MAX_LINE, MAX_HEADERS, MAX_BODY = 16 * 1024, 64, 8 * 1024 * 1024
IDLE_S = 120
PHRASES = {
    200: "OK",
    201: "Created",
    204: "No Content",
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    409: "Conflict",
    413: "Content Too Large",
    429: "Too Many Requests",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}


class Malformed(Exception):
    """What came is not HTTP that we read; the connection ends."""


@dataclass
class Request:
    """One request: `target` exactly as on the request line, header names in lower case, in order."""

    method: str
    target: str
    headers: list[tuple[str, str]]
    body: bytes = field(repr=False)
    chunked: bool = False

    @property
    def path(self) -> str:
        """The decoded path without the query."""
        return unquote(self.target.partition("?")[0])

    @property
    def query(self) -> list[tuple[str, str]]:
        """The decoded pairs of the query, in order, empty values kept."""
        return parse_qsl(self.target.partition("?")[2], keep_blank_values=True)

    def header(self, name: str) -> str | None:
        """The value of a header that was sent exactly once; sent twice counts as missing."""
        values = [value for key, value in self.headers if key == name]
        return values[0] if len(values) == 1 else None


@dataclass
class Response:
    """An answer; `hang_up` closes the connection with nothing written, `cut` after the head and half the body."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    hang_up: bool = False
    cut: bool = False


def json_response(status: int, payload: Any, **headers: str) -> Response:
    """An answer with a compact UTF-8 JSON body."""
    body = json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
    return Response(status, body, {"Content-Type": "application/json; charset=utf-8", **headers})


Handle = Callable[[Request], Response]


class Server(socketserver.ThreadingTCPServer):
    """Listens on the loopback address; `handle` is called in the connection's thread."""

    daemon_threads, allow_reuse_address, block_on_close, request_queue_size = True, True, False, 256

    def __init__(self, port: int, handle: Handle) -> None:
        self.handle = handle
        super().__init__(("127.0.0.1", port), Connection)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no news; nothing of the request is printed."""


class Connection(socketserver.StreamRequestHandler):
    """Requests of one connection, one after the other."""

    server: Server
    timeout = IDLE_S
    disable_nagle_algorithm = True

    def handle(self) -> None:
        """Read, answer, and again, until the client or a fault ends it."""
        while True:
            try:
                request = read_request(self.rfile, self.connection)
            except Malformed:
                write_response(self.connection, Response(400), close=True)
                return
            if request is None:
                return
            response = self.server.handle(request)
            if response.hang_up:
                return
            close = request.chunked or response.cut or (request.header("connection") or "").lower() == "close"
            write_response(self.connection, response, close)
            if close:
                return


def read_request(stream: BufferedIOBase, connection: socket.socket) -> Request | None:
    """The next request of a connection; None at its end. A chunked body is left unread and marked."""
    line = stream.readline(MAX_LINE + 1)
    if not line:
        return None
    parts = line.decode("latin-1").rstrip("\r\n").split(" ")
    if len(line) > MAX_LINE or len(parts) != 3 or parts[2] not in ("HTTP/1.1", "HTTP/1.0"):
        raise Malformed("request line")
    headers = _read_headers(stream)
    if any(key == "transfer-encoding" for key, _ in headers):
        return Request(parts[0], parts[1], headers, b"", chunked=True)
    if ("expect", "100-continue") in headers:
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    return Request(parts[0], parts[1], headers, _read_body(stream, headers))


def _read_headers(stream: BufferedIOBase) -> list[tuple[str, str]]:
    headers: list[tuple[str, str]] = []
    while True:
        line = stream.readline(MAX_LINE + 1)
        if line in (b"\r\n", b"\n"):
            return headers
        name, colon, value = line.decode("latin-1").partition(":")
        if not line or len(line) > MAX_LINE or not colon or len(headers) >= MAX_HEADERS:
            raise Malformed("headers")
        headers.append((name.lower(), value.strip()))


def _read_body(stream: BufferedIOBase, headers: list[tuple[str, str]]) -> bytes:
    lengths = [value for key, value in headers if key == "content-length"] or ["0"]
    if len(set(lengths)) != 1 or not (lengths[0].isascii() and lengths[0].isdigit()):
        raise Malformed("length")
    if len(lengths[0]) > 9 or int(lengths[0]) > MAX_BODY:
        raise Malformed("too large")
    body = stream.read(int(lengths[0]))
    if len(body) != int(lengths[0]):
        raise Malformed("cut short")
    return body


def write_response(connection: socket.socket, response: Response, close: bool) -> None:
    """Write an answer in one go, so that a small one is one packet."""
    head = [f"HTTP/1.1 {response.status} {PHRASES.get(response.status, 'Status')}"]
    head += [f"{name}: {value}" for name, value in response.headers.items()]
    head.append(f"Content-Length: {len(response.body)}")
    if close:
        head.append("Connection: close")
    body = response.body[: len(response.body) // 2] if response.cut else response.body
    connection.sendall("\r\n".join([*head, "", ""]).encode("latin-1") + body)
