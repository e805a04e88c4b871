"""The signing suites of platform.md section 1: digest, signature and seal that go together under one name."""

import hashlib
from typing import Any, Protocol

from cryptography.exceptions import InvalidSignature, InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.ciphers.modes import GCM

from app.kernel import sm2

SIGNATURE_BYTES = 64
TAG_BYTES = 16


class BadKey(ValueError):
    """A key that this suite cannot use; the message names what is wrong and never the key."""


class BadSeal(Exception):
    """A sealed field that does not open. Nothing of it is said."""


class Suite(Protocol):
    """One suite. Keys are what the `…_key` functions of the same suite parsed, once, at start."""

    name: str
    enc: str

    def digest(self, data: bytes) -> str:
        """Lower-case hex."""

    def private_key(self, pem: bytes) -> Any:
        """PKCS#8 PEM to the signing key. Raises BadKey."""

    def public_key(self, pem: bytes) -> Any:
        """SubjectPublicKeyInfo PEM to the verifying key. Raises BadKey."""

    def data_key(self, raw: bytes) -> Any:
        """Raw bytes to the sealing key. Raises BadKey."""

    def sign(self, key: Any, data: bytes) -> bytes:
        """The raw 64 bytes r‖s, each 32 bytes big-endian."""

    def verify(self, key: Any, data: bytes, signature: bytes) -> bool:
        """Whether these are 64 bytes r‖s over `data` by `key`; never raises."""

    def seal(self, key: Any, iv: bytes, plain: bytes, bound: bytes) -> bytes:
        """ciphertext‖16-byte tag; `bound` is the additional data, `iv` 12 bytes."""

    def open(self, key: Any, iv: bytes, box: bytes, bound: bytes) -> bytes:
        """The plain bytes. Raises BadSeal."""


class ES256SHA256:
    """P-256 with SHA-256, AES-256-GCM."""

    name = "ES256-SHA256"
    enc = "A256GCM"

    def digest(self, data: bytes) -> str:
        return hashlib.sha256(data).hexdigest()

    def private_key(self, pem: bytes) -> ec.EllipticCurvePrivateKey:
        try:
            key = serialization.load_pem_private_key(pem, None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise BadKey("not an unencrypted PKCS#8 PEM") from None
        if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
            raise BadKey("not a P-256 key")
        return key

    def public_key(self, pem: bytes) -> ec.EllipticCurvePublicKey:
        try:
            key = serialization.load_pem_public_key(pem)
        except (ValueError, UnsupportedAlgorithm):
            raise BadKey("not a public key PEM") from None
        if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
            raise BadKey("not a P-256 key")
        return key

    def data_key(self, raw: bytes) -> AESGCM:
        if len(raw) != 32:
            raise BadKey("not 32 bytes")
        return AESGCM(raw)

    def sign(self, key: ec.EllipticCurvePrivateKey, data: bytes) -> bytes:
        r, s = decode_dss_signature(key.sign(data, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    def verify(self, key: ec.EllipticCurvePublicKey, data: bytes, signature: bytes) -> bool:
        if len(signature) != SIGNATURE_BYTES:
            return False
        r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
        try:
            key.verify(encode_dss_signature(r, s), data, ec.ECDSA(hashes.SHA256()))
        except InvalidSignature:
            return False
        return True

    def seal(self, key: AESGCM, iv: bytes, plain: bytes, bound: bytes) -> bytes:
        return key.encrypt(iv, plain, bound)

    def open(self, key: AESGCM, iv: bytes, box: bytes, bound: bytes) -> bytes:
        try:
            return key.decrypt(iv, box, bound)
        except (InvalidTag, ValueError):
            raise BadSeal from None


class SM2SM3:
    """sm2p256v1 with SM3 and user id 1234567812345678 (GB/T 32918, 32905), SM4-GCM (GB/T 32907, 36624).

    SM2 by the back end that app.kernel.sm2 found at start; SM3 and SM4 by `cryptography`.
    """

    name = "SM2-SM3"
    enc = "SM4-GCM"

    def digest(self, data: bytes) -> str:
        work = hashes.Hash(hashes.SM3())
        work.update(data)
        return work.finalize().hex()

    def private_key(self, pem: bytes) -> sm2.PrivateKey:
        try:
            return sm2.load_private(pem)
        except sm2.BadSm2Key as wrong:
            raise BadKey(str(wrong)) from None

    def public_key(self, pem: bytes) -> sm2.PublicKey:
        try:
            return sm2.load_public(pem)
        except sm2.BadSm2Key as wrong:
            raise BadKey(str(wrong)) from None

    def data_key(self, raw: bytes) -> SM4:
        if len(raw) != 16:
            raise BadKey("not 16 bytes")
        return SM4(raw)

    def sign(self, key: sm2.PrivateKey, data: bytes) -> bytes:
        return sm2.sign(key, data)

    def verify(self, key: sm2.PublicKey, data: bytes, signature: bytes) -> bool:
        return sm2.verify(key, data, signature)

    def seal(self, key: SM4, iv: bytes, plain: bytes, bound: bytes) -> bytes:
        work = Cipher(key, GCM(iv)).encryptor()
        work.authenticate_additional_data(bound)
        return work.update(plain) + work.finalize() + work.tag

    def open(self, key: SM4, iv: bytes, box: bytes, bound: bytes) -> bytes:
        try:
            work = Cipher(key, GCM(iv, box[-TAG_BYTES:])).decryptor()
            work.authenticate_additional_data(bound)
            return work.update(box[:-TAG_BYTES]) + work.finalize()
        except (InvalidTag, ValueError):
            raise BadSeal from None


SUITES: dict[str, Suite] = {suite.name: suite for suite in (SM2SM3(), ES256SHA256())}
