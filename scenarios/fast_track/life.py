"""From the signed commitment to the body's decision; the ordinary way stays open all along."""

from app.scenario.contract import After, Kind, Life, Move, Need, Outcome, Role, Timer, working_days

WITH_THE_BODY = ("signed", "accepted", "supplement_due")

LIFE = Life(
    kind=Kind.APPLICATION,
    start="draft",
    moves=(
        Move("submit", "draft", "signed", by=Role.CITIZEN, needs=(Need.DOCUMENTS, Need.COMMITMENT)),
        Move("accept", "signed", "accepted", by=Role.MERCHANT, tells=True),
        # the body may give more time than the offer promises, never less
        Move("ask_supplement", "accepted", "supplement_due", by=Role.MERCHANT,
             needs=(Need.MISSING, Need.DUE), due=working_days("supplement_working_days"), tells=True),
        Move("hand_in", "supplement_due", "accepted", by=Role.CITIZEN, needs=(Need.DOCUMENTS,)),
        # documents may have been brought to the desk, so the body may decide while it waits for them here
        Move("fulfil", ("accepted", "supplement_due"), "fulfilled", by=Role.MERCHANT,
             report=Outcome.FULFILLED, tells=True),
        # a refusal is no breach and is not reported: nobody is worse off for having asked
        Move("reject", WITH_THE_BODY, "rejected", by=Role.MERCHANT, releases_quota=True,
             needs=(Need.REASON, Need.LEGAL_GROUND), tells=True),
        Move("lapse", "supplement_due", "lapsed", by=Role.CLOCK, report=Outcome.CANCELLED, releases_quota=True,
             tells=True),
        Move("withdraw", ("draft", *WITH_THE_BODY), "withdrawn", by=Role.CITIZEN, releases_quota=True),
        Move("expire", ("draft", "signed"), "expired", by=Role.CLOCK, releases_quota=True, tells=True),
        Move("publicise", "fulfilled", "publicised", by=Role.STAFF),
        Move("publicise_due", "fulfilled", "publicised", by=Role.CLOCK),
    ),
    timers=(
        Timer("draft_expiry", "draft", After.VALID_TO, "expire"),
        Timer("signed_expiry", "signed", After.VALID_TO, "expire"),
        Timer("supplement", "supplement_due", After.DUE_AT, "lapse"),
        # runs only where the offer's terms say that the law asks for publicity
        Timer("publicity", "fulfilled", After.ENTERED, "publicise_due",
              plus=working_days("publicity_working_days")),
    ),
    final=("fulfilled", "publicised", "rejected", "lapsed", "withdrawn", "expired"),
)
