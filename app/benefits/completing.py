"""Ending what an order opened with its redemption: the bringing back, and what is owed."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from app.benefits import life, redeeming
from app.benefits.errors import AmountWrong, ContentDiffers, MomentWrong, NotRedeemable, WrongState
from app.benefits.models import Redemption
from app.benefits.usages import Use
from app.kernel import clock, crash
from app.kernel.db import retrying, transaction
from app.scenario.access import scenarios
from app.scenario.contract import Role

AHEAD = timedelta(seconds=300)  # how far a merchant's clock may run before ours


@dataclass(frozen=True)
class Completion:
    """`total_amount` in fen; payments and discounts are [{name, amount, description?, count?}]."""

    total_amount: int
    post_payments: Sequence[Mapping[str, Any]] | None = None
    post_discounts: Sequence[Mapping[str, Any]] | None = None
    ended_at: datetime | None = None
    note: str | None = None

    def as_json(self) -> dict[str, Any]:
        told = {**vars(self), "ended_at": clock.rfc3339(self.ended_at) if self.ended_at else None}
        return {name: value for name, value in told.items() if value is not None}


def complete(merchant_id: uuid.UUID, out_redemption_no: str, completion: Completion) -> Redemption:
    """The usage is written here; the same content again finds the same completion.

    Raises RedemptionNotFound, ContentDiffers, NotRedeemable (not an order), WrongState, AmountWrong, MomentWrong.
    """
    return retrying(lambda: _complete(merchant_id, out_redemption_no, completion))


def _complete(merchant_id: uuid.UUID, out_redemption_no: str, completion: Completion) -> Redemption:
    digest = redeeming.digest_of(completion.as_json())
    with transaction():
        redemption, entitlement = redeeming.lock(merchant_id, out_redemption_no)
        door = scenarios()[entitlement.scenario].manifest.doors.completion
        if entitlement.kind != "order" or door is None:
            raise NotRedeemable
        if redemption.completion_digest is not None:
            if redemption.completion_digest != digest:
                raise ContentDiffers
            return redemption
        if redemption.state != "open":
            raise WrongState(state=redemption.state)
        moment = clock.now()
        _check(completion, redemption, moment)
        redemption.completion, redemption.completion_digest = completion.as_json(), digest
        redemption.completed_at, redemption.state = moment, "done"
        life.move(entitlement, door, Role.MERCHANT, use=Use(redemption))
        redeeming.tell(merchant_id, entitlement, "benefit.complete", "订单完结")
        crash.point("complete.before_commit")
    return redemption


def _check(completion: Completion, redemption: Redemption, moment: datetime) -> None:
    """What is owed is what was used less what was let off; nothing ends before it began or tomorrow."""
    if completion.post_payments is not None or completion.post_discounts is not None:
        owed = _sum(completion.post_payments) - _sum(completion.post_discounts)
        if owed != completion.total_amount:
            raise AmountWrong(field="total_amount", issue="total_amount = sum(payments) - sum(discounts)")
    ended = completion.ended_at
    if ended is not None and not redemption.redeemed_at.replace(microsecond=0) - AHEAD <= ended <= moment + AHEAD:
        raise MomentWrong(field="ended_at", issue="between the redemption and now")


def _sum(rows: Sequence[Mapping[str, Any]] | None) -> int:
    return sum(int(row["amount"]) for row in rows or ())
