"""A merchant to try things with, ready at once: a store, two offers, a key, an APIv3 key, an account.

Never in production: there the application doesn't start with SANDBOX_MERCHANTS on, so that nothing of theirs is ever
reported to the real platform (docs/decisions/0187). One is known by its name and by its USCC, of a region that is none.
"""

import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from app.benefits import offers
from app.benefits.errors import SandboxClosed
from app.kernel import clock
from app.kernel.db import transaction
from app.kernel.redis import limit
from app.kernel.settings import settings
from app.merchants import calls, enrolling, keeping_keys, rotating, uscc
from app.staff import granting, inviting
from app.staff.inviting import Newcomer
from app.trail import writing

REGION = "990000"  # of no place: what begins so is nobody's
AN_HOUR, ONCE_EACH = 3600, 10
STORE = ("SBX-01", "沙箱门店", "360100", "沙箱地址，没有这个地方")
OFFERS: tuple[dict[str, Any], ...] = (
    {"scenario": "rental", "code": "RENTAL", "title": "沙箱：免押借雨伞", "value_fen": 3000,
     "summary": "供接口联调：信用等级 B 及以上免 30 元押金。",
     "terms": {"min_grade": "B", "item": "umbrella", "deposit_ceiling_fen": 3000, "max_days": 15}},
    {"scenario": "volunteer", "code": "VOLUNTEER", "title": "沙箱：志愿者咖啡礼遇", "value_fen": 1800,
     "summary": "供接口联调：优秀青年志愿者免费一杯。", "terms": {"by": "outstanding", "benefit": "free"}},
)


@dataclass(frozen=True)
class Sandbox:
    """All that a merchant's system needs, told this once; `services`: {scenario: service_id}."""

    mchid: str
    appid: str
    name: str
    serial_no: str
    store_id: str
    services: dict[str, str]
    notify_url: str
    our_key_id: str
    our_public_key: str
    login: str
    invitation: str = field(repr=False)
    apiv3_key: str = field(repr=False)
    private_key: str = field(repr=False)


def allowed() -> bool:
    """Whether there are sandbox merchants here."""
    return bool(settings().SANDBOX_MERCHANTS) and not settings().production


def make(actor: str) -> Sandbox:
    """Another one, each time. Raises SandboxClosed, TooMany."""
    if not allowed():
        raise SandboxClosed
    limit(f"sandbox:{actor}", ONCE_EACH, AN_HOUR)
    key = rsa.generate_private_key(65537, 2048)
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                            serialization.NoEncryption()).decode()
    with transaction():
        made = _merchant(key.public_key(), actor, pem)
    calls.watch(made.mchid)
    return made


def _merchant(public: rsa.RSAPublicKey, actor: str, pem: str) -> Sandbox:
    code = "91" + REGION + "MA" + "".join(secrets.choice(uscc.ALPHABET) for _ in range(7))
    tail = secrets.token_hex(2).upper()
    shop = enrolling.enrol(enrolling.NewMerchant(f"沙箱商户 {tail}", code + uscc.check_character(code)))
    enrolling.add_store(shop.id, *STORE)
    known = keeping_keys.add(shop.id, _public_pem(public), f"SANDBOX{secrets.token_hex(16).upper()}", actor)
    made = {told["scenario"]: _offer(shop.mchid, told) for told in OFFERS}
    invited = inviting.invite(Newcomer(f"sandbox.{shop.mchid}", f"沙箱管理员 {tail}", "merchant", shop.id), actor=actor)
    granting.grant(invited.account.id, "manager", actor=actor)
    writing.record(None, actor=actor, who="控制台", what="merchant.sandbox", purpose="建立沙箱商户",
                   about=f"merchant:{shop.id}")
    ours = rotating.current("answers")
    return Sandbox(shop.mchid, shop.appid, shop.name, known.serial_no, STORE[0], made,
                   "http://127.0.0.1:8080/notify" if settings().NOTIFY_ANYWHERE else "", ours.kid, ours.public_pem(),
                   invited.account.login, f"{settings().PUBLIC_BASE_URL}/console/invitations/{invited.token}",
                   enrolling.apiv3_key(shop), pem)


def _offer(mchid: str, told: dict[str, Any]) -> str:
    opens = clock.now() - timedelta(minutes=1)
    return offers.make({**told, "code": f"SANDBOX-{mchid}-{told['code']}", "mchid": mchid, "region": "360000",
                        "opens_at": clock.rfc3339(opens), "closes_at": clock.rfc3339(opens + timedelta(days=365)),
                        "valid_days": 30}).service_id


def _public_pem(public: rsa.RSAPublicKey) -> str:
    return public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()
