"""A platform to call in tests: a real HTTP server that signs with the vectors' keys and plays one bad day at a time.

It checks our signatures with code of its own, so that a mistake in app.gateways cannot hide in both ends.
"""

import base64
import hashlib
import json
import socket
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

APP_ID, PLATFORM_ID = "xinyi-plus", "ggxy-360000"


@dataclass
class Seen:
    """One request as it came."""

    method: str
    target: str
    headers: list[tuple[str, str]]
    body: bytes
    connection: tuple[str, int]

    def header(self, name: str) -> str:
        [value] = [value for key, value in self.headers if key.lower() == name.lower()]
        return value

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Answer:
    """What goes back; `raw` replaces all of it, byte for byte."""

    status: int = 200
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
    raw: bytes | None = None


Day = Callable[["StandIn", Seen, socket.socket], Answer | None]


class StandIn:
    """`day` decides what each request is answered; None hangs up without a word."""

    def __init__(self, vectors: dict[str, Any], now: Callable[[], int]) -> None:
        keys = vectors["keys"]
        self.private = _private(keys["platform"]["private_pem"])
        self.stranger = _private(vectors["stranger_key"]["private_pem"])
        self.client_public = _public(keys["client"]["public_pem"])
        self.data_keys = {kid: AESGCM(bytes.fromhex(raw)) for kid, raw in keys["data_keys"].items()}
        self.now = now
        self.seen: list[Seen] = []
        self.day: Day = lambda *_: None
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        return self._server.server_address[1]

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def says(self, told: object, status: int = 200) -> None:
        """From now on every request gets this answer, well signed."""
        self.day = lambda platform, seen, _: platform.signed(seen, told, status)

    def signed(self, seen: Seen, told: object, status: int = 200, **bad: Any) -> Answer:
        """`bad`: key, timestamp, nonce, request_nonce, request_id, signed_status, signed_body."""
        body = told if isinstance(told, bytes) else json.dumps(told, ensure_ascii=False).encode()
        nonce = bad.get("nonce", uuid.uuid4().hex)
        timestamp = str(bad.get("timestamp", self.now()))
        text = "".join(f"{part}\n" for part in (
            bad.get("signed_status", status), bad.get("request_nonce", seen.header("X-Nonce")), timestamp, nonce,
            hashlib.sha256(bad.get("signed_body", body)).hexdigest()))
        return Answer(status, [
            ("X-App-Id", PLATFORM_ID), ("X-Suite", "ES256-SHA256"), ("X-Key-Id", "pk-v-1"),
            ("X-Timestamp", timestamp), ("X-Nonce", nonce),
            ("X-Request-Id", bad.get("request_id", seen.header("X-Request-Id"))),
            ("X-Signature", _sign(bad.get("key", self.private), text))], body)

    def check_signature(self, seen: Seen) -> None:
        """Fails the test where our request is not signed as the page says."""
        raw = base64.b64decode(seen.header("X-Signature"), validate=True)
        assert len(raw) == 64
        der = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
        text = "".join(f"{part}\n" for part in (
            seen.method, seen.target, seen.header("X-Timestamp"), seen.header("X-Nonce"),
            hashlib.sha256(seen.body).hexdigest()))
        self.client_public.verify(der, text.encode(), ec.ECDSA(hashes.SHA256()))

    def opened(self, seen: Seen, name: str) -> Any:
        """A sealed field of a request."""
        sealed = seen.json[name]
        assert sealed["enc"] == "A256GCM"
        plain = self.data_keys[sealed["kid"]].decrypt(
            _unbase64url(sealed["iv"]), _unbase64url(sealed["ct"]), seen.header("X-Nonce").encode())
        return json.loads(plain)


def _handler(platform: StandIn) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def _take(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            seen = Seen(self.command, self.path, list(self.headers.items()), self.rfile.read(length),
                        self.client_address)
            platform.seen.append(seen)
            answer = platform.day(platform, seen, self.connection)
            if answer is None or answer.raw is not None:
                self.wfile.write(answer.raw if answer and answer.raw else b"")
                self.close_connection = True
                return
            self.send_response_only(answer.status)
            for name, value in [*answer.headers, ("Content-Length", str(len(answer.body)))]:
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.body)

        do_GET = do_POST = do_PUT = do_DELETE = _take

        def log_message(self, *_: object) -> None:
            """Quiet."""

        def handle(self) -> None:
            try:
                super().handle()
            except OSError:  # the caller gave up, as some tests want
                self.close_connection = True

    return Handler


def _private(pem: str) -> ec.EllipticCurvePrivateKey:
    key = serialization.load_pem_private_key(pem.encode(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return key


def _public(pem: str) -> ec.EllipticCurvePublicKey:
    key = serialization.load_pem_public_key(pem.encode())
    assert isinstance(key, ec.EllipticCurvePublicKey)
    return key


def _sign(key: ec.EllipticCurvePrivateKey, text: str) -> str:
    r, s = decode_dss_signature(key.sign(text.encode(), ec.ECDSA(hashes.SHA256())))
    return base64.b64encode(r.to_bytes(32, "big") + s.to_bytes(32, "big")).decode()


def _unbase64url(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
