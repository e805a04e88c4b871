"""Fetching a statement that was asked for: a short-lived address that holds all of the request, sealed.

Nothing is kept between the two calls. The file is the statement, then gzip, then AEAD, each where it was asked for.
"""

import base64
import binascii
import gzip
import secrets
import string
import uuid
from dataclasses import dataclass
from datetime import date

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.benefits import statements
from app.benefits.errors import DownloadOver
from app.kernel import clock, jsons
from app.kernel.sealing import SealBroken, sealer
from app.merchants import keeping_keys, sealing
from app.merchants import queries as merchants

LIFE_S = 300
PLACE = "statement-download"
KEY_LENGTHS = {"AEAD_AES_256_GCM": 32, "AEAD_SM4_GCM": 16}
PRINTABLE = string.ascii_letters + string.digits  # keys and nonces travel as text; its characters are the bytes
OAEP = padding.OAEP(padding.MGF1(hashes.SHA1()), hashes.SHA1(), None)  # noqa: S303 - as WeChat Pay's SDKs open it


@dataclass(frozen=True)
class Asked:
    """Which file: `offer_id` None for all services; `algorithm` None for none, else with its `key` and `nonce`."""

    merchant_id: uuid.UUID
    day: date
    offer_id: uuid.UUID | None
    zipped: bool
    algorithm: str | None = None
    key: str = ""
    nonce: str = ""


def ask(merchant_id: uuid.UUID, day: date, offer_id: uuid.UUID | None, *, zipped: bool,
        algorithm: str | None = None) -> Asked:
    """With a fresh key and nonce where an algorithm is wanted."""
    if algorithm is None:
        return Asked(merchant_id, day, offer_id, zipped)
    return Asked(merchant_id, day, offer_id, zipped, algorithm, _text(KEY_LENGTHS[algorithm]), _text(12))


def token(asked: Asked) -> str:
    """Opens this one file to this one merchant, for five minutes."""
    told = {"m": str(asked.merchant_id), "d": asked.day.isoformat(), "o": asked.offer_id and str(asked.offer_id),
            "z": asked.zipped, "a": asked.algorithm, "k": asked.key, "n": asked.nonce,
            "until": int(clock.now().timestamp()) + LIFE_S}
    return base64.urlsafe_b64encode(sealer().seal_service(PLACE, jsons.dumps(told))).rstrip(b"=").decode()


def opened(text: str, merchant_id: uuid.UUID) -> Asked:
    """Raises DownloadOver: forged, another merchant's, or over."""
    try:
        told = jsons.loads(sealer().open_service(PLACE, base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))))
    except (SealBroken, binascii.Error, ValueError):
        raise DownloadOver(field="token") from None
    if told["m"] != str(merchant_id) or told["until"] <= clock.now().timestamp():
        raise DownloadOver(field="token")
    return Asked(merchant_id, date.fromisoformat(told["d"]), uuid.UUID(told["o"]) if told["o"] else None, told["z"],
                 told["a"], told["k"], told["n"])


def file(asked: Asked) -> tuple[bytes, str]:
    """(the bytes, their media type). Raises StatementNotReady, NoStatement."""
    body, kind = statements.plain(asked.merchant_id, asked.day, asked.offer_id), "text/csv; charset=utf-8"
    if asked.zipped:
        body, kind = gzip.compress(body, mtime=0), "application/gzip"
    if asked.algorithm is not None:
        body, kind = _box(asked, body), "application/octet-stream"
    return body, kind


def key_for(asked: Asked, serial_no: str) -> dict[str, str]:
    """The file's key for the merchant alone: under the RSA key that it signed with (OAEP, as WeChat Pay's SDKs open
    it); for SM2 merchants sealed with the APIv3 key, as notifications are (docs/decisions/0174).
    """
    merchant = merchants.get(asked.merchant_id)
    key = merchants.live_key(asked.merchant_id, serial_no)
    public = keeping_keys.parsed(key.public_key_pem) if key is not None else None
    if isinstance(public, rsa.RSAPublicKey):
        return {"encrypt_key": base64.b64encode(public.encrypt(asked.key.encode(), OAEP)).decode()}
    sealed = sealing.sealed(merchant, asked.key.encode(), PLACE)
    return {"encrypt_key": sealed["ciphertext"], "encrypt_key_nonce": sealed["nonce"],
            "encrypt_key_associated_data": sealed["associated_data"]}


def _box(asked: Asked, plain: bytes) -> bytes:
    """The tag at the end, no associated data, and no base64: bytes, as WeChat Pay's files are."""
    key, nonce = asked.key.encode(), asked.nonce.encode()
    if asked.algorithm == "AEAD_AES_256_GCM":
        return AESGCM(key).encrypt(nonce, plain, None)
    work = Cipher(algorithms.SM4(key), modes.GCM(nonce)).encryptor()
    return work.update(plain) + work.finalize() + work.tag


def _text(length: int) -> str:
    return "".join(secrets.choice(PRINTABLE) for _ in range(length))
