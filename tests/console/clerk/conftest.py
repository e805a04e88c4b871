"""Mei's shop with two stores, and her people."""

from collections.abc import Callable
from typing import Any

import pytest

from app.benefits.models import Offer
from app.merchants import enrolling
from app.merchants.models import Merchant, Store
from tests.benefits import ground
from tests.console.clerk.counter import Clerk
from tests.staff.people import Person, made


@pytest.fixture
def shop(app: Any) -> Merchant:
    with app.app_context():
        return ground.shop()


@pytest.fixture
def stores(app: Any, shop: Merchant) -> tuple[Store, Store]:
    with app.app_context():
        return (enrolling.add_store(shop.id, "S-1", "路口店", "360103", "示例路 1 号"),
                enrolling.add_store(shop.id, "S-2", "江边店", "360102", "示例路 2 号"))


@pytest.fixture
def clerk(app: Any, shop: Merchant, stores: tuple[Store, Store]) -> Callable[..., Clerk]:
    """`clerk(0)`: another clerk, logged in, of the first store; `clerk(None)` a manager."""

    def logged_in(store: int | None = 0) -> Clerk:
        who: Person = made(app, "manager", merchant_id=shop.id) if store is None else made(
            app, "clerk", merchant_id=shop.id, store_id=stores[store].id, totp=False)
        there = Clerk(app)
        there.log_in(who)
        return there

    return logged_in


@pytest.fixture
def voucher(app: Any) -> Offer:
    """A cup of coffee worth 18 yuan."""
    with app.app_context():
        return ground.voucher(value_fen=1800)


@pytest.fixture
def rental(app: Any) -> Offer:
    """An umbrella without its deposit of 30 yuan."""
    with app.app_context():
        return ground.offer()
