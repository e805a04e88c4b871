"""From the claim to the bringing back, and to the payment where a service order states what is owed; a breach only
after a reminder and the time to object.
"""

from app.scenario.contract import (
    After,
    Kind,
    Life,
    Move,
    Need,
    Outcome,
    Role,
    Timer,
    days,
    hours,
    minutes,
    working_days,
)

OUT = ("in_use", "owed", "overdue", "reminded", "objected", "dismissed")

LIFE = Life(
    kind=Kind.ORDER,
    start="ready",
    moves=(
        Move("hand_over", "ready", "in_use", by=Role.MERCHANT, due=days("max_days")),
        # it came back and something is owed: payment has a grace, a reminder and a time to object of its own; while an
        # objection is open its clock doesn't start
        Move("bill", ("in_use", "overdue", "reminded", "dismissed"), "owed", by=Role.MERCHANT),
        Move("return", OUT, "returned", by=Role.MERCHANT, report=Outcome.FULFILLED),
        # the entitlement comes back with the place in the quota that it has held since the claim
        Move("reverse", (*OUT, "returned"), "ready", by=Role.MERCHANT, report=Outcome.REVERSED,
             needs=(Need.REASON,)),
        Move("call_off", ("in_use", "overdue", "reminded", "objected", "dismissed"), "cancelled", by=Role.MERCHANT,
             report=Outcome.CANCELLED, releases_quota=True, needs=(Need.REASON,)),
        Move("cancel", "ready", "cancelled", by=Role.CITIZEN, releases_quota=True),
        Move("expire", "ready", "expired", by=Role.CLOCK, releases_quota=True),
        Move("overdue", ("in_use", "owed"), "overdue", by=Role.CLOCK),
        Move("remind", "overdue", "reminded", by=Role.CLOCK, tells=True),
        Move("object", ("owed", "overdue", "reminded"), "objected", by=Role.CITIZEN, needs=(Need.REASON,)),
        Move("accept_objection", "objected", "returned", by=Role.STAFF, report=Outcome.FULFILLED,
             needs=(Need.REASON,), tells=True),
        Move("dismiss_objection", "objected", "dismissed", by=Role.STAFF, needs=(Need.REASON,), tells=True),
        Move("breach", ("reminded", "dismissed"), "breached", by=Role.CLOCK, report=Outcome.BREACHED,
             needs=(Need.TOLD,), tells=True),
        # an appeal that was upheld later takes the record back
        Move("overturn", "breached", "returned", by=Role.STAFF, report=Outcome.REVERSED, needs=(Need.REASON,),
             tells=True),
    ),
    timers=(
        Timer("expiry", "ready", After.VALID_TO, "expire"),
        Timer("grace", "in_use", After.DUE_AT, "overdue", plus=hours("grace_hours")),
        Timer("grace_to_pay", "owed", After.ENTERED, "overdue", plus=hours("grace_hours")),
        Timer("reminder", "overdue", After.ENTERED, "remind", plus=minutes(0)),
        Timer("time_to_object", "reminded", After.ENTERED, "breach", plus=working_days("objection_days")),
        Timer("time_after_objection", "dismissed", After.ENTERED, "breach",
              plus=working_days("objection_days")),
    ),
    final=("returned", "breached", "cancelled", "expired"),
)
