"""Over TLS: a trusted certificate works, an expired or foreign one means that nobody is there.

The break that was tried: the context made with `check_hostname` and `verify_mode` off; the expired one was then taken.
"""

import ssl
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from app.gateways.transport import Limits, NoReply, Transport

QUICK = Limits(connect_s=2, read_s=2, whole_s=3)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_: object) -> None:
        """Quiet."""


def certificate(folder: Path, *, days: int) -> Path:
    """A self-signed certificate for 127.0.0.1 and its key in one file; negative days: expired."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "stand-in")])
    now = datetime.now(UTC)
    made = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
            .serial_number(1).not_valid_before(now - timedelta(days=30)).not_valid_after(now + timedelta(days=days))
            .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256()))
    path = folder / f"cert{days}.pem"
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    return path


@pytest.fixture
def serve() -> Iterator[Callable[[Path], str]]:
    servers = []

    def start(cert: Path) -> str:
        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(cert)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        server.handle_error = lambda *_: None  # type: ignore[method-assign]
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        servers.append(server)
        return f"https://127.0.0.1:{server.server_address[1]}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def test_a_trusted_certificate(tmp_path: Path, serve: Callable[[Path], str]) -> None:
    cert = certificate(tmp_path, days=30)
    transport = Transport(serve(cert), QUICK, str(cert))
    for _ in range(2):
        assert transport.exchange("GET", "/", {}, b"").body == b"ok"


def test_an_expired_certificate(tmp_path: Path, serve: Callable[[Path], str]) -> None:
    cert = certificate(tmp_path, days=-1)
    with pytest.raises(NoReply) as silence:
        Transport(serve(cert), QUICK, str(cert)).exchange("GET", "/", {}, b"")
    assert silence.value.kind == "connection"


def test_a_certificate_that_nobody_vouches_for(tmp_path: Path, serve: Callable[[Path], str]) -> None:
    with pytest.raises(NoReply) as silence:
        Transport(serve(certificate(tmp_path, days=30)), QUICK).exchange("GET", "/", {}, b"")
    assert silence.value.kind == "connection"
