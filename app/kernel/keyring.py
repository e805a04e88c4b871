"""The service's own keys, by purpose and key id, so that each can be rotated later.

`python -m app.kernel.keyring make FILE` writes a new one (0600). Shape:
{"sealing" | "index" | "presentation" | "openid": {"current": id, "keys": {id: 64 hex digits}},
 "tokens" | "trail": {"current": id, "keys": {id: PEM of a P-256 private key}},
 "answers": {"current": "PUB_KEY_ID_…", "keys": {id: PEM of an RSA private key}}}
"""

import json
import os
import re
import secrets
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

SECRETS = ("sealing", "index", "presentation", "openid")
PAIRS = ("tokens", "trail", "answers")


class KeyringRefused(RuntimeError):
    """The keyring can't be used; the message names the place and never a key."""


@dataclass(frozen=True)
class Keys:
    """The keys of one purpose. `current` makes new things; all of `by_id` still open old ones."""

    current: str
    by_id: dict[str, Any]

    @property
    def now(self) -> Any:
        return self.by_id[self.current]


@dataclass(frozen=True)
class Keyring:
    sealing: Keys
    index: Keys
    presentation: Keys
    openid: Keys
    tokens: Keys
    trail: Keys
    answers: Keys


def load(text: str) -> Keyring:
    """Parse once at start; raises KeyringRefused."""
    try:
        told = json.loads(text)
        return Keyring(**{name: _keys(name, told[name]) for name in (*SECRETS, *PAIRS)})
    except (ValueError, KeyError, TypeError) as wrong:
        raise KeyringRefused(f"KEYRING is malformed ({type(wrong).__name__})") from None


def _keys(name: str, told: dict[str, Any]) -> Keys:
    parse = _secret if name in SECRETS else _private
    by_id = {kid: parse(value) for kid, value in told["keys"].items()}
    if told["current"] not in by_id or not all(re.fullmatch(r"[A-Za-z0-9_-]{1,40}", kid) for kid in by_id):
        raise ValueError(name)
    return Keys(told["current"], by_id)


def _secret(value: str) -> bytes:
    if not re.fullmatch(r"[0-9a-f]{64}", value):
        raise ValueError("a secret is 64 hex digits")
    return bytes.fromhex(value)


def _private(value: str) -> Any:
    return serialization.load_pem_private_key(value.encode(), None)


def fresh() -> dict[str, Any]:
    """A new keyring with one key each."""
    told: dict[str, Any] = {name: {"current": f"{name[0]}1", "keys": {f"{name[0]}1": secrets.token_hex(32)}}
                            for name in SECRETS}
    answers = f"PUB_KEY_ID_{secrets.randbelow(10**20):020d}"
    for name, kid in (("tokens", "t1"), ("trail", "b1")):
        told[name] = {"current": kid, "keys": {kid: _pem(ec.generate_private_key(ec.SECP256R1()))}}
    told["answers"] = {"current": answers, "keys": {answers: _pem(rsa.generate_private_key(65537, 2048))}}
    return told


def _pem(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> str:
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                             serialization.NoEncryption()).decode()


def make(path: Path) -> bool:
    """Write a fresh keyring where there is none; returns whether it wrote."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(fresh(), file)
    return True


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] != "make":
        raise SystemExit("usage: python -m app.kernel.keyring make FILE")
    print("made" if make(Path(sys.argv[2])) else "kept what is there")
