"""Deleting a citizen: their key is destroyed, so that no copy of what was sealed can ever be read again.

What the law has us keep (the trail, usages and their receipts) stays under an id that leads to nobody.
"""

import secrets
import uuid
from collections.abc import Callable
from typing import Any, TypeVar

from app.identity import queries, signing_in
from app.identity.errors import OpenOrders, Unauthenticated
from app.identity.models import Citizen
from app.kernel import clock
from app.kernel.db import transaction
from app.trail import writing

Hindrance = Callable[[Citizen], list[dict[str, str]]]
Step = Callable[[Citizen], object]
F = TypeVar("F", bound=Callable[[Citizen], Any])
HINDRANCES: dict[str, Hindrance] = {}
STEPS: dict[str, Step] = {}


def hinders(name: str) -> Callable[[F], F]:
    """`@hinders("benefits")` over a function that lists what is still open, as [{kind, no}]; it writes nothing."""
    return _keeper(HINDRANCES, name)


def before(name: str) -> Callable[[F], F]:
    """`@before("consent")` over what a package does in the erasing transaction, while the key still opens."""
    return _keeper(STEPS, name)


def erase(citizen_id: uuid.UUID) -> None:
    """Delete the citizen, in one transaction with everything that hangs on it. Raises OpenOrders."""
    with transaction():
        citizen = queries.lock(citizen_id)
        if citizen is None:
            raise Unauthenticated
        still_open = [thing for hindrance in HINDRANCES.values() for thing in hindrance(citizen)]
        if still_open:
            raise OpenOrders(open=still_open)
        for step in STEPS.values():
            step(citizen)
        signing_in.end_all(citizen.id, "erased")
        writing.record(citizen.id, actor="citizen", who="本人", what="account.erase", purpose="注销账号并销毁本人密钥")
        _destroy(citizen)


def _destroy(citizen: Citizen) -> None:
    citizen.data_key = citizen.openid_sealed = None
    citizen.name_sealed = citizen.id_number_sealed = citizen.phone_sealed = None
    citizen.identity_index = citizen.verified_at = citizen.verification_no = None
    citizen.openid_index = secrets.token_bytes(32)  # leads nowhere: the same WeChat account starts anew
    citizen.deleted_at = clock.now()


def _keeper(table: dict[str, Any], name: str) -> Callable[[F], F]:
    def keep(told: F) -> F:
        if table.setdefault(name, told) is not told:
            raise RuntimeError(f"{name} is in the way of erasing twice")
        return told

    return keep
