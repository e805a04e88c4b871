"""The public keys that merchants sign with: two at once, so that one can be changed for another."""

import hashlib
import re
import uuid
from functools import lru_cache
from typing import Any

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from sqlalchemy.exc import IntegrityError

from app.kernel import certificates, clock, sm2
from app.kernel.db import transaction
from app.merchants import queries, signing
from app.merchants.errors import KeyExists, KeyRefused, KeyUnknown, TooManyKeys
from app.merchants.models import Merchant, MerchantKey
from app.trail import writing

SERIAL = re.compile(r"[0-9A-Za-z]{8,64}")
SLOTS = (1, 2)  # live at once
LARGEST_PEM = 8192


def add(merchant_id: uuid.UUID, public_key_pem: str, serial_no: str | None = None,
        actor: str = "operator") -> MerchantKey:
    """Register a public key or a certificate (PEM) of the merchant's suite. A certificate's own serial stands where
    none is given.

    Raises KeyRefused, KeyExists (a serial is never used twice, not after a revocation either), TooManyKeys.
    """
    merchant = queries.get(merchant_id)
    pem, own_serial = _read(public_key_pem, merchant.suite)
    serial = serial_no or own_serial
    if serial is None or not SERIAL.fullmatch(serial):
        raise KeyRefused
    with transaction() as s:
        s.refresh(merchant, with_for_update=True)
        taken = {each.slot for each in queries.live_keys(merchant_id)}
        free = [slot for slot in SLOTS if slot not in taken]
        if not free:
            raise TooManyKeys
        made = MerchantKey(merchant_id=merchant_id, serial_no=serial, public_key_pem=pem, slot=free[0],
                           created_by=actor)
        s.add(made)
        try:
            s.flush()
        except IntegrityError:
            raise KeyExists from None
        _tell(made, actor, "merchant_key.add", "登记商户公钥")
    return made


def revoke(merchant_id: uuid.UUID, serial_no: str, actor: str = "operator") -> MerchantKey:
    """From the commit on, nothing that this key signed is taken. Raises KeyUnknown."""
    with transaction() as s:
        key = queries.live_key(merchant_id, serial_no)
        if key is None:
            raise KeyUnknown
        s.refresh(key, with_for_update=True)
        if key.revoked_at is not None:
            raise KeyUnknown
        key.revoked_at, key.revoked_by, key.slot = clock.now(), actor, None
        s.flush()
        _tell(key, actor, "merchant_key.revoke", "吊销商户公钥")
    return key


def set_suite(merchant_id: uuid.UUID, suite: str, actor: str = "operator") -> Merchant:
    """From now on both sides sign by this suite; keys of the other one are revoked with it."""
    with transaction() as s:
        merchant = queries.get(merchant_id)
        s.refresh(merchant, with_for_update=True)
        if merchant.suite != suite:
            for key in queries.live_keys(merchant_id):
                revoke(merchant_id, key.serial_no, actor)
            merchant.suite = suite
    return merchant


def answer_by(merchant_id: uuid.UUID, way: str) -> None:
    """How answers are signed where a request doesn't say which key it has: `public_key` or `certificate`."""
    with transaction():
        queries.get(merchant_id).answers_by = way


def serial_for(public_key_pem: str, suite: str) -> str:
    """The serial that a key goes by where its holder has none in mind: a certificate's own, else 40 hex digits of the
    key's SHA-256. Raises KeyRefused.
    """
    pem, own = _read(public_key_pem, suite)
    return own or hashlib.sha256(pem.encode()).hexdigest()[:40].upper()


@lru_cache(maxsize=2048)
def parsed(pem: str) -> Any:
    """The key of a registered PEM (RSA, or app.kernel.sm2's), parsed once in a process; whether it is live is asked
    of the table.
    """
    try:
        return serialization.load_pem_public_key(pem.encode())
    except UnsupportedAlgorithm:
        return sm2.load_public(pem)


def _tell(key: MerchantKey, actor: str, what: str, purpose: str) -> None:
    writing.record(None, actor=actor, who=actor, what=what, purpose=purpose, about=f"merchant_key:{key.id}")


def _read(pem: str, suite: str) -> tuple[str, str | None]:
    """The public key as PEM, and the serial where it is a certificate."""
    if len(pem) > LARGEST_PEM:
        raise KeyRefused
    try:
        serial = certificates.serial(pem) if "BEGIN CERTIFICATE" in pem else None
        if suite == signing.SM2:
            return (sm2.load_public(pem) if serial is None else certificates.sm2_key(pem)).pem(), serial
        key = (serialization.load_pem_public_key(pem.encode()) if serial is None
               else x509.load_pem_x509_certificate(pem.encode()).public_key())
    except (ValueError, UnsupportedAlgorithm):
        raise KeyRefused from None
    if not isinstance(key, rsa.RSAPublicKey) or not 2048 <= key.key_size <= 4096:
        raise KeyRefused
    public = key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return public.decode(), serial
