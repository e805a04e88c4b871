"""The public keys that merchants sign with: two at once, so that one can be changed for another."""

import re
import uuid
from functools import lru_cache

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from app.kernel import clock
from app.kernel.db import transaction
from app.merchants import queries
from app.merchants.errors import KeyExists, KeyRefused, KeyUnknown, TooManyKeys
from app.merchants.models import Merchant, MerchantKey

SERIAL = re.compile(r"[0-9A-Za-z]{8,64}")
LIVE_AT_ONCE = 2
LARGEST_PEM = 8192


def add_key(merchant_id: uuid.UUID, pem: str, serial_no: str | None = None) -> MerchantKey:
    """Register a public key or a certificate (PEM). A certificate's own serial stands where none is given.

    Raises KeyRefused, KeyExists (a serial is never used twice, not after a revocation either), TooManyKeys.
    """
    key, own_serial = _read(pem)
    serial = serial_no or own_serial
    if serial is None or not SERIAL.fullmatch(serial):
        raise KeyRefused
    public = key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    made = MerchantKey(merchant_id=merchant_id, serial_no=serial, public_key_pem=public.decode())
    with transaction() as s:
        s.execute(select(Merchant.id).where(Merchant.id == merchant_id).with_for_update())
        live = s.scalar(select(func.count()).select_from(MerchantKey).where(
            MerchantKey.merchant_id == merchant_id, MerchantKey.revoked_at.is_(None)))
        if (live or 0) >= LIVE_AT_ONCE:
            raise TooManyKeys
        s.add(made)
        try:
            s.flush()
        except IntegrityError:
            raise KeyExists from None
    return made


def revoke_key(merchant_id: uuid.UUID, serial_no: str) -> MerchantKey:
    """From the commit on, nothing that this key signed is taken. Raises KeyUnknown."""
    with transaction() as s:
        key = queries.live_key(merchant_id, serial_no)
        if key is None:
            raise KeyUnknown
        s.refresh(key, with_for_update=True)
        key.revoked_at = key.revoked_at or clock.now()
    return key


@lru_cache(maxsize=2048)
def parsed(pem: str) -> rsa.RSAPublicKey:
    """The key of a registered PEM, parsed once in a process; whether it is live is asked of the table."""
    key = serialization.load_pem_public_key(pem.encode())
    if not isinstance(key, rsa.RSAPublicKey):
        raise TypeError("only RSA keys are registered")
    return key


def _read(pem: str) -> tuple[rsa.RSAPublicKey, str | None]:
    """The key, and the serial where it is a certificate."""
    if len(pem) > LARGEST_PEM:
        raise KeyRefused
    key: object
    try:
        if "BEGIN CERTIFICATE" in pem:
            certificate = x509.load_pem_x509_certificate(pem.encode())
            key, serial = certificate.public_key(), f"{certificate.serial_number:X}"
        else:
            key, serial = serialization.load_pem_public_key(pem.encode()), None
    except ValueError:
        raise KeyRefused from None
    if not isinstance(key, rsa.RSAPublicKey) or not 2048 <= key.key_size <= 4096:
        raise KeyRefused
    return key, serial
