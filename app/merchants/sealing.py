"""Sealing what one merchant alone may read, with its APIv3 key (merchant.md, section 1)."""

import base64
import secrets
import string
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.merchants import enrolling, signing

AES, SM4 = "AEAD_AES_256_GCM", "AEAD_SM4_GCM"
PRINTABLE = string.ascii_letters + string.digits  # the nonce travels as text, its 12 characters are the bytes


def resource(merchant: Any, plaintext: bytes, associated_data: str, original_type: str) -> dict[str, str]:
    """A notification's `resource`: {algorithm, ciphertext, nonce, associated_data, original_type}."""
    return {"original_type": original_type, **sealed(merchant, plaintext, associated_data)}


def sealed(merchant: Any, plaintext: bytes, associated_data: str) -> dict[str, str]:
    """{algorithm, ciphertext (base64, the tag at its end), nonce, associated_data}, by the merchant's suite."""
    key = enrolling.apiv3_key(merchant).encode()
    nonce = "".join(secrets.choice(PRINTABLE) for _ in range(12))
    national = merchant.suite == signing.SM2
    box = (_sm4 if national else _aes)(key, nonce.encode(), plaintext, associated_data.encode())
    return {"algorithm": SM4 if national else AES, "ciphertext": base64.b64encode(box).decode(), "nonce": nonce,
            "associated_data": associated_data}


def _aes(key: bytes, nonce: bytes, plain: bytes, bound: bytes) -> bytes:
    return AESGCM(key).encrypt(nonce, plain, bound)


def _sm4(key: bytes, nonce: bytes, plain: bytes, bound: bytes) -> bytes:
    """The key is the first 128 bits of SM3 over the APIv3 key, as in WeChat Pay's own SDK (docs/decisions/0150)."""
    digest = hashes.Hash(hashes.SM3())
    digest.update(key)
    work = Cipher(algorithms.SM4(digest.finalize()[:16]), modes.GCM(nonce)).encryptor()
    work.authenticate_additional_data(bound)
    return work.update(plain) + work.finalize() + work.tag
