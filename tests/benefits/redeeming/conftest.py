"""Somebody with an entitlement at Mei's shop, for tests that call the verbs."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from app.benefits import claiming, presenting, redeeming
from app.benefits.models import Offer
from tests.benefits import ground


@dataclass(frozen=True)
class InHand:
    """An entitlement that its citizen shows."""

    citizen_id: uuid.UUID
    entitlement_id: uuid.UUID
    merchant_id: uuid.UUID
    code: str
    service_id: str

    def request(self, out_redemption_no: str = "OUT-1") -> redeeming.Request:
        return redeeming.Request(out_redemption_no, self.service_id, presentation=self.code)


@pytest.fixture
def in_hand(app: Any) -> Callable[..., InHand]:
    """`in_hand(make, number)`: claimed from the offer that `make()` makes, and shown."""
    offers: dict[Any, Offer] = {}

    def made(make: Callable[[], Offer] = ground.voucher, number: int = 1) -> InHand:
        with app.app_context():
            offer = offers.get(make) or offers.setdefault(make, make())
            citizen = ground.ready(number, offer)
            entitlement = claiming.claim(citizen, offer.id, None, None)
            code = presenting.present(citizen.id, entitlement.id).code
            return InHand(citizen.id, entitlement.id, offer.merchant_id, code, offer.service_id)

    return made
