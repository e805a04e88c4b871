"""notify_urls that lead inside are not called, whatever they look like (promises T9, C24 to C26).

Breaks that were tried: `checked` that looks at the first address only; `post` that gives `once` the host's name in
place of the address (the name is then resolved again, and the rebinding server is reached); `is_open` by the
standard library's `is_private` alone (100.64/10 and NAT64 got through); a body read to its end; no deadline over all
of it (the dripping server then holds a thread for as long as it likes).
"""

import socket
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from app.gateways.merchants import addresses
from app.gateways.merchants.addresses import AddressRefused, Unresolved
from app.gateways.merchants.client import MerchantClient, NotSent, head_of
from app.gateways.transport import Limits
from app.kernel.db import transaction
from tests.notifications.shops import Shop, says

NEVER = (  # as told by a merchant: refused by their form
    "http://shop.example.cn/notify", "https://127.0.0.1/", "https://[::1]/", "https://[::ffff:127.0.0.1]/", "https://0/",
    "https://2130706433/", "https://0x7f000001/", "https://0x7f.0.0.1/", "https://0177.0.0.1/", "https://127.1/",
    "https://169.254.169.254/latest/meta-data", "https://10.1.2.3/", "https://100.64.0.1/", "file:///etc/passwd",
    "gopher://shop.example.cn/", "https://user@shop.example.cn/", "https://user:pass@shop.example.cn/",
    "https://shop.example.cn@127.0.0.1/", "https://shop.example.cn:22/", "https://shop.example.cn:80/",
    "https://shop.example.cn:99999/", "https://shop.example.cn:0443/", "https://shop.example.cn./",
    "https://shop.example.cn..", "https://localhost/", "https://LOCALHOST/", "https://db.internal/",
    "https://printer.local/", "https://a.home.arpa/", "https://shоp.example.cn/", "https://例子.中国/",
    "https://shop。example。cn/", "https://①②⑦.⓪.⓪.①/", "https://shop.example.cn/a?b=1", "https://shop.example.cn/#a",
    "https://shop.example.cn\\@127.0.0.1/", "https://shop.example.cn/\r\nHost: x", "https://shop.example.cn/ a",
    " https://shop.example.cn/", "https://shop.example.cn/\x00", "https:///shop.example.cn", "https://", "",
    "//shop.example.cn/", "https://-a.example.cn/", "https://a..example.cn/", "https://[fe80::1%25eth0]/",
    "https://127.0.0.1.:443/", "https://0:443/", "https://1.1/", "https://example.cn:443:22/", "HTTPS://shop.example.cn/",
    f"https://{'a' * 64}.cn/", f"https://shop.example.cn/{'a' * 300}")
ALWAYS = ("https://shop.example.cn", "https://shop.example.cn/notify", "https://pay.shop.example.cn:8443/a/b%20c",
          "https://xn--fsqu00a.xn--fiqs8s/n", "https://SHOP.example.cn:443/")
CLOSED = (
    "0.0.0.0", "10.0.0.1", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.255.255.254", "169.254.169.254",
    "172.16.0.1", "172.31.255.255", "192.0.0.8", "192.0.2.1", "192.168.1.1", "198.18.0.1", "198.19.255.255",
    "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "168.63.129.16",
    "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:93.184.216.34", "::ffff:0:127.0.0.1",
    "64:ff9b::7f00:1", "64:ff9b:1::a00:1", "100::1", "2001::1", "2001:0:53aa:64c:0:5efe:7f00:1", "2001:db8::1",
    "2002:7f00:1::", "2002:a00:1::1", "3fff::1", "5f00::1", "fc00::1", "fd12:3456::1", "fe80::1", "fe80::1%eth0",
    "fec0::1", "ff02::1", "2400:3200::5efe:10.0.0.1", "2400:3200::200:5efe:127.0.0.1")
OPEN = ("93.184.216.34", "223.5.5.5", "100.63.255.255", "100.128.0.1", "172.32.0.1", "192.0.1.1", "198.20.0.1",
        "2400:3200::1", "2606:2800:220:1::1")
NAME = "shop.example.cn"


@pytest.fixture
def context(application: Any) -> Iterator[None]:
    """The application, whose database nobody here reads."""
    with application.app_context():
        yield


