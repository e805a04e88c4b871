"""The keys that we ourselves sign with towards merchants, and changing them without stopping anything.

The first key of each purpose stands in the keyring; later ones stand in PostgreSQL, sealed, so that every process
learns of a new one within REREAD_SECONDS. A new key is shown to merchants before it signs, the one before it
stays shown afterwards; which one signs is a matter of the clock alone.
"""

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from sqlalchemy import select, update
from sqlalchemy.exc import SQLAlchemyError

from app.kernel import certificates, clock, sm2
from app.kernel import keyring as rings
from app.kernel.db import db, transaction
from app.kernel.keyring import Keys
from app.kernel.sealing import keyring, sealer
from app.kernel.settings import memory, settings
from app.merchants.errors import KeyUnknown
from app.merchants.models import SigningKey
from app.trail import writing

ANSWERS, ANSWERS_SM2, PROOFS = "answers", "answers_sm2", "proofs"
PURPOSES = (ANSWERS, ANSWERS_SM2, PROOFS)
REREAD_SECONDS = 5.0
LONGEST_PROOF = timedelta(minutes=10)
ALWAYS = datetime(2000, 1, 1, tzinfo=UTC)
KEYS = SigningKey.metadata.tables[SigningKey.__tablename__]
log = structlog.get_logger()


@dataclass(frozen=True)
class OwnKey:
    """A key of ours, parsed. `kid` is PUB_KEY_ID_… for answers; `serial` is that of its certificate, in hex."""

    kid: str
    private: Any = field(repr=False)
    signs_from: datetime
    certificate: str | None = None
    serial: str | None = None

    @property
    def public(self) -> Any:
        return self.private.public if isinstance(self.private, sm2.PrivateKey) else self.private.public_key()

    def public_pem(self) -> str:
        if isinstance(self.private, sm2.PrivateKey):
            return self.private.public.pem()
        pem: bytes = self.public.public_bytes(serialization.Encoding.PEM,
                                              serialization.PublicFormat.SubjectPublicKeyInfo)
        return pem.decode()


def current(purpose: str) -> OwnKey:
    """The key that signs now. Raises KeyUnknown where a keyring of old has none for this purpose yet."""
    moment = clock.now()
    for key in _known(purpose):
        if key.signs_from <= moment:
            return key
    raise KeyUnknown


def served(purpose: str) -> list[OwnKey]:
    """The keys that are shown to merchants now, newest first: coming, signing, and gone but still to be met."""
    moment, kept, superseded = clock.now(), [], None
    for key in _known(purpose):
        if superseded is None or superseded + overlap(purpose) > moment:
            kept.append(key)
        if key.signs_from <= moment:
            superseded = key.signs_from
    return kept


def overlap(purpose: str) -> timedelta:
    """How long a key is shown after the next one began to sign: for proofs, until the last one may have come in."""
    if purpose == PROOFS:
        return LONGEST_PROOF + timedelta(days=settings().PROOF_UPLOAD_DAYS)
    return timedelta(hours=settings().ANSWER_KEY_OVERLAP_HOURS)


def rotate(purpose: str, lead: timedelta, actor: str) -> OwnKey:
    """A new key, shown at once and signing after `lead`."""
    begins = clock.now() + lead
    key = _generate(purpose)
    kid = f"proof-{begins:%Y%m%d%H%M%S}" if purpose == PROOFS else rings.key_id()
    certificate = None if purpose == PROOFS else rings.certify(key, begins)
    with transaction() as s:
        s.add(SigningKey(kid=kid, purpose=purpose, certificate=certificate, signs_from=begins, created_by=actor,
                         private_sealed=sealer().seal_service(_place(kid), rings.pem_of(key).encode())))
        writing.record(None, actor=actor, who=actor, what="signing_key.rotate", purpose="更换签名密钥",
                       about=f"signing_key:{kid}")
    reread()
    return _own(kid, key, certificate, begins)


def withdraw(kid: str, actor: str) -> None:
    """Shown and used no more, at once: what it signed can't be checked any longer. For a key that leaked.

    Only for keys that `rotate` made; the keyring's own are taken out of the file. Raises KeyUnknown.
    """
    with transaction() as s:
        gone = s.scalar(update(KEYS).where(KEYS.c.kid == kid, KEYS.c.withdrawn_at.is_(None))
                        .values(withdrawn_at=clock.now()).returning(KEYS.c.kid))
        if gone is None:
            raise KeyUnknown
        writing.record(None, actor=actor, who=actor, what="signing_key.withdraw", purpose="停用签名密钥",
                       about=f"signing_key:{kid}")
    reread()


def reread() -> None:
    """Forget what this process knows of keys."""
    memory().pop("own_keys", None)


def _known(purpose: str) -> list[OwnKey]:
    """All keys that aren't withdrawn, the newest first. A database that is away takes none of them away."""
    read_at, keys = memory().get("own_keys", (None, {}))
    if read_at is None or time.monotonic() - read_at > REREAD_SECONDS:
        keys = _read(keys)
        memory()["own_keys"] = (time.monotonic(), keys)
    return list(keys[purpose])


def _read(before: dict[str, list[OwnKey]]) -> dict[str, list[OwnKey]]:
    """By a connection of its own: what is answered may be that the request's has failed."""
    found = {purpose: _of_keyring(purpose, getattr(keyring(), purpose)) for purpose in PURPOSES}
    parsed = {key.kid: key for keys in before.values() for key in keys}
    try:
        with db.engine.connect() as connection:
            rows = connection.execute(select(KEYS).where(KEYS.c.withdrawn_at.is_(None))
                                      .order_by(KEYS.c.signs_from)).all()
    except SQLAlchemyError as wrong:
        log.warning("own_keys_not_read", kind=type(wrong).__name__)
        return before or found
    for row in rows:
        found[row.purpose].insert(0, parsed.get(row.kid) or _own(
            row.kid, _load(row.purpose, sealer().open_service(_place(row.kid), row.private_sealed)),
            row.certificate, row.signs_from))
    return found


def _of_keyring(purpose: str, keys: Keys | None) -> list[OwnKey]:
    if keys is None:
        return []
    order = sorted(keys.by_id, key=lambda kid: kid != keys.current)
    return [_own(kid, keys.by_id[kid], keys.certificates.get(kid), ALWAYS) for kid in order]


def _own(kid: str, private: Any, certificate: str | None, signs_from: datetime) -> OwnKey:
    return OwnKey(kid, private, signs_from, certificate, certificates.serial(certificate) if certificate else None)


def _generate(purpose: str) -> Any:
    if purpose == ANSWERS_SM2:
        return sm2.generate()
    return ec.generate_private_key(ec.SECP256R1()) if purpose == PROOFS else rsa.generate_private_key(65537, 2048)


def _load(purpose: str, pem: bytes) -> Any:
    return sm2.load_private(pem) if purpose == ANSWERS_SM2 else serialization.load_pem_private_key(pem, None)


def _place(kid: str) -> str:
    return f"signing-key|{kid}"
