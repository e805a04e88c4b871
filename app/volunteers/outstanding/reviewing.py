"""County, city, province: each says yes, sends it back or refuses, with reasons, and each is another person."""

import uuid
from datetime import timedelta

from app.kernel import clock
from app.staff.scoping import Scope, within
from app.volunteers.outstanding import campaigns, evaluating, moving
from app.volunteers.outstanding.errors import NotThisLevel, NotYetEligible
from app.volunteers.outstanding.models import Nomination

FORWARD = {"county": "forward_county", "city": "forward_city", "province": "approve"}


def forward(scope: Scope, nomination_id: uuid.UUID) -> Nomination:
    """Yes: to the next level, or approved by the province. The newest evaluation has to be a yes, and not too old.

    Raises as moving.by_staff, NominationUnknown, NotYetEligible.
    """
    scope.need(*moving.REVIEWS)
    with within(scope):
        nomination = moving.held(nomination_id, scope)
        _eligible(nomination)
        moving.by_staff(scope, nomination, _move(scope, FORWARD))
    return nomination


def send_back(scope: Scope, nomination_id: uuid.UUID, reason: str) -> Nomination:
    """To the level below, with what is to be mended. Raises as moving.by_staff, NominationUnknown."""
    return _say(scope, nomination_id, "return", reason)


def refuse(scope: Scope, nomination_id: uuid.UUID, reason: str) -> Nomination:
    """No, for this campaign; the person reads the reason. Raises as moving.by_staff, NominationUnknown."""
    return _say(scope, nomination_id, "refuse", reason)


def _say(scope: Scope, nomination_id: uuid.UUID, what: str, reason: str) -> Nomination:
    scope.need(*moving.REVIEWS)
    with within(scope):
        nomination = moving.held(nomination_id, scope)
        moving.by_staff(scope, nomination, _move(scope, {level: f"{what}_{level}" for level in FORWARD}), reason)
    return nomination


def _move(scope: Scope, by_level: dict[str, str]) -> str:
    if scope.level not in by_level:
        raise NotThisLevel
    return by_level[scope.level]


def _eligible(nomination: Nomination) -> None:
    newest = evaluating.newest(nomination.id)
    days = campaigns.get(nomination.campaign_id).terms["evaluation_days"]
    if newest is None or not newest.eligible or newest.made_at < clock.now() - timedelta(days=days):
        raise NotYetEligible
