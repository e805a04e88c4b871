"""Suite ES256-SHA256, and the strings to sign of platform.md section 1. Written apart from the product."""

import base64
import hashlib
import re
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from sandbox.seals import BadSeal
from sandbox.sm2 import Sm2Sm3

BASE64 = re.compile(r"[A-Za-z0-9+/]{86}==", re.ASCII)


@dataclass(frozen=True)
class Es256:
    """Suite ES256-SHA256: P-256, SHA-256, AES-256-GCM."""

    name: str = "ES256-SHA256"
    enc: str = "A256GCM"
    data_key_bytes: int = 32

    def digest(self, data: bytes) -> str:
        """Lower-case hex digest."""
        return hashlib.sha256(data).hexdigest()

    def new_private(self) -> bytes:
        """A fresh signing key as PKCS#8 PEM."""
        return ec.generate_private_key(ec.SECP256R1()).private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )

    def load_private(self, pem: bytes) -> Any:
        """The signing key of a PEM, parsed once."""
        return serialization.load_pem_private_key(pem, None)

    def load_public(self, pem: bytes) -> Any:
        """The verifying key of a PEM, parsed once."""
        return serialization.load_pem_public_key(pem)

    def public_pem(self, private_pem: bytes) -> bytes:
        """SubjectPublicKeyInfo PEM of a private PEM."""
        return (
            self.load_private(private_pem)
            .public_key()
            .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        )

    def sign(self, private: Any, data: bytes) -> bytes:
        """64 raw bytes r‖s, big-endian."""
        r, s = decode_dss_signature(private.sign(data, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    def verify(self, public: Any, data: bytes, raw: bytes) -> bool:
        """Whether 64 raw bytes are a signature over the data."""
        r, s = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
        try:
            public.verify(encode_dss_signature(r, s), data, ec.ECDSA(hashes.SHA256()))
        except InvalidSignature:
            return False
        return True

    def encrypt(self, key: bytes, iv: bytes, plain: bytes, aad: bytes) -> bytes:
        """Ciphertext with its 16-byte tag behind it."""
        return AESGCM(key).encrypt(iv, plain, aad)

    def decrypt(self, key: bytes, iv: bytes, ct: bytes, aad: bytes) -> bytes:
        """The plain text; BadSeal where key, iv, tag or additional data do not fit."""
        try:
            return AESGCM(key).decrypt(iv, ct, aad)
        except (InvalidTag, ValueError) as broken:  # a key of the other suite has another length
            raise BadSeal("does not open") from broken


SUITES: dict[str, Any] = {"ES256-SHA256": Es256(), "SM2-SM3": Sm2Sm3()}


def request_text(suite: Any, method: str, target: str, timestamp: str, nonce: str, body: bytes) -> bytes:
    """The string to sign of a request; `target` is exactly what stood on the request line."""
    return "".join(f"{part}\n" for part in (method, target, timestamp, nonce, suite.digest(body))).encode()


def response_text(suite: Any, status: int, asked: str, stamp: str, nonce: str, body: bytes) -> bytes:
    """The string to sign of an answer; `asked` is the request's nonce."""
    parts = (str(status), asked, stamp, nonce, suite.digest(body))
    return "".join(f"{part}\n" for part in parts).encode()


def signature(suite: Any, private: Any, text: bytes) -> str:
    """Base64 of the raw signature, as it stands in X-Signature."""
    return base64.b64encode(suite.sign(private, text)).decode()


def signed_by(suite: Any, public: Any, text: bytes, encoded: str) -> bool:
    """Whether X-Signature is standard padded base64 of 64 bytes that verify."""
    if not BASE64.fullmatch(encoded):
        return False
    raw = base64.b64decode(encoded)
    return base64.b64encode(raw).decode() == encoded and suite.verify(public, text, raw)
