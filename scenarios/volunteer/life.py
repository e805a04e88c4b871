"""A voucher: used once, and taken back by the merchant where that was a mistake."""

from app.scenario.contract import After, Kind, Life, Move, Need, Outcome, Role, Timer

LIFE = Life(
    kind=Kind.VOUCHER,
    start="ready",
    moves=(
        Move("redeem", "ready", "used", by=Role.MERCHANT, report=Outcome.FULFILLED),
        # the entitlement comes back with the place in the quota that it has held since the claim
        Move("reverse", "used", "ready", by=Role.MERCHANT, report=Outcome.REVERSED, needs=(Need.REASON,)),
        Move("cancel", "ready", "cancelled", by=Role.CITIZEN, releases_quota=True),
        Move("expire", "ready", "expired", by=Role.CLOCK, releases_quota=True),
    ),
    timers=(Timer("expiry", "ready", After.VALID_TO, "expire"),),
    final=("used", "cancelled", "expired"),
)
