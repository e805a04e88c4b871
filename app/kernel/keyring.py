"""The service's own keys, by purpose and key id, so that each can be rotated later.

`python -m app.kernel.keyring make FILE` writes a new one (0600), or adds to one that is there what it lacks. Shape:
{"sealing" | "index" | "presentation" | "openid": {"current": id, "keys": {id: 64 hex digits}},
 "tokens" | "trail" | "proofs" | "papers": {"current": id, "keys": {id: PEM of a P-256 private key}},
 "answers" | "answers_sm2": {"current": "PUB_KEY_ID_…", "keys": {id: PEM of an RSA or SM2 private key},
                             "certificates": {id: PEM of its certificate}}}
"""

import json
import os
import re
import secrets
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from app.kernel import certificates, sm2

SECRETS = ("sealing", "index", "presentation", "openid")
PAIRS = ("tokens", "trail", "answers")
LATER = ("answers_sm2", "proofs", "papers")  # keyrings made before these were needed go without
CERTIFICATE_NAME, CERTIFICATE_DAYS = "xinyi", 1825  # five years, as WeChat Pay's own


class KeyringRefused(RuntimeError):
    """The keyring can't be used; the message names the place and never a key."""


@dataclass(frozen=True)
class Keys:
    """The keys of one purpose. `current` makes new things; all of `by_id` still open old ones."""

    current: str
    by_id: dict[str, Any]
    certificates: dict[str, str] = field(default_factory=dict)  # PEM

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
    answers_sm2: Keys | None = None
    proofs: Keys | None = None
    papers: Keys | None = None


def load(text: str) -> Keyring:
    """Parse once at start; raises KeyringRefused."""
    try:
        told = json.loads(text)
        there = [name for name in LATER if name in told]
        return Keyring(**{name: _keys(name, told[name]) for name in (*SECRETS, *PAIRS, *there)})
    except (ValueError, KeyError, TypeError) as wrong:
        raise KeyringRefused(f"KEYRING is malformed ({type(wrong).__name__})") from None


def _keys(name: str, told: dict[str, Any]) -> Keys:
    parse = _secret if name in SECRETS else sm2.load_private if name == "answers_sm2" else _private
    by_id = {kid: parse(value) for kid, value in told["keys"].items()}
    if told["current"] not in by_id or not all(re.fullmatch(r"[A-Za-z0-9_-]{1,40}", kid) for kid in by_id):
        raise ValueError(name)
    held = told.get("certificates", {})
    for pem in held.values():
        certificates.serial(pem)  # parsed here, so that a broken one is found at the start
    return Keys(told["current"], by_id, held)


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
    for name, kid in (("tokens", "t1"), ("trail", "b1"), ("proofs", f"proof-{secrets.token_hex(4)}"),
                      ("papers", "v1")):
        told[name] = {"current": kid, "keys": {kid: pem_of(ec.generate_private_key(ec.SECP256R1()))}}
    told["answers"] = _certified(rsa.generate_private_key(65537, 2048))
    told["answers_sm2"] = _certified(sm2.generate())
    return told


def pem_of(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | sm2.PrivateKey) -> str:
    """PKCS#8, not encrypted: for a keyring, or to be sealed."""
    if isinstance(key, sm2.PrivateKey):
        return key.pem()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                             serialization.NoEncryption()).decode()


def certify(key: rsa.RSAPrivateKey | sm2.PrivateKey, begins: datetime) -> str:
    """The certificate of a key that signs answers, from a day before it is first used."""
    return certificates.make(key, CERTIFICATE_NAME, begins - timedelta(days=1),
                             begins + timedelta(days=CERTIFICATE_DAYS))


def key_id() -> str:
    """A fresh id in the form of WeChat Pay's."""
    return f"PUB_KEY_ID_{secrets.randbelow(10**20):020d}"


def _certified(key: rsa.RSAPrivateKey | sm2.PrivateKey) -> dict[str, Any]:
    kid = key_id()
    return {"current": kid, "keys": {kid: pem_of(key)}, "certificates": {kid: certify(key, datetime.now(UTC))}}


def make(path: Path) -> bool:
    """Write a fresh keyring where there is none, or what an older one lacks; returns whether it wrote."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _complete(path)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(fresh(), file)
    return True


def _complete(path: Path) -> bool:
    """At once or not at all, with the mode that the file has."""
    told = json.loads(path.read_text(encoding="utf-8"))
    new = {name: part for name, part in fresh().items() if name not in told}
    for name, part in told.items():
        if name == "answers" and "certificates" not in part:
            part["certificates"] = {kid: certify(_private(pem), datetime.now(UTC)) for kid, pem in part["keys"].items()}
            new[name] = part
    if not new:
        return False
    beside = path.with_name(f"{path.name}.new")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump({**told, **new}, file)
    beside.chmod(path.stat().st_mode & 0o777)
    beside.replace(path)
    return True


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] != "make":
        raise SystemExit("usage: python -m app.kernel.keyring make FILE")
    print("made" if make(Path(sys.argv[2])) else "kept what is there")
