"""A merchant's system of the SM2 suite, by gmalg alone: as till.py, it shares no code with the application."""

import base64
import secrets
import time
from collections.abc import Callable
from typing import Any

import gmalg
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from werkzeug.test import TestResponse

from tests.merchant_api.till import Till

SCHEME = "WECHATPAY2-SM2-WITH-SM3"
USER = b"1234567812345678"
SPKI = bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d034200")


class NationalKey:
    """A pair of SM2; signatures are DER."""

    def __init__(self) -> None:
        self.secret, self.point = gmalg.SM2().generate_keypair()

    def pem(self) -> str:
        text = base64.encodebytes(SPKI + self.point).decode()
        return f"-----BEGIN PUBLIC KEY-----\n{text}-----END PUBLIC KEY-----\n"

    def sign(self, message: bytes) -> bytes:
        r, s = gmalg.SM2(self.secret, USER, self.point).sign(message)
        return encode_dss_signature(int.from_bytes(r, "big"), int.from_bytes(s, "big"))


def verify(point: bytes, message: bytes, signature: bytes) -> bool:
    r, s = decode_dss_signature(signature)
    return bool(gmalg.SM2(None, USER, point).verify(message, r.to_bytes(32, "big"), s.to_bytes(32, "big")))


def open_sealed(apiv3_key: str, sealed: dict[str, str]) -> bytes:
    """AEAD_SM4_GCM with the first half of SM3 over the APIv3 key, as WeChat Pay's SDK has it."""
    assert sealed["algorithm"] == "AEAD_SM4_GCM"
    box = base64.b64decode(sealed["ciphertext"])
    digest = gmalg.SM3()
    digest.update(apiv3_key.encode())
    work = Cipher(algorithms.SM4(digest.value()[:16]), modes.GCM(sealed["nonce"].encode(), box[-16:])).decryptor()
    work.authenticate_additional_data(sealed["associated_data"].encode())
    return work.update(box[:-16]) + work.finalize()


class NationalTill(Till):
    """`key` is a NationalKey, `answers_key` the 65 bytes of our point."""

    key: Any
    answers_key: Any

    def authorize(
        self,
        method: str,
        path: str,
        body: bytes,
        *,
        at: float | str | None = None,
        nonce: str | None = None,
        edit: Callable[[dict[str, str]], Any] | None = None,
    ) -> str:
        stamp, nonce = str(int(time.time() if at is None else float(at))), nonce or secrets.token_hex(16)
        message = b"\n".join([method.encode(), path.encode(), stamp.encode(), nonce.encode(), body, b""])
        parts = {
            "mchid": self.mchid,
            "nonce_str": nonce,
            "timestamp": stamp,
            "serial_no": self.serial_no,
            "signature": base64.b64encode(self.key.sign(message)).decode(),
        }
        if edit:
            edit(parts)
        return f"{SCHEME} " + ",".join(f'{name}="{value}"' for name, value in parts.items())

    def check(self, answer: TestResponse) -> None:
        head = answer.headers
        assert head["Wechatpay-Signature-Type"] == SCHEME
        assert head["Wechatpay-Serial"] == self.answers_id
        assert head["Request-ID"]
        signed = b"\n".join([head["Wechatpay-Timestamp"].encode(), head["Wechatpay-Nonce"].encode(), answer.data, b""])
        assert verify(self.answers_key, signed, base64.b64decode(head["Wechatpay-Signature"]))
