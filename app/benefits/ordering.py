"""What a service order does with a benefit: claim and hand over in one step, bill, settle, call off.

No code is shown: the citizen's confirmation, or the permission they gave, stands in its place. All of it runs in the
order's transaction; the caller has locked the citizen first.
"""

import uuid
from dataclasses import dataclass

from sqlalchemy import Select, or_, select

from app.benefits import claiming, life, offers, redeeming, usages
from app.benefits.errors import NotRedeemable, OfferNotFound, WrongState
from app.benefits.models import Decision, Entitlement, Offer, Redemption
from app.benefits.needing import Said
from app.benefits.usages import Use
from app.identity.queries import Citizen
from app.kernel import clock
from app.kernel.db import need_transaction, session
from app.kernel.ids import new_id
from app.scenario.access import scenarios
from app.scenario.contract import Kind, Role


@dataclass(frozen=True)
class Order:
    """`key` is the order's own number, `waived_fen` the deposit that it waives; `by`: who brought it about."""

    key: str
    waived_fen: int
    by: Role


def service(merchant_id: uuid.UUID, service_id: str) -> Offer:
    """This merchant's offer of an order's kind, whatever its state; 32 hex digits. Raises OfferNotFound, for another's
    too.

    One whose claim takes a form can't be opened by a merchant.
    """
    offer = offers.get(uuid.UUID(hex=service_id))
    scenario = offers.scenario_of(offer)
    if offer.merchant_id != merchant_id or scenario.kind is not Kind.ORDER or scenario.form_fields(offer.terms):
        raise OfferNotFound
    return offer


def hand_over(citizen: Citizen, offer: Offer, order: Order) -> Redemption | Decision:
    """Decide, claim and hand over at once; a no is given back with nothing taken, and its decision is kept.

    Raises what claiming raises.
    """
    need_transaction()
    granted = claiming.grant(citizen, offer, f"order:{order.key}", {}, order.by)
    if isinstance(granted, Decision):
        return granted
    redemption = Redemption(
        id=new_id(), redemption_no=f"R{new_id().hex}", merchant_id=offer.merchant_id,
        # no number that merchants may give: their doors to redemptions never meet an order's
        out_redemption_no=f"order:{order.key}", content_digest=redeeming.digest_of({"order": order.key}),
        entitlement_id=granted.id, waived_fen=order.waived_fen, state="open", redeemed_at=clock.now())
    session().add(redemption)
    session().flush()
    life.move(granted, _door(granted, "redemption"), Role.MERCHANT, use=Use(redemption))
    redeeming.tell(offer.merchant_id, granted, "order.open", "开立免押服务订单")
    return redemption


def bill(redemption_id: uuid.UUID) -> None:
    """It came back and something is owed: the clock of the payment begins, where the table has one for this state."""
    _, entitlement = _held(redemption_id)
    door = scenarios()[entitlement.scenario].manifest.doors.billing
    if door is not None and door in life.allowed(entitlement, Role.MERCHANT):
        life.move(entitlement, door, Role.MERCHANT)


def settle(redemption_id: uuid.UUID, total_fen: int, actor: str | None = None) -> None:
    """Nothing is owed any more: the use is reported as fulfilled, unless it is over by another move already."""
    redemption, entitlement = _held(redemption_id)
    door = _door(entitlement, "completion")
    if door not in life.allowed(entitlement, Role.MERCHANT):
        return
    redemption.completion, redemption.completed_at = {"total_amount": total_fen}, clock.now()
    redemption.state = "done"
    life.move(entitlement, door, Role.MERCHANT, use=Use(redemption))
    redeeming.tell(redemption.merchant_id, entitlement, "order.settle", "订单完结", actor)


def call_off(redemption_id: uuid.UUID, reason: str, actor: str | None = None) -> None:
    """The use comes to nothing and is reported as cancelled. Raises NotRedeemable, WrongState (billed, or over)."""
    redemption, entitlement = _held(redemption_id)
    door = _door(entitlement, "calling_off")
    if door not in life.allowed(entitlement, Role.MERCHANT):
        raise WrongState(state=entitlement.state)
    redemption.state, redemption.reversed_at, redemption.reversal_reason = "reversed", clock.now(), reason
    life.move(entitlement, door, Role.MERCHANT, note=reason, said=Said(reason=reason), use=Use(redemption))
    redeeming.tell(redemption.merchant_id, entitlement, "order.cancel", "商户取消订单", actor)


def waived(entitlement: Entitlement) -> int:
    """What the use that stands waived, in fen."""
    redemption = usages.standing(entitlement)
    return 0 if redemption is None else redemption.waived_fen


def disputed_ids(merchant_id: uuid.UUID) -> Select[uuid.UUID]:
    """The ids of this merchant's entitlements that wait for staff's word on an objection, for another's WHERE."""
    waiting = [(Entitlement.scenario == each.id) & Entitlement.state.in_(
        [move.target for move in each.life.moves if move.name == each.manifest.doors.objection])
        for each in scenarios().values() if each.manifest.doors.objection is not None]
    return select(Entitlement.id).where(Entitlement.merchant_id == merchant_id, or_(False, *waiting))


def _held(redemption_id: uuid.UUID) -> tuple[Redemption, Entitlement]:
    need_transaction()
    redemption = session().execute(select(Redemption).where(Redemption.id == redemption_id)
                                   .execution_options(populate_existing=True)).scalar_one()
    entitlement, _ = redeeming.parts(redemption)
    return redemption, redeeming.hold(entitlement.id, entitlement.citizen_id)


def _door(entitlement: Entitlement, name: str) -> str:
    door: str | None = getattr(scenarios()[entitlement.scenario].manifest.doors, name)
    if door is None:
        raise NotRedeemable
    return door
