"""SM2 signatures with SM3 (GM/T 0003.2-2012, GB/T 32918.2): one back end for the platform's and the merchants' suites.

gmssl-pyx (C) where it is installed, else gmalg (pure Python: ten to thirty times slower, and not constant in time).
`cryptography` has SM3 and SM4 but no SM2 curve, so the two PEM forms are read here.
"""

import base64
import binascii
import re
import secrets
from dataclasses import dataclass, field

import gmalg
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

try:
    import gmssl_pyx
except ImportError:  # an optional extra: requirements-sm2.txt
    gmssl_pyx = None

USER_ID = b"1234567812345678"  # GM/T 0009: where two parties agreed on nothing else
SIGNATURE_BYTES = 64
P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
EC_KEY, CURVE = bytes.fromhex("06072a8648ce3d0201"), bytes.fromhex("06082a811ccf5501822d")
ALGORITHM = bytes([0x30, len(EC_KEY) + len(CURVE)]) + EC_KEY + CURVE  # ecPublicKey over sm2p256v1
LONGEST_PEM = 4096


class BadSm2Key(ValueError):
    """Not a key of the SM2 curve in the form that was asked for; the message never holds the key."""


@dataclass(frozen=True)
class PublicKey:
    """A point of the curve as x‖y, 64 bytes."""

    point: bytes

    def der(self) -> bytes:
        """SubjectPublicKeyInfo."""
        return wrap(0x30, ALGORITHM + wrap(0x03, b"\x00\x04" + self.point))

    def pem(self) -> str:
        return as_pem("PUBLIC KEY", self.der())


@dataclass(frozen=True)
class PrivateKey:
    """A number below the curve's order, 32 bytes, and its point."""

    secret: bytes = field(repr=False)
    public: PublicKey

    def pem(self) -> str:
        """PKCS#8, with the public point, as OpenSSL writes it."""
        inner = (b"\x02\x01\x01" + wrap(0x04, self.secret)
                 + wrap(0xA1, wrap(0x03, b"\x00\x04" + self.public.point)))
        return as_pem("PRIVATE KEY", wrap(0x30, b"\x02\x01\x00" + ALGORITHM + wrap(0x04, wrap(0x30, inner))))


def back_end() -> str:
    """Who does the arithmetic: gmssl-pyx or gmalg."""
    return "gmalg" if gmssl_pyx is None else "gmssl-pyx"


def generate() -> PrivateKey:
    return _private((1 + secrets.randbelow(N - 2)).to_bytes(32, "big"))


def sign(key: PrivateKey, message: bytes) -> bytes:
    """The raw 64 bytes r‖s over SM3(Z‖message), each 32 bytes big-endian."""
    if gmssl_pyx is not None:
        r, s = decode_dss_signature(gmssl_pyx.sm2_sign(key.secret, key.public.point, message, USER_ID))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")
    parts = gmalg.SM2(key.secret, USER_ID, b"\x04" + key.public.point).sign(message)
    return b"".join(part.rjust(32, b"\0") for part in parts)


def verify(key: PublicKey, message: bytes, signature: bytes) -> bool:
    """Whether these are the 64 bytes r‖s of this message by this key; never raises."""
    r, s = signature[:32], signature[32:]
    if len(signature) != SIGNATURE_BYTES or not all(0 < int.from_bytes(part, "big") < N for part in (r, s)):
        return False
    if gmssl_pyx is not None:
        try:
            return bool(gmssl_pyx.sm2_verify(key.point, message, to_der(signature), USER_ID))
        except gmssl_pyx.GmsslInnerError:
            return False
    return bool(gmalg.SM2(None, USER_ID, b"\x04" + key.point).verify(message, r, s))


