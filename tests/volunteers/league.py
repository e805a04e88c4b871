"""A small tree of the League with staff, for tests: two counties of one city, their province, a school in the east."""

import secrets
import uuid
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from app.identity import numbers
from app.kernel import clock
from app.staff import granting, inviting, organising
from app.staff.inviting import Newcomer
from app.staff.scoping import Scope
from app.volunteers.guardians import Guardian
from app.volunteers.registering import Person

PHONE, OTHER_PHONE = "19900001234", "19900005678"
ROLES = ("registrar",)


@dataclass(frozen=True)
class League:
    """Scopes of a registrar of each."""

    province: Scope
    city: Scope
    east: Scope
    west: Scope
    school: Scope


def made() -> League:
    """Inside an application context, over an empty database."""
    province = organising.add("示例省委", "360000")
    city = organising.add("示例市委", "360100", province.id)
    east, west = organising.add("东县团委", "360102", city.id), organising.add("西县团委", "360103", city.id)
    school = organising.add("示例中学团委", "360102", east.id)
    return League(*(scope(each) for each in (province, city, east, west, school)))


def scope(organisation: Any, *roles: str) -> Scope:
    """Of an account of its own there, which nobody can log in to."""
    login = f"league.{secrets.token_hex(4)}"
    account = inviting.invite(Newcomer(login, "示例人员", "league", organisation_id=organisation.id),
                              actor="operator:test").account
    for role in roles or ROLES:
        granting.grant(account.id, role, actor="operator:test")
    path = "/" if organisation.level == "province" else organisation.path
    return Scope(account.id, organisation.id, path, organisation.level, frozenset(roles or ROLES),
                 f"staff:{account.id}")


def colleague(of: Scope, *roles: str) -> Scope:
    """Somebody else at the same organisation."""
    return scope(organising.within("/", of.organisation_id), *roles)


def number(age: int = 20, serial: int = 1, days: int = 0) -> str:
    """A made-up identity number of somebody of that age today, or in so many days."""
    day = clock.today() + timedelta(days=days)
    day = day.replace(day=28) if (day.month, day.day) == (2, 29) else day
    first = f"360102{date(day.year - age, day.month, day.day):%Y%m%d}{serial:03d}"
    return first + numbers.check_digit(first)


def person(name: str = "示例同学", id_number: str | None = None, **more: Any) -> Person:
    return Person(name, id_number or number(), more.pop("phone", PHONE), more.pop("region", "360102"), **more)


def guardian(**more: Any) -> Guardian:
    return Guardian(**{"name": "示例家长", "phone": OTHER_PHONE, "relation": "mother",
                       "consented_on": clock.today(), **more})


def unknown() -> uuid.UUID:
    return uuid.uuid4()
