"""Accounts of the League's: the same log-in, roles by two persons, and nothing left of who moves or goes.

Breaks tried: `move` that leaves the sessions, one that leaves the roles; a realm for which `needs_code` says no.
"""

import uuid
from collections.abc import Callable
from typing import Any

import pytest

from app.staff import granting, keeping, organising, queries, sessions, signing_in
from app.staff.errors import (
    AccountUnknown,
    LockedOut,
    LoginRefused,
    OrganisationRefused,
    OrganisationUnknown,
    RequestOpen,
    RoleRefused,
    SecondPerson,
)
from app.staff.models import ROLES, Organisation
from tests.staff.people import PASSWORD, Person, person
from tests.staff.test_sessions import PHONE, full

ADMIN = "staff:admin"


@pytest.fixture
def counties(inside: Any) -> list[Organisation]:
    province = organising.add("示例省", "360000")
    city = organising.add("示例市", "360100", province.id)
    return [organising.add(name, region, city.id) for name, region in (("东县", "360102"), ("西县", "360103"))]


def of(place: Organisation, role: str | None = "registrar", **more: Any) -> Person:
    return person(role, organisation_id=place.id, **more)


def test_a_session_of_the_leagues_ends_like_any(counties: list[Organisation], later: Callable[..., None]) -> None:
    (used, _), (idle, _) = full(of(counties[0])), full(of(counties[0]))
    for minutes in range(14, 35 * 14, 14):
        later(minutes=14)
        assert sessions.of_token(used) is not None
        assert minutes < 16 or sessions.of_token(idle) is None
    later(minutes=14)
    assert sessions.of_token(used) is None, "eight hours in all"


def test_a_second_factor_is_set_up_first_and_wrong_tries_close(counties: list[Organisation]) -> None:
    new = of(counties[0], totp=False)
    assert signing_in.sign_in(new.login, PASSWORD, PHONE).stage == "enrol"
    other = of(counties[0])
    assert signing_in.sign_in(other.login, PASSWORD, PHONE).stage == "code"
    for _ in range(5):
        with pytest.raises(LoginRefused):
            signing_in.sign_in(other.login, "a wrong password", PHONE)
    with pytest.raises(LockedOut):
        signing_in.sign_in(other.login, PASSWORD, PHONE)
    keeping.unlock(other.id, actor=ADMIN)
    assert signing_in.sign_in(other.login, PASSWORD, PHONE).stage == "code"


def test_one_sees_and_ends_ones_sessions(counties: list[Organisation]) -> None:
    who = of(counties[0])
    (_, here), (there, _) = full(who), full(who)
    assert len(sessions.live(who.id)) == 2
    keeping.end_sessions(who.id, actor=f"staff:{who.id}", but=here.id)
    assert sessions.of_token(there) is None


def test_each_role_of_the_leagues_is_given_by_two(counties: list[Organisation]) -> None:
    asker, decider, who = person("system_admin"), person("security_admin"), of(counties[0], None)
    for role in ROLES["league"]:
        asked = granting.ask(who.id, role, "grant", "到岗", by=asker.id)
        for one in (asker, who):
            with pytest.raises(SecondPerson):
                granting.decide(asked.id, True, by=one.id)
        granting.decide(asked.id, True, by=decider.id)
        assert role in queries.roles(who.id)


def test_no_role_of_another_realm(counties: list[Organisation]) -> None:
    for role in (*ROLES["operations"], "manager"):
        with pytest.raises(RoleRefused):
            granting.ask(of(counties[0], None).id, role, "grant", "x", by=person("system_admin").id)


def test_who_moves_leaves_roles_and_sessions_behind(counties: list[Organisation]) -> None:
    east, west = counties
    who = of(east)
    token, _ = full(who)
    asked = granting.ask(who.id, "reviewer", "grant", "兼任", by=person("system_admin").id)
    with pytest.raises(RequestOpen):
        keeping.move(who.login, west.id, actor=ADMIN)
    granting.decide(asked.id, False, by=person("security_admin").id)
    for login, place in ((who.login, uuid.uuid4()), ("nobody", west.id), (person("operator").login, west.id)):
        with pytest.raises(OrganisationUnknown if login == who.login else AccountUnknown):
            keeping.move(login, place, actor=ADMIN)
    assert sessions.of_token(token) is not None
    keeping.move(who.login, west.id, actor=ADMIN)
    assert sessions.of_token(token) is None
    assert queries.roles(who.id) == []
    found = queries.get(who.id)
    assert found is not None
    assert found.organisation_id == west.id


def test_who_goes_is_out_at_once(counties: list[Organisation]) -> None:
    who = of(counties[0])
    token, _ = full(who)
    keeping.close(who.id, actor=ADMIN)
    assert sessions.of_token(token) is None
    with pytest.raises(AccountUnknown):
        keeping.move(who.login, counties[1].id, actor=ADMIN)


def test_a_tree_has_one_root_and_regions_within_regions(counties: list[Organisation]) -> None:
    east, west = counties
    city = east.parent_id
    for name, region, above in (("另一省", "370000", None), ("外地县", "370102", city), ("学校", "360103", east.id),
                                ("东县", "360102", city), (" ", "360102", east.id), ("甲\n乙", "360102", east.id)):
        with pytest.raises(OrganisationRefused):
            organising.add(name, region, above)
    renamed = organising.rename(east.id, " 东县团委 ", actor=ADMIN)
    assert (renamed.name, renamed.path) == ("东县团委", east.path)
    with pytest.raises(OrganisationRefused):
        organising.rename(west.id, "东县团委", actor=ADMIN)
    with pytest.raises(OrganisationUnknown):
        organising.rename(uuid.uuid4(), "东县", actor=ADMIN)
