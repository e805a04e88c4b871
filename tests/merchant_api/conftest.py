"""Mei's shop, another shop, a public body: each with a till; and entitlements ready to be shown."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest

from app.benefits import claiming, presenting
from app.benefits.models import Entitlement, Offer
from app.identity import queries as citizens
from app.kernel.db import session
from app.kernel.sealing import keyring
from app.merchants import enrolling, keeping_keys, queries, uscc
from tests.benefits import ground
from tests.merchant_api.till import Till, private_key, public_pem


@pytest.fixture
def till_of(app: Any) -> Callable[..., Till]:
    """`till_of(number, kind=…)`: the merchant of that number, enrolled with one key."""

    def made(number: int = 1, kind: str = "merchant") -> Till:
        with app.app_context():
            mchid = f"16{number:08d}"
            first = f"91360100MADEMT{number:03d}"
            merchant = queries.by_mchid(mchid) or enrolling.enrol(enrolling.NewMerchant(
                f"示例商户{number}", first + uscc.check_character(first), kind, mchid))
            serial = f"SERIAL{number:010d}"
            if queries.live_key(merchant.id, serial) is None:
                keeping_keys.add(merchant.id, public_pem(private_key(number)), serial)
            answers = keyring().answers
            return Till(app.test_client(), mchid, serial, private_key(number), answers.now.public_key(),
                        answers.current, merchant.id)

    return made


@pytest.fixture
def till(till_of: Callable[..., Till]) -> Till:
    """Mei's shop."""
    return till_of(1)


@pytest.fixture
def voucher(app: Any, till: Till) -> Offer:
    """A cup of coffee worth 18 yuan at Mei's."""
    with app.app_context():
        return ground.voucher(value_fen=1800)


@pytest.fixture
def rental(app: Any, till: Till) -> Offer:
    """An umbrella without its deposit of 30 yuan at Mei's."""
    with app.app_context():
        return ground.offer()


@pytest.fixture
def show(app: Any) -> Callable[..., tuple[uuid.UUID, str]]:
    """`show(offer, number=…)`: the person of this number claims it and shows a code; gives (entitlement id, code)."""
    people: dict[int, uuid.UUID] = {}

    def shown(offer: Offer, number: int = 1) -> tuple[uuid.UUID, str]:
        with app.app_context():
            citizen = citizens.get(people[number]) if number in people else ground.ready(number, offer)
            assert citizen is not None
            people[number] = citizen.id
            ground.agrees(citizen, offer)
            entitlement = claiming.claim(citizen, offer.id, None, None)
            return entitlement.id, presenting.present(citizen.id, entitlement.id).code

    return shown


@pytest.fixture
def again(app: Any) -> Callable[[uuid.UUID], str]:
    """`again(entitlement_id)`: another code of the same entitlement."""

    def shown(entitlement_id: uuid.UUID) -> str:
        with app.app_context():
            entitlement = session().get_one(Entitlement, entitlement_id)
            return presenting.present(entitlement.citizen_id, entitlement_id).code

    return shown
