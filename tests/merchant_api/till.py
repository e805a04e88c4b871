"""A merchant's system: signs as WeChat Pay's API v3 says, and checks our answers by its own means.

Written from merchant.md section 1 alone; it shares no code with the application.
"""

import base64
import json
import re
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from werkzeug.test import TestResponse

SCHEME = "WECHATPAY2-SHA256-RSA2048"
CERTIFICATE = re.compile(r"[0-9A-F]{16,40}")  # a serial number


@cache
def private_key(number: int = 1) -> rsa.RSAPrivateKey:
    """Key pairs take long to make: one for each number in a test run."""
    return rsa.generate_private_key(65537, 2048)


def public_pem(key: rsa.RSAPrivateKey) -> str:
    return key.public_key().public_bytes(serialization.Encoding.PEM,
                                         serialization.PublicFormat.SubjectPublicKeyInfo).decode()


def sign(key: rsa.RSAPrivateKey, *lines: bytes | str) -> str:
    """base64 of RSA PKCS#1 v1.5 over SHA-256 of the lines, each ended by a line feed."""
    text = b"".join((line if isinstance(line, bytes) else line.encode()) + b"\n" for line in lines)
    return base64.b64encode(key.sign(text, padding.PKCS1v15(), hashes.SHA256())).decode()


@dataclass
class Till:
    """One merchant with one key; `answers_key` is the service's public key, by which answers are checked."""

    client: Any
    mchid: str
    serial_no: str
    key: rsa.RSAPrivateKey = field(repr=False)
    answers_key: rsa.RSAPublicKey = field(repr=False)
    answers_id: str = ""
    merchant_id: Any = None

    def post(self, path: str, body: Any = None) -> TestResponse:
        return self.send("POST", path, b"" if body is None else json.dumps(body).encode())

    def get(self, path: str) -> TestResponse:
        return self.send("GET", path, b"")

    def send(self, method: str, path: str, body: bytes, authorization: str | None = None,
             headers: dict[str, str] | None = None) -> TestResponse:
        """The answer, whose signature has been checked whatever it was."""
        given = {"Authorization": self.authorize(method, path, body) if authorization is None else authorization,
                 **({"Content-Type": "application/json"} if body else {}), **(headers or {})}
        answer: TestResponse = self.client.open(path, method=method, data=body or None, headers=given)
        self.check(answer)
        return answer

    def authorize(self, method: str, path: str, body: bytes, *, at: float | str | None = None,
                  nonce: str | None = None, edit: Callable[[dict[str, str]], Any] | None = None) -> str:
        """The Authorization header; `edit` may change the parts after they were signed."""
        stamp = at if isinstance(at, str) else str(int(time.time() if at is None else at))
        nonce = nonce or secrets.token_hex(16).upper()
        parts = {"mchid": self.mchid, "nonce_str": nonce, "signature": sign(self.key, method, path, stamp, nonce, body),
                 "timestamp": stamp, "serial_no": self.serial_no}
        if edit:
            edit(parts)
        return f"{SCHEME} " + ",".join(f'{name}="{value}"' for name, value in parts.items())

    def check(self, answer: TestResponse) -> None:
        """As a merchant's SDK does, and that an error speaks WeChat Pay's shape."""
        head = answer.headers
        assert head["Wechatpay-Signature-Type"] == SCHEME
        named = head["Wechatpay-Serial"]
        assert named == self.answers_id or CERTIFICATE.fullmatch(named)  # of the same key, on the call for certificates
        assert head["Request-ID"]
        assert abs(time.time() - int(head["Wechatpay-Timestamp"])) < 60
        signed = b"\n".join([head["Wechatpay-Timestamp"].encode(), head["Wechatpay-Nonce"].encode(), answer.data, b""])
        self.answers_key.verify(base64.b64decode(head["Wechatpay-Signature"]), signed, padding.PKCS1v15(),
                                hashes.SHA256())
        if answer.status_code >= 400:
            assert answer.content_type == "application/json"
            assert answer.json is not None
            assert {"code", "message"} <= answer.json.keys() <= {"code", "message", "detail"}