@pytest.fixture
def shop() -> Iterator[Shop]:
    made = Shop()
    yield made
    made.stop()


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Where somebody tried to connect to; nobody gets there."""
    tried: list[str] = []

    def connect(address: tuple[str, int], *_: Any) -> Any:
        tried.append(address[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", connect)
    return tried


@pytest.mark.usefixtures("context")
class TestTheForm:
    @pytest.mark.parametrize("url", NEVER)
    def test_these_are_never_called(self, url: str, connected: list[str]) -> None:
        client = MerchantClient(resolver=lambda *_: ["93.184.216.34"])
        with pytest.raises(AddressRefused):
            addresses.read(url)
        with pytest.raises(NotSent) as no:
            client.post(url, {}, b"{}")
        assert no.value.failure == "ADDRESS_REFUSED"
        assert connected == []

    @pytest.mark.parametrize("url", ALWAYS)
    def test_these_are(self, url: str, connected: list[str]) -> None:
        client = MerchantClient(resolver=lambda *_: ["93.184.216.34"])
        assert addresses.read(url).tls
        with pytest.raises(NotSent) as no:
            client.post(url, {}, b"{}")
        assert (no.value.failure, connected) == ("CONNECTION", ["93.184.216.34"])


@pytest.mark.usefixtures("context")
class TestWhereTheNameLeads:
    @pytest.mark.parametrize("address", CLOSED)
    def test_inside_is_never_connected_to(self, address: str, connected: list[str]) -> None:
        """Alone, and beside an address of the open Internet."""
        assert not addresses.is_open(address)
        for found in ([address], ["93.184.216.34", address], [address, "93.184.216.34"]):
            with pytest.raises(NotSent) as no:
                MerchantClient(resolver=lambda *_, found=found: found).post(f"https://{NAME}/", {}, b"{}")
            assert no.value.failure == "ADDRESS_REFUSED"
        assert connected == []

    @pytest.mark.parametrize("address", OPEN)
    def test_outside_is(self, address: str) -> None:
        assert addresses.is_open(address)

    def test_a_name_that_leads_nowhere(self, connected: list[str]) -> None:
        def nowhere(*_: Any) -> list[str]:
            raise Unresolved

        for resolver in (nowhere, lambda *_: []):
            with pytest.raises(NotSent) as no:
                MerchantClient(resolver=resolver).post(f"https://{NAME}/", {}, b"{}")
            assert no.value.failure == "UNRESOLVED"
        assert connected == []

    def test_the_name_is_asked_once_and_only_its_answer_called(self, connected: list[str]) -> None:
        """Rebinding: the resolver's second answer leads inside, but nobody asks it a second time."""
        answers = iter([["93.184.216.34"], ["127.0.0.1"], ["127.0.0.1"]])
        with pytest.raises(NotSent):
            MerchantClient(resolver=lambda *_: next(answers)).post(f"https://{NAME}/", {}, b"{}")
        assert connected == ["93.184.216.34"]
        assert next(answers) == ["127.0.0.1"]

    def test_rebinding_on_real_servers(self) -> None:
        """The name's first answer is one server, from the second on another: that one never hears of us."""
        first, other = Shop("127.0.0.1"), Shop("127.0.0.2")
        answers = iter([["127.0.0.1"], *([["127.0.0.2"]] * 5)])
        try:
            client = MerchantClient(anywhere=True, resolver=lambda *_: next(answers))
            assert client.post(f"http://{NAME}:{first.port}/n", {}, b"{}").status == 204
        finally:
            first.stop()
            other.stop()
        assert (len(first.seen), len(other.seen)) == (1, 0)
        assert first.seen[0].headers["host"] == f"{NAME}:{first.port}"


