"""Accounts for the tests, each with a password and a second factor that the test knows."""

import secrets
import uuid
from dataclasses import dataclass, field
from typing import Any

import pyotp
from argon2 import PasswordHasher

from app.kernel import clock
from app.kernel.db import transaction
from app.staff import codes, granting, inviting
from app.staff.inviting import Newcomer

PASSWORD = "Tangerine-Kayak-47"


QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)  # where hashing isn't what is tested


@dataclass
class Person:
    """Somebody with an account. `code()` gives codes that weren't used yet, one step further each time."""

    id: uuid.UUID
    login: str
    secret: str | None = field(repr=False)
    password: str = field(default=PASSWORD, repr=False)
    step: int = 0

    def code(self) -> str:
        """The next code that works: of the step before now at the first time, then of later ones."""
        assert self.secret
        now = int(clock.now().timestamp()) // 30
        self.step = max(self.step + 1, now - 1)
        return pyotp.TOTP(self.secret).at(self.step * 30)


def person(role: str | None, *, login: str | None = None, merchant_id: uuid.UUID | None = None,
           store_id: uuid.UUID | None = None, totp: bool = True, realm: str = "operations") -> Person:
    """An active account with this role; inside an application context."""
    realm = "merchant" if merchant_id else realm
    name = login or f"{role or 'nobody'}.{secrets.token_hex(3)}".replace("_", "-")
    invited = inviting.invite(Newcomer(name, "示例人员", realm, merchant_id), actor="operator:test")
    inviting.accept(invited.token, PASSWORD)
    secret = pyotp.random_base32(32) if totp else None
    if secret:
        with transaction():
            codes.put(invited.account.id, secret)
    if role:
        granting.grant(invited.account.id, role, actor="operator:test", store_id=store_id)
    return Person(invited.account.id, name, secret)


def made(app: Any, role: str | None, **more: Any) -> Person:
    """`person`, from outside of any context."""
    with app.app_context():
        return person(role, **more)
