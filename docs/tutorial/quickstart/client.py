"""A merchant's side of the open API in one file: the standard library and `cryptography`.

    shop = Shop.from_environment()                              # the variables that shop_env.py prints
    shop.call("POST", "/v3/xinyi/verifications", {"presentation": code})
    shop.opened(headers, body)                                  # a notification: checked, and what is sealed in it
"""

import base64
import hashlib
import json
import os
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPMessage, HTTPSConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

SUITE, WINDOW_S = "WECHATPAY2-SHA256-RSA2048", 300
Told = dict[str, Any]


def exchange(method: str, url: str, headers: Mapping[str, str], body: bytes) -> tuple[int, HTTPMessage, bytes]:
    """(status, headers, body). Raises OSError or http.client.HTTPException where nobody answered."""
    address = urlsplit(url)
    way = HTTPSConnection if address.scheme == "https" else HTTPConnection
    connection = way(address.netloc, timeout=30)
    try:
        connection.request(method, url.partition(address.netloc)[2], body, dict(headers))
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()


class NotOurs(Exception):
    """What came isn't signed by the platform, or not now: take nothing from it."""


class Refused(Exception):
    """A refusal of the platform: `code` says what to do (the table of errors), `request_id` finds it in both logs."""

    def __init__(self, status: int, told: Told, request_id: str) -> None:
        super().__init__(f"{status} {told.get('code')}: {told.get('message')} {told.get('detail', '')} {request_id}")
        self.status, self.code, self.request_id = status, told.get("code", ""), request_id


@dataclass
class Shop:
    """`platform_keys`: the platform's public keys by their ids (or certificates' serial numbers), two while one is
    rotated. `key` is the merchant's own private key.
    """

    host: str
    mchid: str
    serial_no: str
    key: Any = field(repr=False)
    apiv3_key: str = field(repr=False)
    platform_keys: dict[str, Any]

    @classmethod
    def from_environment(cls) -> "Shop":
        told = os.environ
        return cls(told["XINYI_HOST"], told["MCHID"], told["SERIAL_NO"],
                   serialization.load_pem_private_key(Path(told["PRIVATE_KEY"]).read_bytes(), None), told["APIV3_KEY"],
                   {told["PLATFORM_KEY_ID"]: serialization.load_pem_public_key(
                       Path(told["PLATFORM_KEY"]).read_bytes())})

    def call(self, method: str, path: str, body: Told | None = None) -> Told:
        """The answer. Raises Refused; NotOurs; OSError where nobody answered (send the same again)."""
        return dict(json.loads(self.raw(method, path, body) or b"{}"))

    def raw(self, method: str, path: str, body: Told | None = None) -> bytes:
        """The answer's bytes, checked. What is signed is what is sent: the JSON is made once."""
        sent = b"" if body is None else json.dumps(body, ensure_ascii=False).encode()
        status, headers, got = exchange(method, self.host + path, self.headers(method, path, sent), sent)
        self.check(headers, got)
        if status >= 400:
            raise Refused(status, json.loads(got), headers["Request-ID"])
        return got

    def headers(self, method: str, path: str, body: bytes) -> dict[str, str]:
        """With the name of the platform's key that we have, so that it is the one that signs the answer."""
        known = {"Wechatpay-Serial": next(iter(self.platform_keys))} if self.platform_keys else {}
        return {"Authorization": self.authorization(method, path, body), "Accept": "application/json",
                "Content-Type": "application/json", **known}

    def authorization(self, method: str, path: str, body: bytes) -> str:
        stamp, nonce = str(int(time.time())), secrets.token_hex(16)
        text = f"{method}\n{path}\n{stamp}\n{nonce}\n".encode() + body + b"\n"
        signature = base64.b64encode(self.key.sign(text, padding.PKCS1v15(), hashes.SHA256())).decode()
        parts = {"mchid": self.mchid, "nonce_str": nonce, "signature": signature, "timestamp": stamp,
                 "serial_no": self.serial_no}
        return f"{SUITE} " + ",".join(f'{name}="{value}"' for name, value in parts.items())

    def check(self, headers: Mapping[str, str], body: bytes) -> None:
        """That an answer or a notification is the platform's, and of now. Raises NotOurs."""
        key = self.platform_keys.get(headers.get("Wechatpay-Serial", ""))
        stamp, nonce = headers.get("Wechatpay-Timestamp", ""), headers.get("Wechatpay-Nonce", "")
        if key is None or headers.get("Wechatpay-Signature-Type") != SUITE:
            raise NotOurs("by no key that we know")
        if not stamp.isdecimal() or abs(time.time() - int(stamp)) > WINDOW_S:
            raise NotOurs("not of now: is this clock right?")
        try:
            key.verify(base64.b64decode(headers.get("Wechatpay-Signature", "")),
                       f"{stamp}\n{nonce}\n".encode() + body + b"\n", padding.PKCS1v15(), hashes.SHA256())
        except (InvalidSignature, ValueError):
            raise NotOurs("the signature is wrong") from None

    def opened(self, headers: Mapping[str, str], body: bytes) -> Told:
        """A notification's envelope, with what was sealed in it as `resource`. Raises NotOurs."""
        self.check(headers, body)
        told = json.loads(body)
        return {**told, "resource": json.loads(self._unsealed(told["resource"]))}

    def fetch_certificates(self) -> None:
        """Certificate mode: learn the platform's keys, sealed for us by the APIv3 key, from the platform itself.

        This one answer can only be checked by what it brings; that it opens with the APIv3 key says who made it. A
        shop without a public key of the platform is answered and notified by certificate from now on.
        """
        path = "/v3/certificates"
        _, headers, got = exchange("GET", self.host + path, self.headers("GET", path, b""), b"")
        self.platform_keys |= {each["serial_no"]: x509.load_pem_x509_certificate(
            self._unsealed(each["encrypt_certificate"])).public_key() for each in json.loads(got)["data"]}
        self.check(headers, got)

    def statement(self, day: str, service_id: str = "") -> bytes:
        """A day's statement (CSV), whose digest was compared. Raises Refused, NotOurs."""
        of_one = f"&service_id={service_id}" if service_id else ""
        told = self.call("GET", f"/v3/xinyi/bills?bill_date={day}{of_one}")
        got = self.raw("GET", "/" + told["download_url"].split("/", 3)[3])
        if hashlib.sha256(got).hexdigest() != told["hash_value"]:
            raise NotOurs("the file isn't the one that was told")
        return got

    def _unsealed(self, sealed: Told) -> bytes:
        return AESGCM(self.apiv3_key.encode()).decrypt(
            sealed["nonce"].encode(), base64.b64decode(sealed["ciphertext"]), sealed["associated_data"].encode())
