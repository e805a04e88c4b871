"""Mei's shop and another one, each with a manager at the console, and with uses in its books."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.console.browsing import Visitor
from tests.merchant_api.conftest import again, rental, show, till, till_of, voucher
from tests.orders.conftest import Phone, counter, lin, person, shop
from tests.staff.people import made

__all__ = ["Phone", "again", "counter", "lin", "person", "rental", "shop", "show", "till", "till_of", "voucher"]


@pytest.fixture
def manager(app: Any, till: Any, visitor: Callable[..., Visitor]) -> Visitor:
    """Mei at the console."""
    return visitor(made(app, "manager", merchant_id=till.merchant_id))


@pytest.fixture
def stranger(app: Any, till_of: Any, visitor: Callable[..., Visitor]) -> Visitor:
    """The other shop's manager."""
    return visitor(made(app, "manager", merchant_id=till_of(2).merchant_id))
