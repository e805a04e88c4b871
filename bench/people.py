"""Who calls: made-up citizens with access tokens, and the demo merchant with its key."""

import base64
import json
import secrets
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from flask import Flask

from app.identity import tokens
from app.identity.models import LoginFamily
from app.kernel.db import transaction
from app.kernel.ids import new_id
from app.kernel.sealing import keyring
from tests.benefits import ground

TOKEN_SECONDS = 3600
PLENTY = 1_000_000


@dataclass(frozen=True)
class Call:
    """One request, ready to be sent."""

    path: str
    headers: dict[str, str] = field(repr=False)
    body: bytes


@dataclass(frozen=True)
class Merchant:
    """Signs as WeChat Pay's API v3 says."""

    mchid: str
    serial_no: str
    key: rsa.RSAPrivateKey = field(repr=False)

    def call(self, path: str, told: dict[str, Any]) -> Call:
        body, stamp, nonce = json.dumps(told).encode(), str(int(time.time())), secrets.token_hex(16)
        signed = b"\n".join([b"POST", path.encode(), stamp.encode(), nonce.encode(), body, b""])
        signature = base64.b64encode(self.key.sign(signed, padding.PKCS1v15(), hashes.SHA256())).decode()
        head = (f'WECHATPAY2-SHA256-RSA2048 mchid="{self.mchid}",nonce_str="{nonce}",signature="{signature}",'
                f'timestamp="{stamp}",serial_no="{self.serial_no}"')
        return Call(path, {"Authorization": head, "Content-Type": "application/json"}, body)


@dataclass(frozen=True)
class Citizen:
    """Agreed to all that the offer needs, with a kept grade."""

    token: str = field(repr=False)

    def call(self, path: str, told: dict[str, Any], keyed: bool = False) -> Call:
        head = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json",
                **({"Idempotency-Key": uuid.uuid4().hex} if keyed else {})}
        return Call(path, head, json.dumps(told).encode())


@dataclass(frozen=True)
class Cast:
    """All who call, and what they call for: a voucher whose every quota is counted and never met."""

    citizens: list[Citizen]
    merchant: Merchant
    offer_id: str
    service_id: str
    store: str


def make(app: Flask, demo: dict[str, Any], count: int) -> Cast:
    """By the verbs, as the tests make them."""
    shop = demo["merchants"][0]
    key = serialization.load_pem_private_key(Path(shop["private_key_file"]).read_bytes(), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    with app.app_context():
        offer = ground.voucher(mchid=shop["mchid"], value_fen=1800, quota_total=PLENTY, quota_per_day=PLENTY,
                               quota_per_person=PLENTY)
        citizens = [Citizen(_token(ground.ready(number, offer).id)) for number in range(count)]
        return Cast(citizens, Merchant(shop["mchid"], shop["serial_no"], key), str(offer.id), offer.service_id, "GJ-01")


def public_keys(app: Flask, cast: Cast, folder: Path) -> dict[str, str]:
    """Files of the public keys that the floor checks signatures with."""
    with app.app_context():
        keys = {"BENCH_MERCHANT_KEY": cast.merchant.key.public_key(),
                "BENCH_CITIZEN_KEY": keyring().tokens.now.public_key()}
    for name, key in keys.items():
        (folder / name).write_bytes(key.public_bytes(serialization.Encoding.PEM,
                                                     serialization.PublicFormat.SubjectPublicKeyInfo))
    return {name: str(folder / name) for name in keys}


def _token(citizen_id: uuid.UUID) -> str:
    family = LoginFamily(id=new_id(), citizen_id=citizen_id)
    with transaction() as s:
        s.add(family)
    return tokens.access(keyring().tokens, tokens.Session(citizen_id, family.id), TOKEN_SECONDS)
