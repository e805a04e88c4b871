"""Mei's shop with deposit-free orders: the public SDK against a real server, and people who may or may not."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
from cryptography.hazmat.primitives import serialization
from sqlalchemy import update
from wechatpayv3 import WeChatPay, WeChatPayType
from wechatpayv3.core import Core

from app.benefits.models import Offer
from app.identity import phrasing, telling
from app.identity.models import Citizen
from app.kernel import clock
from app.kernel.db import transaction
from app.merchants import enrolling, queries
from app.merchants.models import Merchant
from app.orders import moments
from tests.benefits import ground
from tests.contract.scene import logged_in
from tests.merchant_api.conftest import rental, till, till_of
from tests.merchant_api.till import Till
from tests.serving import serving

__all__ = ["rental", "till", "till_of"]
APPID = "wxshop00000000001"
NOTIFY = "https://shop.example/notify"
_numbers = itertools.count(1)


def number() -> str:
    return f"ORD-{next(_numbers):06d}|*_"


def body(offer: Offer, **other: Any) -> dict[str, Any]:
    """A creation that is right in every part."""
    return {"out_order_no": number(), "appid": APPID, "service_id": offer.service_id,
            "service_introduction": "免押借雨伞", "time_range": {"start_time": "OnAccept"},
            "risk_fund": {"name": "DEPOSIT", "amount": 3000}, "notify_url": NOTIFY, **other}


def ending(total: int, **other: Any) -> dict[str, Any]:
    """What a completion tells beside which order it is."""
    return {"post_payments": [{"name": "租金", "amount": total}], "total_amount": total, **other}


class Phone:
    """One person with the mini-app."""

    def __init__(self, app: Any, citizen: Citizen) -> None:
        self.app, self.citizen, self.client = app, citizen, app.test_client()
        with app.app_context():
            self.headers = {"Authorization": f"Bearer {logged_in(citizen)[0]}"}

    def get(self, path: str) -> Any:
        return self.client.get(path, headers=self.headers)

    def post(self, path: str, json: Any = None) -> Any:
        return self.client.post(path, json=json, headers=self.headers)

    def delete(self, path: str) -> Any:
        return self.client.delete(path, headers=self.headers)

    def confirm(self, package: str) -> Any:
        return self.post(f"/api/v1/orders/{package}/confirmation")

    def allow(self, token: str) -> Any:
        asked = self.get(f"/api/v1/service-permissions/{token}").json
        return self.post("/api/v1/service-permissions", {"token": token, **{
            name: asked[name] for name in ("text_version", "text_digest")}})


@pytest.fixture
def shop(app: Any, till: Till) -> Any:
    """The merchant, whose appid is that of `body`."""
    with app.app_context():
        with transaction() as s:
            s.execute(update(Merchant).where(Merchant.id == till.merchant_id).values(appid=APPID))
        return queries.get(till.merchant_id)


@pytest.fixture
def person(app: Any, rental: Offer) -> Callable[..., Phone]:
    """`person(number, grade=…)`: somebody who agreed to all that the rental needs; `consents=False`: to nothing."""
    def made(number: int = 1, grade: str = "A", consents: bool = True) -> Phone:
        with app.app_context():
            citizen = ground.ready(number, rental, grade) if consents else ground.person(number)
        return Phone(app, citizen)

    return made


@pytest.fixture
def lin(person: Callable[..., Phone]) -> Phone:
    return person(1)


@pytest.fixture
def as_certificates(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], Any]:
    """The same SDK without our public key: it fetches our certificates, from the changed host."""
    def made(sdk: Any) -> Any:
        host, fetch = sdk._core._gate_way, Core._init_certificates

        def from_here(core: Any) -> None:
            core._gate_way = host
            fetch(core)

        monkeypatch.setattr(Core, "_init_certificates", from_here)
        core = sdk._core
        sdk._core = Core(core._mchid, core._cert_serial_no, sdk.pem, core._apiv3_key, timeout=(5, 10))
        return sdk

    return made


@pytest.fixture
def sdk(app: Any, shop: Any, till: Till) -> Iterator[Any]:
    """`wechatpayv3` as a merchant uses it, its host changed and nothing else; its check of our answers is on."""
    pem = till.key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                 serialization.NoEncryption()).decode()
    with app.app_context():
        key = enrolling.apiv3_key(queries.get(till.merchant_id))
    client = WeChatPay(WeChatPayType.MINIPROG, till.mchid, pem, till.serial_no, APPID, key,
                       notify_url=NOTIFY, public_key=public_pem_of(till), public_key_id=till.answers_id,
                       timeout=(5, 10))
    client.pem = pem
    with serving(app) as client._core._gate_way:
        yield client


def public_pem_of(till: Till) -> str:
    return till.answers_key.public_bytes(serialization.Encoding.PEM,
                                         serialization.PublicFormat.SubjectPublicKeyInfo).decode()


@dataclass
class Counter:
    """Mei's counter: orders by signed calls, each answer's signature checked."""

    till: Till
    offer: Offer

    def create(self, **other: Any) -> Any:
        return self.till.post("/v3/payscore/serviceorder", body(self.offer, **other))

    def tell(self, out_order_no: str, what: str, **told: Any) -> Any:
        return self.till.post(f"/v3/payscore/serviceorder/{out_order_no}/{what}", {
            "appid": APPID, "service_id": self.offer.service_id, **told})

    def complete(self, out_order_no: str, total: int, **other: Any) -> Any:
        return self.tell(out_order_no, "complete", **ending(total, **other))

    def paid(self, out_order_no: str, at: str | None = None) -> Any:
        return self.tell(out_order_no, "sync", type="Order_Paid", detail={"paid_time": at or moments.told(clock.now())})

    def query(self, out_order_no: str) -> Any:
        return self.till.get(f"/v3/payscore/serviceorder?service_id={self.offer.service_id}&appid={APPID}"
                             f"&out_order_no={out_order_no}")

    def running(self, phone: Phone, **other: Any) -> str:
        """An order that this person has confirmed; its number."""
        told = self.create(**other)
        assert told.status_code == 200, told.text
        answer = phone.confirm(told.json["package"])
        assert answer.status_code == 200, answer.text
        return str(told.json["out_order_no"])

    def allowed(self, phone: Phone, code: str | None = None) -> str:
        """This person opens the service; their openid."""
        code = code or number().replace("|", "-")
        told = self.till.post("/v3/payscore/permissions", {
            "appid": APPID, "service_id": self.offer.service_id, "authorization_code": code, "notify_url": NOTIFY})
        assert told.status_code == 200, told.text
        answer = phone.allow(told.json["apply_permissions_token"])
        assert answer.status_code == 201, answer.text
        return str(self.permission(code).json["openid"])

    def permission(self, code: str) -> Any:
        return self.till.get(f"/v3/payscore/permissions/authorization-code/{code}?service_id={self.offer.service_id}")


def no(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json["code"]


def usages(db: psycopg.Connection) -> list[Any]:
    """(outcome, waived, paid) of every use, in order."""
    return db.execute("SELECT outcome, waived_fen, paid_fen FROM usages ORDER BY occurred_at, id").fetchall()


def notified(db: psycopg.Connection) -> list[str]:
    return [row[0] for row in db.execute("SELECT event_type FROM notifications ORDER BY id")]


@pytest.fixture
def counter(shop: Any, till: Till, rental: Offer) -> Counter:
    return Counter(till, rental)


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """What citizens are told: (template, fen), in order; as telling itself takes it, whose words are checked here."""
    messages: list[tuple[str, int]] = []

    def tell(_: Any, template: str, data: Any) -> None:
        phrasing.shapes()[template].filled(data)
        messages.append((template, data["amount_fen"]))

    monkeypatch.setattr(telling, "tell", tell)
    return messages


@pytest.fixture
def in_earnest(app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """notify_urls are looked at as in production."""
    monkeypatch.setitem(app.extensions["settings"]._values, "NOTIFY_ANYWHERE", False)
