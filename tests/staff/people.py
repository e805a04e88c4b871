"""Accounts for the tests, each with a password and a second factor that the test knows."""

import secrets
import time
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
SPARE_S = 10  # so long a code is good after it was made up, at the least
_given: dict[str, int] = {}
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)  # where hashing isn't what is tested


@dataclass
class Person:
    """Somebody with an account."""

    id: uuid.UUID
    login: str
    secret: str | None = field(repr=False)
    password: str = field(default=PASSWORD, repr=False)

    def code(self) -> str:
        assert self.secret
        return fresh_code(self.secret)


def fresh_code(secret: str) -> str:
    """A code that works: each does once, and the server takes those of now and of the step to either side.

    Of the earliest step that is still taken in ten seconds and wasn't given yet. Who asks for more of them than there
    are, waits.
    """
    step = _given[secret] = max(_given.get(secret, 0) + 1, (_now() + SPARE_S) // codes.STEP - 1)
    while step > _now() // codes.STEP + 1:
        time.sleep(0.1)
    return pyotp.TOTP(secret).at(step * codes.STEP)


def _now() -> int:
    return int(clock.now().timestamp())


def person(role: str | None, *, login: str | None = None, merchant_id: uuid.UUID | None = None,
           store_id: uuid.UUID | None = None, totp: bool = True, realm: str = "operations",
           organisation_id: uuid.UUID | None = None) -> Person:
    """An active account with this role, at an organisation of the League's; inside an application context."""
    realm = "merchant" if merchant_id else "league" if organisation_id else realm
    name = login or f"{role or 'nobody'}.{secrets.token_hex(3)}".replace("_", "-")
    invited = inviting.invite(Newcomer(name, "示例人员", realm, merchant_id, organisation_id), actor="operator:test")
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