@pytest.mark.usefixtures("context")
class TestTheExchange:
    def test_tls_is_with_the_name_at_the_address_that_was_checked(self, tmp_path: Path) -> None:
        certificate = _certificate(tmp_path, NAME)
        shop = Shop(certificate=certificate)
        client = MerchantClient(anywhere=True, ca_file=str(certificate), resolver=lambda *_: ["127.0.0.1"])
        try:
            assert client.post(f"https://{NAME}:{shop.port}/n", {"A": "b"}, b"{}").status == 204
            for other in (f"https://other.example.cn:{shop.port}/n", f"https://127.0.0.1:{shop.port}/n"):
                with pytest.raises(NotSent) as no:
                    client.post(other, {}, b"{}")
                assert no.value.failure == "TLS"
            with pytest.raises(NotSent):  # a certificate that nobody vouches for
                MerchantClient(anywhere=True, resolver=lambda *_: ["127.0.0.1"]).post(
                    f"https://{NAME}:{shop.port}/n", {}, b"{}")
        finally:
            shop.stop()
        assert [seen.path for seen in shop.seen] == ["/n"]

    def test_a_redirect_is_an_answer_and_nothing_more(self, shop: Shop) -> None:
        inner = Shop()
        shop.answer = says(302, headers=(("Location", inner.url),))
        try:
            assert MerchantClient(anywhere=True).post(shop.url, {}, b"{}").status == 302
        finally:
            inner.stop()
        assert (len(shop.seen), inner.seen) == (1, [])

    def test_of_a_long_answer_the_head_is_read(self, shop: Shop) -> None:
        """The merchant never ends: it goes on until nobody listens any more."""
        written = []

        def endless(_: Shop, handler: BaseHTTPRequestHandler) -> None:
            handler.send_response(200)
            handler.end_headers()
            while sum(written) < 50_000_000:
                written.append(handler.wfile.write(b"x" * 65536))

        shop.answer = endless
        answer = MerchantClient(anywhere=True).post(shop.url, {}, b"{}")
        assert (answer.status, answer.head) == (200, "x" * 512)
        assert sum(written) < 50_000_000

    @pytest.mark.parametrize("part", ["headers", "body", "nothing"])
    def test_all_of_it_ends_with_its_time(self, shop: Shop, part: str) -> None:
        """A byte now and then doesn't begin the time anew."""

        def drips(_: Shop, handler: BaseHTTPRequestHandler) -> None:
            if part == "body":
                handler.send_response(200)
                handler.send_header("Content-Length", "1000")
                handler.end_headers()
            elif part == "headers":
                handler.wfile.write(b"HTTP/1.1 200 OK\r\nX: ")
            for _each in range(100):
                if part != "nothing":
                    handler.wfile.write(b"x")
                    handler.wfile.flush()
                time.sleep(0.05)

        shop.answer = drips
        began = time.monotonic()
        with pytest.raises(NotSent) as no:
            MerchantClient(anywhere=True, limits=Limits(0.5, 0.5, 0.6)).post(shop.url, {}, b"{}")
        assert no.value.failure == "TIMEOUT"
        assert time.monotonic() - began < 3  # the dripping goes on for five

    def test_a_resolver_that_is_silent_is_left_behind(self, connected: list[str]) -> None:
        def silent(*_: Any) -> list[str]:
            time.sleep(3)
            return ["93.184.216.34"]

        began = time.monotonic()
        with pytest.raises(NotSent) as no:
            MerchantClient(resolver=silent, limits=Limits(0.2, 0.2, 0.4)).post(f"https://{NAME}/", {}, b"{}")
        assert (no.value.failure, connected) == ("UNRESOLVED", [])
        assert time.monotonic() - began < 2.5

    @pytest.mark.parametrize(("sent", "kept"), [
        (b"OK", "OK"), (b"", ""), (b"\xff\xfe", "\ufffd\ufffd"), ("好的\u202e".encode(), "好的"),
        (b"a\x00\x1b[31mb", "a  [31mb"),
        (b'{"phone":"13900001234","n":"110101199003075518"}', '{"phone":"***","n":"***"}'),
        (b"y" * 600, "y" * 512)])
    def test_what_is_kept_of_an_answer_is_plain_text(self, sent: bytes, kept: str) -> None:
        assert head_of(sent) == kept

    def test_never_inside_a_transaction(self, shop: Shop) -> None:

        with pytest.raises(RuntimeError), transaction():
            MerchantClient(anywhere=True).post(shop.url, {}, b"{}")
        assert shop.seen == []


def test_the_real_resolver(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every address that the system knows, and no words of its own where it knows none."""
    known: Callable[..., Any] = lambda *_, **__: [(0, 0, 0, "", (ip, 443)) for ip in ("1.2.3.4", "1.2.3.4", "::1")]  # noqa: E731
    monkeypatch.setattr(socket, "getaddrinfo", known)
    assert addresses.resolve(NAME, 443) == ["1.2.3.4", "::1"]
    monkeypatch.undo()
    with pytest.raises(Unresolved):
        addresses.resolve("nobody.invalid", 443)


def _certificate(folder: Path, host: str) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "a shop")])
    now = datetime.now(UTC)
    made = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
            .serial_number(1).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=2))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256()))
    path = folder / "shop.pem"
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    return path
