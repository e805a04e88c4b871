"""A merchant's own server: takes what is posted to it and answers as it is told, on any address of this machine."""

import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


@dataclass
class Seen:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes


Answers = Callable[["Shop", BaseHTTPRequestHandler], None]


def says(status: int, body: bytes = b"", headers: tuple[tuple[str, str], ...] = ()) -> Answers:
    """An ordinary answer."""

    def answer(_: "Shop", handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in (*headers, ("Content-Length", str(len(body)))):
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    return answer


class Shop:
    """`seen` holds every request; `answer` is how the next ones are answered."""

    def __init__(self, address: str = "127.0.0.1", certificate: Path | None = None) -> None:
        self.seen: list[Seen] = []
        self.answer: Answers = says(204)
        self.arrived = threading.Condition()
        self._server = ThreadingHTTPServer((address, 0), _handler(self))
        self._server.daemon_threads = True
        self._server.handle_error = lambda *_: None  # type: ignore[method-assign]
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/notify"

    def wait_for(self, count: int, seconds: float = 15) -> None:
        """Until so many requests have come; AssertionError where they don't."""
        with self.arrived:
            assert self.arrived.wait_for(lambda: len(self.seen) >= count, seconds), f"{len(self.seen)} of {count}"

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def _handler(shop: Shop) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            seen = Seen(self.path, {name.lower(): value for name, value in self.headers.items()},
                        self.rfile.read(length))
            with shop.arrived:
                shop.seen.append(seen)
                shop.arrived.notify_all()
            shop.answer(shop, self)

        do_GET = do_POST

        def log_message(self, *_: object) -> None:
            """Quiet."""

    return Handler
