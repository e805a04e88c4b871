"""Shops with a server of their own, enrolled as merchants, and a clock that can be put forward."""

import uuid
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from app.kernel import clock
from app.kernel.db import session, transaction
from app.merchants import enrolling
from app.merchants.models import Merchant
from app.notifications import putting, queries
from app.notifications.models import Attempt, Notification
from tests.benefits import ground
from tests.notifications.shops import Shop


@pytest.fixture
def shops() -> Iterator[Callable[..., Shop]]:
    """`shops()`: another server."""
    made: list[Shop] = []

    def start() -> Shop:
        made.append(Shop())
        return made[-1]

    yield start
    for each in made:
        each.stop()


@pytest.fixture
def shop(shops: Callable[..., Shop]) -> Shop:
    return shops()


@pytest.fixture
def merchant(inside: Any) -> Merchant:
    return ground.shop(1)


@pytest.fixture
def tell(merchant: Merchant, shop: Shop) -> Callable[..., str]:
    """`tell(subject="order-1", n=1, …)`: owe the merchant this; its number."""

    def put(subject: str = "order-1", n: int = 1, to: Merchant | None = None, url: str | None = None) -> str:
        with transaction():
            return putting.notify(
                (to or merchant).id, "PAYSCORE.USER_CONFIRM", subject, {"out_order_no": subject, "n": n},
                original_type="payscore", notify_url=url or shop.url, summary="服务订单已确认")

    return put


class Time:
    """`forward(seconds)` puts the application's clock ahead."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self._patch, self._now = patch, clock.now()
        self.forward(0)

    def forward(self, seconds: float) -> datetime:
        self._now += timedelta(seconds=seconds)
        moment = self._now
        self._patch.setattr(clock, "now", lambda: moment)
        return moment


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    return Time(monkeypatch)


def look(number: str) -> Notification:
    """As it is now."""
    session().expire_all()
    found = queries.by_number(number, None)
    assert found is not None
    return found


def attempts(number: str) -> list[Attempt]:
    return queries.attempts(look(number).id)


def apiv3_key(merchant_id: uuid.UUID) -> str:
    return enrolling.apiv3_key(session().get_one(Merchant, merchant_id))
