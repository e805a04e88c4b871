"""Lin as the platform knows them, with a kept grade and a use that was reported; what is pushed goes over HTTP."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from app.benefits import claiming, presenting, redeeming, usage_queries
from app.credit import grades
from app.identity.models import Citizen
from app.kernel import clock
from app.kernel.db import session
from app.merchants import queries as merchants
from tests.benefits import ground as shops
from tests.consent import ground
from tests.credit import conftest as credit
from tests.sandbox_process import Sandbox

world, lin, pushed_to = credit.world, credit.lin, credit.pushed_to
Push = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def push(world: Sandbox, pushed_to: str) -> Push:
    """Let something happen to Lin; what we answered to each of the pushes."""

    def push(kind: str, **more: Any) -> list[dict[str, Any]]:
        told: list[dict[str, Any]] = world.control(
            "POST", "/platform/events", {"type": kind, "person": "lin", **more})["events"]
        return told

    return push


@pytest.fixture
def known(lin: Citizen, world: Sandbox) -> Citizen:
    """Lin with a consent and a kept grade A, asked a minute ago by the platform's clock."""
    ground.agreed(lin)
    world.control("POST", "/clock", {"offset_s": -60})
    grades.freshen(lin, "rental", ground.USCC)
    world.control("POST", "/clock", {"offset_s": 0})
    return lin


@pytest.fixture
def usage_no(known: Citizen, db: Any) -> str:
    """A use of Lin's that was, or will be, reported."""
    offer = shops.voucher()
    shops.agrees(known, offer)
    shops.answered(known)
    given = claiming.claim(known, offer.id, None, None)
    shown = presenting.present(known.id, given.id)
    shop = merchants.by_mchid("1600000001")
    assert shop is not None
    redeeming.redeem(shop.id, redeeming.Request("R-1", offer.service_id, shown.code))
    db.execute("UPDATE credit_grades SET said_at = said_at - interval '1 minute'")  # events of now come after it
    query, _ = usage_queries.of_citizen(known.id)
    number: str = session().scalars(query).one().usage_no
    return number


def changed(grade: str) -> dict[str, Any]:
    """The data of grade.changed."""
    return {"grade": grade, "as_of": clock.today().isoformat(), "restricted": False,
            "valid_until": (clock.today() + timedelta(days=20)).isoformat()}


def said(answers: list[dict[str, Any]]) -> list[str]:
    """Statuses or codes; every answer was signed as the sandbox wants it."""
    assert all(each["verified"] for each in answers), answers
    return [each["answer"].get("status") or each["answer"]["code"] for each in answers]
