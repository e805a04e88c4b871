"""Signing what merchants get from us, answers and notifications alike (merchant.md, section 1)."""

import base64
import re
import secrets

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from app.kernel import clock, sm2
from app.merchants import rotating
from app.merchants.rotating import OwnKey

RSA, SM2 = "WECHATPAY2-SHA256-RSA2048", "WECHATPAY2-SM2-WITH-SM3"
SUITES = {RSA: rotating.ANSWERS, SM2: rotating.ANSWERS_SM2}
PUBLIC_KEY, CERTIFICATE = "public_key", "certificate"
PROBE = "WECHATPAY/SIGNTEST/"  # how WeChat Pay's own wrong signatures begin
KEY_ID = re.compile(r"PUB_KEY_ID_[0-9A-Za-z]{1,40}")


def spoken(suite: str) -> bool:
    """Whether there is such a suite, and we have a key of it: keyrings of old have none of SM2."""
    return suite in SUITES and bool(rotating.served(SUITES[suite]))


def headers(merchant_suite: str, body: bytes, *, serial: str | None = None,
            by: str = PUBLIC_KEY) -> dict[str, str]:
    """The five Wechatpay-* headers over `body`, signed now by our key of that suite.

    `serial`: the key that the merchant says it has (the id of a public key, or a certificate's serial in hex): it
    is taken while it is served. Else our newest, named by its id, or by its certificate where `by` says so.
    """
    key, named = _key(SUITES[merchant_suite], serial, by)
    stamp, nonce = str(int(clock.now().timestamp())), secrets.token_hex(16).upper()
    message = b"\n".join([stamp.encode(), nonce.encode(), body, b""])
    return {"Wechatpay-Timestamp": stamp, "Wechatpay-Nonce": nonce, "Wechatpay-Serial": named,
            "Wechatpay-Signature": base64.b64encode(_sign(key, message)).decode(),
            "Wechatpay-Signature-Type": merchant_suite}


def wrong_headers(merchant_suite: str, body: bytes, *, serial: str | None = None,
                  by: str = PUBLIC_KEY) -> dict[str, str]:
    """As `headers`, with a signature that must be refused: a probe, by which a merchant who takes it is found."""
    made = headers(merchant_suite, body, serial=serial, by=by)
    return {**made, "Wechatpay-Signature": PROBE + made["Wechatpay-Signature"][len(PROBE):]}


def _key(purpose: str, serial: str | None, by: str) -> tuple[OwnKey, str]:
    """The key and the name that it goes by."""
    if serial is not None:
        for key in rotating.served(purpose):
            if key.kid == serial:
                return key, key.kid
            if key.serial is not None and key.serial.lstrip("0") == serial.upper().lstrip("0"):
                return key, key.serial
        by = PUBLIC_KEY if KEY_ID.fullmatch(serial) else by
    key = rotating.current(purpose)
    return key, key.serial if by == CERTIFICATE and key.serial else key.kid


def _sign(key: OwnKey, message: bytes) -> bytes:
    """PKCS#1 v1.5 over SHA-256, or SM2 over SM3 in DER (docs/decisions/0150)."""
    if isinstance(key.private, sm2.PrivateKey):
        return sm2.to_der(sm2.sign(key.private, message))
    signed: bytes = key.private.sign(message, padding.PKCS1v15(), hashes.SHA256())
    return signed
