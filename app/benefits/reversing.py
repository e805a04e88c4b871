"""Taking a redemption back: the entitlement is the citizen's again, and the platform is told."""

import uuid
from datetime import datetime, timedelta

from app.benefits import life, redeeming, usages
from app.benefits.errors import ContentDiffers, NotRedeemable, TooLateToReverse, WrongState
from app.benefits.models import Offer, Redemption
from app.benefits.needing import Said
from app.benefits.usages import Use
from app.kernel import clock, crash
from app.kernel.db import retrying, session, transaction
from app.kernel.settings import settings
from app.scenario.access import scenarios
from app.scenario.contract import Role


def reverse(merchant_id: uuid.UUID, out_redemption_no: str, reason: str, actor: str | None = None) -> Redemption:
    """Within the offer's period. The entitlement goes where the scenario's table says, with its place in the
    quota; a `reversed` usage is reported, which names the first one where there was one (an order that was not
    completed had none). The same reason again finds the same reversal. `actor`: the account, else it is the API.

    Raises RedemptionNotFound, ContentDiffers, NotRedeemable, WrongState, TooLateToReverse.
    """
    return retrying(lambda: _reverse(merchant_id, out_redemption_no, reason, actor))


def until(redemption: Redemption, offer: Offer) -> datetime:
    """The last moment for taking it back: counted from its end, for an order from its completion."""
    days = settings().REVERSAL_DAYS if offer.reversal_days is None else offer.reversal_days
    return (redemption.completed_at or redemption.received_at or redemption.redeemed_at) + timedelta(days=days)


def _reverse(merchant_id: uuid.UUID, out_redemption_no: str, reason: str, actor: str | None) -> Redemption:
    digest = redeeming.digest_of({"reason": reason})
    with transaction():
        redemption, entitlement = redeeming.lock(merchant_id, out_redemption_no)
        if redemption.reversal_digest is not None:
            if redemption.reversal_digest != digest:
                raise ContentDiffers
            return redemption
        door = scenarios()[entitlement.scenario].manifest.doors.reversal
        if door is None:
            raise NotRedeemable
        if redemption.state not in ("open", "done"):
            raise WrongState(state=redemption.state)
        moment = clock.now()
        if moment > until(redemption, session().get_one(Offer, entitlement.offer_id)):
            raise TooLateToReverse
        first = usages.first_of(redemption.id)
        redemption.state, redemption.reversed_at = "reversed", moment
        redemption.reversal_reason, redemption.reversal_digest = reason, digest
        life.move(entitlement, door, Role.MERCHANT, note=reason, said=Said(reason=reason),
                  use=Use(redemption, corrects=first.usage_no if first else None))
        redeeming.tell(merchant_id, entitlement, "benefit.reverse", "撤回核销", actor)
        crash.point("reverse.before_commit")
    return redemption
