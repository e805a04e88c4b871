"""Opening an order: one that waits for its citizen's word, or, by the permission they gave, one that begins at once."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.exc import IntegrityError

from app.benefits import deciding, offers, ordering, redeeming
from app.benefits.errors import LimitReached, OfferClosed, OfferNotFound, SoldOut
from app.benefits.ordering import Decision, Offer
from app.identity import queries as citizens
from app.identity.errors import Unauthenticated
from app.kernel import clock
from app.kernel.db import broke, retrying, transaction
from app.kernel.ids import new_id
from app.merchants import openids
from app.orders import checking, permitting, queries, telling
from app.orders.errors import ContentDiffers, NotAuthorised, ServiceNotFound
from app.orders.models import ServiceOrder
from app.scenario.contract import Role

ONCE = "uq_service_orders_merchant_id_out_order_no"
Told = Mapping[str, Any]
Then = Callable[[ServiceOrder], None]
NO = (SoldOut, LimitReached, OfferClosed, Unauthenticated)  # all of them are told as one and the same


@dataclass(frozen=True)
class Asked:
    """What a merchant asks for, checked: its own content, the offer, and the deposit to be waived (none: a direct
    completion).
    """

    merchant_id: uuid.UUID
    told: Told
    digest: str
    offer: Offer
    risk_fund_fen: int | None

    @property
    def out_order_no(self) -> str:
        return str(self.told["out_order_no"])


def create(merchant: Any, told: Told) -> ServiceOrder:
    """The order; the same content again finds it again, however far it has come meanwhile.

    `told` is what `payscore_schemas.OrderIn` loads. Raises ContentDiffers, ServiceNotFound, OfferClosed, AppidWrong,
    AboveFund, TimeWrong, NotifyUrlWrong, NotAuthorised, PlatformUnavailable.
    """
    def fresh(digest: str) -> ServiceOrder:
        fund = told["risk_fund"]["amount"]
        asked = Asked(merchant.id, told, digest, open_service(merchant, told), fund)
        checking.risk_fund(fund, asked.offer.value_fen)
        checking.expected(told["time_range"])
        checking.notify_url(told["notify_url"])
        return _waiting(asked) if told["need_user_confirm"] else begin(asked, lambda _: None)

    return once(merchant.id, told, fresh)


def once(merchant_id: uuid.UUID, told: Told, fresh: Callable[[str], ServiceOrder]) -> ServiceOrder:
    """What this number got before, else what `fresh` makes of it. Raises ContentDiffers, and what `fresh` raises."""
    digest, number = redeeming.digest_of(told), str(told["out_order_no"])
    if earlier := _earlier(merchant_id, number, digest):
        return earlier
    try:
        return fresh(digest)
    except IntegrityError as wrong:  # the same number at the same moment
        twin = _earlier(merchant_id, number, digest) if broke(wrong, ONCE) else None
        if twin is None:
            raise
        return twin


def begin(asked: Asked, then: Then) -> ServiceOrder:
    """By the permission of the citizen whose openid is told: decided, claimed and handed over, and `then` done, in one
    transaction. Raises NotAuthorised for every kind of no, whose reasons are kept for the citizen.
    """
    openid = str(asked.told["openid"])
    permission = permitting.live(asked.offer.id, openid)
    citizen = None if permission is None else citizens.get(permission.citizen_id)
    if citizen is None:
        raise NotAuthorised
    deciding.freshen(citizen, asked.offer)
    try:
        order = retrying(lambda: _begin(asked, citizen, then))
    except NO:
        raise NotAuthorised from None
    if order is None:
        raise NotAuthorised
    return order


def take(order: ServiceOrder, citizen: Any, redemption: Any) -> None:
    """The order is this citizen's and under way."""
    order.citizen_id, order.openid = citizen.id, openids.pairwise(order.merchant_id, citizen.id)
    order.redemption_id, order.entitlement_id = redemption.id, redemption.entitlement_id
    order.state, order.state_description, order.begun_at = "DOING", "USER_CONFIRM", clock.now()


def _begin(asked: Asked, citizen: Any, then: Then) -> ServiceOrder | None:
    """None where the answer is no: the decision is committed, and nothing else."""
    with transaction() as s:
        citizen = deciding.locked(citizen)
        if earlier := _earlier(asked.merchant_id, asked.out_order_no, asked.digest):
            return earlier
        if permitting.live(asked.offer.id, str(asked.told["openid"])) is None:
            return None  # closed in the meantime: the citizen's lock holds it now
        order = _made(asked)
        handed = ordering.hand_over(citizen, asked.offer,
                                    ordering.Order(order.id.hex, asked.risk_fund_fen or 0, Role.MERCHANT))
        if isinstance(handed, Decision):
            return None
        take(order, citizen, handed)
        s.add(order)
        s.flush()
        telling.citizen(order, "order_confirmed")
        then(order)
        return order


def _waiting(asked: Asked) -> ServiceOrder:
    with transaction() as s:
        order = _made(asked)
        s.add(order)
        s.flush()
        return order


def _made(asked: Asked) -> ServiceOrder:
    told = asked.told
    return ServiceOrder(
        id=new_id(), merchant_id=asked.merchant_id, out_order_no=asked.out_order_no, appid=told["appid"],
        offer_id=asked.offer.id, content_digest=asked.digest, content=dict(told),
        need_user_confirm=told.get("need_user_confirm", False), notify_url=told.get("notify_url"),
        ceiling_fen=asked.offer.value_fen, risk_fund_fen=asked.risk_fund_fen, state="CREATED", created_at=clock.now())


def _earlier(merchant_id: uuid.UUID, number: str, digest: str) -> ServiceOrder | None:
    earlier = queries.by_number(merchant_id, number)
    if earlier is not None and earlier.content_digest != digest:
        raise ContentDiffers
    return earlier


def open_service(merchant: Any, told: Told) -> Offer:
    """The offer, open now. Raises ServiceNotFound, OfferClosed, AppidWrong."""
    offer = service(merchant.id, told["service_id"])
    checking.appid(told["appid"], merchant.appid)
    if not offers.is_open(offer):
        raise OfferClosed
    return offer


def service(merchant_id: uuid.UUID, service_id: str) -> Offer:
    """This merchant's service that orders can be opened of. Raises ServiceNotFound."""
    try:
        return ordering.service(merchant_id, service_id)
    except OfferNotFound:
        raise ServiceNotFound from None
