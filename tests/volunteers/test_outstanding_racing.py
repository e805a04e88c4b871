"""Real connections at once: a county never forwards more than its quota, one person's two moves are one, and who
takes back while another forwards leaves no place behind.

Breaks that were tried: `taken < quota` left out of the UPDATE (the CHECK then answers instead of the refusal), the
state left out of the move's WHERE together with the lock before it (either one holds alone).
"""

from collections import Counter
from collections.abc import Callable
from typing import Any

import psycopg

from app.volunteers.outstanding import campaigns, evaluating, exiting, reviewing
from app.volunteers.outstanding.errors import NominationMoved, QuotaUsedUp
from tests.benefits import ground
from tests.benefits.test_racing import race
from tests.volunteers import outstanding_ground as made

RACERS = 6


def at_county(app: Any, quota: int, count: int = RACERS) -> tuple[Any, Any, list[Any], list[Any]]:
    """The tree, a campaign, nominations that are ready to be forwarded, and their people."""
    with app.app_context():
        tree = made.league()
        campaign = made.campaign(tree, {"east": quota})
        people = [ground.person(number) for number in range(count)]
        found = [made.at(tree, campaign, made.volunteer(each, days=24), each, "at_county") for each in people]
        first = tree.who("east", "reviewer")
        for each in found:
            evaluating.evaluate(first, each.id)
        return tree, campaign, found, people


def kept(db: psycopg.Connection) -> tuple[int, int]:
    """(places taken, nominations that hold one)."""
    row = db.execute("SELECT (SELECT sum(taken) FROM campaign_quotas), (SELECT count(*) FROM nominations "
                     "WHERE state NOT IN ('draft', 'at_county', 'refused', 'withdrawn'))").fetchone()
    assert row is not None
    return int(row[0]), int(row[1])


def test_a_quota_is_never_exceeded(app: Any, db: psycopg.Connection) -> None:
    tree, _, found, _ = at_county(app, 2)
    with app.app_context():
        reviewers = [tree.who("east", "reviewer") for _ in found]
    works: list[Callable[[], Any]] = [lambda one=each, who=who: reviewing.forward(who, one.id)  # type: ignore[misc]
                                      for each, who in zip(found, reviewers, strict=True)]
    came = Counter(type(each) for each in race(app, works, RACERS))
    assert came[QuotaUsedUp] == RACERS - 2
    assert kept(db) == (2, 2)


def test_of_two_reviewers_one_moves_it(app: Any, db: psycopg.Connection) -> None:
    tree, _, found, _ = at_county(app, 5, 1)
    with app.app_context():
        reviewers = [tree.who("east", "reviewer") for _ in range(RACERS)]
    works: list[Callable[[], Any]] = [lambda who=who: reviewing.forward(who, found[0].id)  # type: ignore[misc]
                                      for who in reviewers]
    came = Counter(type(each) for each in race(app, works, RACERS))
    assert came[NominationMoved] == RACERS - 1
    assert kept(db) == (1, 1)


def test_taken_back_and_forwarded_at_once(app: Any, db: psycopg.Connection) -> None:
    """And a quota that is set meanwhile counts what holds a place."""
    tree, campaign, found, people = at_county(app, RACERS)
    with app.app_context():
        reviewers = [tree.who("east", "reviewer") for _ in found]
        officer = tree.who("province", "list_officer")
    works: list[Callable[[], Any]] = []
    for each, who, person in zip(found, reviewers, people, strict=True):
        works += [lambda one=each, who=who: reviewing.forward(who, one.id),  # type: ignore[misc]
                  lambda one=each, person=person: exiting.leave(person, one.id)]  # type: ignore[misc]
    works.append(lambda: campaigns.set_quota(officer, campaign.id, tree.city.id, 9))
    race(app, works, RACERS)
    assert db.execute("SELECT count(*) FROM nominations WHERE state = 'withdrawn'").fetchone() == (RACERS,)
    assert kept(db) == (0, 0)
