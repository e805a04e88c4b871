"""From a nomination to the list, and off it."""

from datetime import date, timedelta
from typing import Any

import pytest

from app.benefits import deciding
from app.kernel import clock
from app.volunteers import (
    evaluating,
    exiting,
    listing,
    moving,
    nominating,
    nomination_queries,
    objecting,
    publicising,
    reviewing,
)
from app.volunteers.listing import Entry
from app.volunteers.objecting import Words
from tests.benefits import ground
from tests.volunteers import outstanding_ground as made


def listed_entry(days: int = 365) -> Entry:
    today = clock.today()
    return Entry("示例团发〔2026〕1号", today, today + timedelta(days=days))


def test_the_whole_way(inside: Any, db: Any) -> None:
    tree = made.league()
    campaign = made.campaign(tree)
    citizen = ground.person(1)
    who = made.volunteer(citizen)
    nomination = made.at(tree, campaign, who, citizen, "publicised")
    assert nomination.state == "publicised"
    rows, _ = publicising.public_list({"limit": 20})
    assert [(each.name, each.publicised_to) for each in rows] == [
        ("示**", clock.add_working_days(clock.today(), 7))]
