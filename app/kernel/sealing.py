"""Sealing what must not be read at rest: AES-256-GCM or SM4-GCM, a data key for each owner, keyed indexes.

A sealed value is `version | suite | length of kid | kid | 12-byte nonce | ciphertext | 16-byte tag`. The
additional data binds it to its owner and column, so that it can't be moved to another row (NIST SP 800-38D,
GB/T 36624). Destroying an owner's wrapped data key makes all that was sealed with it unreadable.
"""

import hmac
import secrets
from collections.abc import Mapping
from typing import cast

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from flask import Flask, current_app

from app.kernel.keyring import Keyring

VERSION = 1
SUITES = {"A256GCM": 1, "SM4-GCM": 2}
WRAPPED_BY_SERVICE = b"service"


class SealBroken(Exception):
    """What was to be opened is not what was sealed, or its key is gone."""


class Sealer:
    """Seals and opens; keys come from the keyring, the suite for new seals from the setting."""

    def __init__(self, keyring: Keyring, suite: str) -> None:
        self._keyring, self._suite = keyring, SUITES[suite]

    def new_data_key(self, owner: str) -> bytes:
        """A fresh data key for this owner, wrapped by the service's key."""
        return self._service_seal(secrets.token_bytes(32), f"data-key|{owner}")

    def seal(self, wrapped: bytes, owner: str, column: str, plain: bytes) -> bytes:
        """Seal `plain` with the owner's data key, bound to owner and column."""
        key = self._service_open(wrapped, f"data-key|{owner}")
        return _frame(self._suite, b"", _encrypt(self._suite, key, plain, f"{owner}|{column}".encode()))

    def seal_new(self, owner: str, plain: Mapping[str, bytes | None]) -> tuple[bytes, dict[str, bytes | None]]:
        """A fresh wrapped data key with all that is to be sealed under it, by column: the key is opened for none."""
        key, suite = secrets.token_bytes(32), self._suite
        box = AESGCM(key) if suite == SUITES["A256GCM"] else None
        sealed: dict[str, bytes | None] = dict.fromkeys(plain)
        for column, text in plain.items():
            if text is not None:
                bound = f"{owner}|{column}".encode()
                sealed[column] = _frame(suite, b"", _encrypt(suite, key, text, bound) if box is None else
                                        (nonce := secrets.token_bytes(12)) + box.encrypt(nonce, text, bound))
        return self._service_seal(key, f"data-key|{owner}"), sealed

    def open(self, wrapped: bytes, owner: str, column: str, sealed: bytes) -> bytes:
        """The plain bytes; raises SealBroken."""
        key = self._service_open(wrapped, f"data-key|{owner}")
        suite, _, box = _unframe(sealed)
        return _decrypt(suite, key, box, f"{owner}|{column}".encode())

    def seal_service(self, place: str, plain: bytes) -> bytes:
        """For what belongs to no citizen (a merchant's key, an event): sealed with the service's key."""
        return self._service_seal(plain, place)

    def open_service(self, place: str, sealed: bytes) -> bytes:
        return self._service_open(sealed, place)

    def index(self, kind: str, value: str) -> bytes:
        """A keyed index: equal values of one kind meet, and nobody without the key can guess them."""
        return _index(self._keyring.index.now, kind, value)

    def _service_seal(self, plain: bytes, place: str) -> bytes:
        kid = self._keyring.sealing.current
        return _frame(self._suite, kid.encode(), _encrypt(self._suite, self._keyring.sealing.now, plain,
                                                          place.encode()))

    def _service_open(self, sealed: bytes, place: str) -> bytes:
        suite, kid, box = _unframe(sealed)
        key = self._keyring.sealing.by_id.get(kid.decode())
        if key is None:
            raise SealBroken("the key is gone")
        return _decrypt(suite, key, box, place.encode())


def _index(key: bytes, kind: str, value: str) -> bytes:
    return hmac.digest(key, f"{kind}|{value}".encode(), "sha256")


def _frame(suite: int, kid: bytes, box: bytes) -> bytes:
    return bytes([VERSION, suite, len(kid)]) + kid + box


def _unframe(sealed: bytes) -> tuple[int, bytes, bytes]:
    if len(sealed) < 3 or sealed[0] != VERSION or sealed[1] not in SUITES.values():
        raise SealBroken("not a seal of ours")
    end = 3 + sealed[2]
    return sealed[1], sealed[3:end], sealed[end:]


def _encrypt(suite: int, key: bytes, plain: bytes, bound: bytes) -> bytes:
    nonce = secrets.token_bytes(12)
    if suite == SUITES["A256GCM"]:
        return nonce + AESGCM(key).encrypt(nonce, plain, bound)
    work = Cipher(algorithms.SM4(key[:16]), modes.GCM(nonce)).encryptor()
    work.authenticate_additional_data(bound)
    return nonce + work.update(plain) + work.finalize() + work.tag


def _decrypt(suite: int, key: bytes, box: bytes, bound: bytes) -> bytes:
    if len(box) < 28:
        raise SealBroken("too short")
    nonce, body, tag = box[:12], box[12:-16], box[-16:]
    try:
        if suite == SUITES["A256GCM"]:
            return AESGCM(key).decrypt(nonce, body + tag, bound)
        work = Cipher(algorithms.SM4(key[:16]), modes.GCM(nonce, tag)).decryptor()
        work.authenticate_additional_data(bound)
        return work.update(body) + work.finalize()
    except InvalidTag:
        raise SealBroken("it doesn't open") from None


def install(app: Flask, keyring: Keyring, suite: str) -> None:
    app.extensions["keyring"] = keyring
    app.extensions["sealer"] = Sealer(keyring, suite)


def sealer() -> Sealer:
    return cast(Sealer, current_app.extensions["sealer"])


def keyring() -> Keyring:
    return cast(Keyring, current_app.extensions["keyring"])