def to_der(signature: bytes) -> bytes:
    """r‖s as SEQUENCE {INTEGER r, INTEGER s} (GM/T 0009)."""
    return encode_dss_signature(int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big"))


def from_der(signature: bytes) -> bytes | None:
    """The 64 bytes r‖s; None for what isn't the one DER form of two numbers of 256 bits."""
    try:
        r, s = decode_dss_signature(signature)  # which takes no BER
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")
    except (ValueError, OverflowError):
        return None


def load_public(pem: str | bytes) -> PublicKey:
    """SubjectPublicKeyInfo PEM to the key. Raises BadSm2Key."""
    body, rest = _open(_der(pem, "PUBLIC KEY"), 0x30)
    if rest or not body.startswith(ALGORITHM):
        raise BadSm2Key("not a public key of the SM2 curve")
    bits, rest = _open(body[len(ALGORITHM):], 0x03)
    if rest:
        raise BadSm2Key("not a public key of the SM2 curve")
    return public_of(bits[1:])


def public_in(der: bytes) -> PublicKey:
    """The key within a larger DER, such as a certificate's signed part. Raises BadSm2Key."""
    start = ALGORITHM + b"\x03\x42\x00"
    place = der.find(start)
    if place < 0:
        raise BadSm2Key("no public key of the SM2 curve")
    return public_of(der[place + len(start):][:65])


def public_of(point: bytes) -> PublicKey:
    """An uncompressed point (04‖x‖y) that is on the curve. Raises BadSm2Key."""
    x, y = int.from_bytes(point[1:33], "big"), int.from_bytes(point[33:], "big")
    if len(point) != 65 or point[0] != 4 or max(x, y) >= P or (y * y - (x * x * x - 3 * x + B)) % P:
        raise BadSm2Key("not an uncompressed point of the SM2 curve")
    return PublicKey(point[1:])


def load_private(pem: str | bytes) -> PrivateKey:
    """Unencrypted PKCS#8 PEM to the key; a public point that it carries must be its own. Raises BadSm2Key."""
    body, rest = _open(_der(pem, "PRIVATE KEY"), 0x30)
    start = b"\x02\x01\x00" + ALGORITHM
    if rest or not body.startswith(start):
        raise BadSm2Key("not a private key of the SM2 curve")
    inner, _ = _open(_open(body[len(start):], 0x04)[0], 0x30)
    if not inner.startswith(b"\x02\x01\x01"):
        raise BadSm2Key("not a private key of the SM2 curve")
    secret, more = _open(inner[3:], 0x04)
    if len(secret) != 32 or not 0 < int.from_bytes(secret, "big") < N - 1:
        raise BadSm2Key("not a private key of the SM2 curve")
    made = _private(secret)
    while more:
        tag = more[0]
        part, more = _open(more, tag)
        if tag == 0xA1 and _open(part, 0x03)[0] != b"\x00\x04" + made.public.point:
            raise BadSm2Key("the public point belongs to another key")
    return made


def _private(secret: bytes) -> PrivateKey:
    return PrivateKey(secret, PublicKey(bytes(gmalg.SM2().generate_pk(secret)[-64:])))


def _der(pem: str | bytes, label: str) -> bytes:
    text = pem.decode("ascii", "replace") if isinstance(pem, bytes) else pem
    found = re.search(rf"-----BEGIN {label}-----\s([A-Za-z0-9+/=\s]+)-----END {label}-----", text[:LONGEST_PEM])
    try:
        return base64.b64decode("".join(found[1].split()), validate=True) if found else b""
    except binascii.Error:
        return b""


def _open(data: bytes, tag: int) -> tuple[bytes, bytes]:
    """The content of the first element, which must have this tag, and what follows it."""
    if len(data) < 2 or data[0] != tag:
        raise BadSm2Key("not a key in the form that was asked for")
    size, start = data[1], 2
    if size in (0x81, 0x82):
        start = 2 + size - 0x80
        size = int.from_bytes(data[2:start], "big")
    if size > len(data) - start:
        raise BadSm2Key("not a key in the form that was asked for")
    return data[start:start + size], data[start + size:]


def wrap(tag: int, content: bytes) -> bytes:
    """One DER element of up to 65,535 bytes."""
    size = len(content)
    head = [size] if size < 0x80 else [0x81, size] if size < 0x100 else [0x82, *size.to_bytes(2, "big")]
    return bytes([tag, *head]) + content


def as_pem(label: str, der: bytes) -> str:
    """RFC 7468, 64 characters a line."""
    text = base64.encodebytes(der).decode().replace("\n", "")
    lines = "\n".join(text[at:at + 64] for at in range(0, len(text), 64))
    return f"-----BEGIN {label}-----\n{lines}\n-----END {label}-----\n"
