"""Two counties of one city with staff who may log in, and volunteers of both."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from app.kernel import clock
from app.volunteers import registering
from app.volunteers.service import hours
from tests.console.browsing import Visitor
from tests.staff.people import Person, made
from tests.volunteers import league
from tests.volunteers.league import League

NAMES = ("东一", "东二", "东三")


@dataclass
class Ground:
    """`east`, `west`: ids of volunteers by name; `there(place, *roles)` logs somebody in at that organisation."""

    league: League
    east: dict[str, str]
    west: dict[str, str]
    account: Callable[..., Person]
    there: Callable[..., Visitor]


@pytest.fixture
def ground(app: Any, someone: Any, visitor: Callable[..., Visitor]) -> Ground:
    """Three volunteers in the east, one in the west; the first of the east has 120 hours."""
    with app.app_context():
        tree = league.made()
        east = {name: enrolled(tree.east, name, serial) for serial, name in enumerate(NAMES, 1)}
        west = {"西一": enrolled(tree.west, "西一", 9)}
        hours.add(uuid.UUID(east["东一"]), activity="社区服务", served_on=clock.today(), minutes=120 * 60,
                  source="东县团委")

    def account(place: str, *roles: str) -> Person:
        where = getattr(tree, place).organisation_id
        first, *more = roles or ("registrar",)
        who = made(app, first, organisation_id=where)
        with app.app_context():
            for role in more:
                league.granting.grant(who.id, role, actor="operator:test")
        return who

    return Ground(tree, east, west, account, lambda place, *roles: visitor(account(place, *roles)))


def enrolled(scope: Any, name: str, serial: int) -> str:
    told = registering.enrol(scope, league.person(name, league.number(serial=serial)))
    return str(told.volunteer_id)
