"""Suite SM2-SM3 in plain Python: the curve sm2p256v1 (GB/T 32918) with SM3 and SM4-GCM. Made for a sandbox:
not constant time, a few hundred signatures a second at most.
"""

import base64
import secrets
from dataclasses import dataclass
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.ciphers.modes import GCM

from sandbox.seals import BadSeal

P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
A = P - 3
B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
G = (
    0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7,
    0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0,
)
USER_ID = b"1234567812345678"
# Every length is fixed, so the DER around a key of this curve is constant.
PKCS8 = bytes.fromhex("308187020100301306072a8648ce3d020106082a811ccf5501822d046d306b0201010420")
PKCS8_POINT = bytes.fromhex("a144034200") + b"\x04"
SPKI = bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d034200") + b"\x04"
Point = tuple[int, int]
Jacobian = tuple[int, int, int]


def _double(p: Jacobian) -> Jacobian:
    x, y, z = p
    if not y or not z:
        return 0, 1, 0
    yy, zz = y * y % P, z * z % P
    s = 4 * x * yy % P
    m = 3 * (x - zz) * (x + zz) % P
    x3 = (m * m - 2 * s) % P
    return x3, (m * (s - x3) - 8 * yy * yy) % P, 2 * y * z % P


def _add(p: Jacobian, q: Jacobian) -> Jacobian:
    if not p[2] or not q[2]:
        return q if not p[2] else p
    z1, z2 = p[2] * p[2] % P, q[2] * q[2] % P
    u1, u2 = p[0] * z2 % P, q[0] * z1 % P
    s1, s2 = p[1] * z2 * q[2] % P, q[1] * z1 * p[2] % P
    if u1 == u2:
        return _double(p) if s1 == s2 else (0, 1, 0)
    h, r = u2 - u1, s2 - s1
    hh = h * h % P
    hhh, v = h * hh % P, u1 * hh % P
    x3 = (r * r - hhh - 2 * v) % P
    return x3, (r * (v - x3) - s1 * hhh) % P, h * p[2] * q[2] % P


def _affine(p: Jacobian) -> Point:
    inverse = pow(p[2], -1, P)
    return p[0] * inverse * inverse % P, p[1] * inverse * inverse * inverse % P


@lru_cache(maxsize=16)
def _table(point: Point) -> list[Jacobian]:
    """0 to 15 times a point, for windows of four bits."""
    table: list[Jacobian] = [(0, 1, 0), (*point, 1)]
    while len(table) < 16:
        table.append(_add(table[-1], table[1]))
    return table


def _times(*terms: tuple[int, Point]) -> Jacobian:
    """The sum of scalars times points, doubling once for all of them."""
    total: Jacobian = (0, 1, 0)
    for shift in range(252, -1, -4):
        for _ in range(4):
            total = _double(total)
        for scalar, point in terms:
            total = _add(total, _table(point)[scalar >> shift & 15])
    return total


def sm3(data: bytes) -> bytes:
    """GB/T 32905."""
    digest = hashes.Hash(hashes.SM3())
    digest.update(data)
    return digest.finalize()


def _bytes(*numbers: int) -> bytes:
    return b"".join(number.to_bytes(32, "big") for number in numbers)


@lru_cache(maxsize=16)
def _za(public: Point) -> bytes:
    return sm3((len(USER_ID) * 8).to_bytes(2, "big") + USER_ID + _bytes(A, B, *G, *public))


def _on_curve(point: Point) -> bool:
    x, y = point
    return x < P and y < P and (y * y - (x * x * x + A * x + B)) % P == 0


@dataclass(frozen=True)
class PrivateKey:
    """A scalar that never shows itself."""

    d: int
    public: Point

    def __repr__(self) -> str:
        return "PrivateKey"


