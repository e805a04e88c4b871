"""Volunteers' benefits: who may, and which one fact is asked for."""

from pathlib import Path

import pytest
from marshmallow import ValidationError

from app.scenario import life
from app.scenario.conditions import evaluate
from app.scenario.contract import Outcome, Role
from app.scenario.registry import load_one

VOLUNTEER = load_one(Path(__file__).parents[1])
STARS, HOURS, OUTSTANDING = (VOLUNTEER.load_terms(raw, {}) for raw in VOLUNTEER.examples)


# Fails where an offer by stars asks for the hours or the list too: more consents than it needs.
@pytest.mark.parametrize(
    ("terms", "facts", "scopes"),
    [
        (STARS, {"volunteer.stars"}, {"volunteer.read", "usage.report"}),
        (HOURS, {"volunteer.hours"}, {"volunteer.read", "usage.report"}),
        (OUTSTANDING, {"volunteer.outstanding"}, {"grade.read", "usage.report"}),
    ],
)
def test_only_what_the_offer_goes_by_is_asked(terms, facts, scopes):
    assert VOLUNTEER.facts(terms) == facts
    assert VOLUNTEER.scopes(terms) == scopes


@pytest.mark.parametrize(
    ("terms", "facts", "unmet"),
    [
        (STARS, {"volunteer.stars": 3}, ()),
        (STARS, {"volunteer.stars": 5}, ()),
        (STARS, {"volunteer.stars": 2}, ("stars_too_few",)),
        (HOURS, {"volunteer.hours": 100}, ()),
        (HOURS, {"volunteer.hours": 99}, ("hours_too_few",)),
        (OUTSTANDING, {"volunteer.outstanding": True}, ()),
        (OUTSTANDING, {"volunteer.outstanding": False}, ("not_outstanding",)),
    ],
)
def test_who_may(terms, facts, unmet):
    assert evaluate(VOLUNTEER.conditions(terms), facts, []).unmet == unmet


# Fails where a number that is needed may be missing, or one that means nothing may stand there.
@pytest.mark.parametrize(
    ("raw", "field"),
    [
        ({"by": "stars", "benefit": "free"}, "min_stars"),
        ({"by": "hours", "benefit": "free"}, "min_hours"),
        ({"by": "outstanding", "benefit": "discount"}, "pay_percent"),
        ({"by": "outstanding", "benefit": "free", "min_stars": 3}, "min_stars"),
        ({"by": "outstanding", "benefit": "free", "pay_percent": 80}, "pay_percent"),
        ({"by": "stars", "min_stars": 6, "benefit": "free"}, "min_stars"),
        ({"by": "luck", "benefit": "free"}, "by"),
    ],
)
def test_terms_that_do_not_fit_together(raw, field):
    with pytest.raises(ValidationError) as caught:
        VOLUNTEER.load_terms(raw, {})
    assert field in caught.value.messages


def test_a_voucher_is_used_once_and_may_be_taken_back():
    used = life.find(VOLUNTEER.life, "ready", VOLUNTEER.manifest.doors.redemption, Role.MERCHANT)
    assert (used.target, used.report) == ("used", Outcome.FULFILLED)
    with pytest.raises(life.NotAllowed):
        life.find(VOLUNTEER.life, "used", "redeem", Role.MERCHANT)
    back = life.find(VOLUNTEER.life, "used", VOLUNTEER.manifest.doors.reversal, Role.MERCHANT)
    assert (back.target, back.report, back.releases_quota) == ("ready", Outcome.REVERSED, False)