@dataclass(frozen=True)
class Sm2Sm3:
    """Suite SM2-SM3: the same methods as Es256."""

    name: str = "SM2-SM3"
    enc: str = "SM4-GCM"
    data_key_bytes: int = 16

    def digest(self, data: bytes) -> str:
        """Lower-case hex SM3."""
        return sm3(data).hex()

    def new_private(self) -> bytes:
        """A fresh signing key as PKCS#8 PEM."""
        d = secrets.randbelow(N - 2) + 1
        return _pem("PRIVATE KEY", PKCS8 + _bytes(d) + PKCS8_POINT + _bytes(*_affine(_times((d, G)))))

    def load_private(self, pem: bytes) -> PrivateKey:
        """The signing key of a PEM of exactly this curve; ValueError otherwise."""
        der = _der(pem, PKCS8, len(PKCS8) + 32 + len(PKCS8_POINT) + 64)
        d = int.from_bytes(der[len(PKCS8) : len(PKCS8) + 32], "big")
        if not 1 <= d <= N - 2:
            raise ValueError("not a key of sm2p256v1")
        return PrivateKey(d, _affine(_times((d, G))))

    def load_public(self, pem: bytes) -> Point:
        """The verifying key of a PEM of exactly this curve; ValueError otherwise."""
        raw = _der(pem, SPKI, len(SPKI) + 64)[len(SPKI) :]
        point = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
        if not _on_curve(point):
            raise ValueError("not a point of sm2p256v1")
        return point

    def public_pem(self, private_pem: bytes) -> bytes:
        """SubjectPublicKeyInfo PEM of a private PEM."""
        return _pem("PUBLIC KEY", SPKI + _bytes(*self.load_private(private_pem).public))

    def sign(self, private: PrivateKey, data: bytes) -> bytes:
        """64 raw bytes r‖s, big-endian."""
        e = int.from_bytes(sm3(_za(private.public) + data), "big")
        while True:
            k = secrets.randbelow(N - 1) + 1
            r = (e + _affine(_times((k, G)))[0]) % N
            s = pow(1 + private.d, -1, N) * (k - r * private.d) % N
            if r and s and r + k != N:
                return _bytes(r, s)

    def verify(self, public: Point, data: bytes, raw: bytes) -> bool:
        """Whether 64 raw bytes are a signature over the data."""
        r, s = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
        t = (r + s) % N
        if not (0 < r < N and 0 < s < N and t):
            return False
        point = _times((s, G), (t, public))
        e = int.from_bytes(sm3(_za(public) + data), "big")
        return bool(point[2]) and (e + _affine(point)[0]) % N == r

    def encrypt(self, key: bytes, iv: bytes, plain: bytes, aad: bytes) -> bytes:
        """Ciphertext with its 16-byte tag behind it."""
        sealer = Cipher(SM4(key), GCM(iv)).encryptor()
        sealer.authenticate_additional_data(aad)
        return sealer.update(plain) + sealer.finalize() + sealer.tag

    def decrypt(self, key: bytes, iv: bytes, ct: bytes, aad: bytes) -> bytes:
        """The plain text; BadSeal where key, iv, tag or additional data do not fit."""
        try:
            opener = Cipher(SM4(key), GCM(iv, ct[-16:])).decryptor()
            opener.authenticate_additional_data(aad)
            return opener.update(ct[:-16]) + opener.finalize()
        except (InvalidTag, ValueError) as broken:  # a key of the other suite has another length
            raise BadSeal("does not open") from broken


def _pem(label: str, der: bytes) -> bytes:
    text = base64.b64encode(der).decode()
    lines = [text[start : start + 64] for start in range(0, len(text), 64)]
    return "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""]).encode()


def _der(pem: bytes, prefix: bytes, length: int) -> bytes:
    """The DER in a PEM when it has this prefix and length."""
    body = b"".join(line for line in pem.splitlines() if not line.startswith(b"-----"))
    der = base64.b64decode(body, validate=True)
    if len(der) != length or not der.startswith(prefix):
        raise ValueError("not a key of sm2p256v1")
    return der
