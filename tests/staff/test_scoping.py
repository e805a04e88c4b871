"""Two lines between counties: the WHERE of each query, and row-level security behind it.

Breaks tried: `sees` that lets everything through (here as a test: the second line holds); TAKE without the role (the
forgetful query then finds both); a policy with `>` for `>=` (a county loses its own rows).
"""

import uuid
from typing import Any

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import ProgrammingError

from app.kernel.db import session, transaction
from app.staff import organising, scoping
from app.staff.errors import RoleMissing
from app.staff.models import Organisation
from app.staff.scoping import Scope, within
from app.volunteers import registering
from app.volunteers.models import Volunteer

PEOPLE = (("示例甲", "360102200001010013"), ("示例乙", "36010320000101001X"))


def of(organisation: Organisation) -> Scope:
    path = "/" if organisation.level == "province" else organisation.path
    return Scope(uuid.uuid4(), organisation.id, path, organisation.level, frozenset({"registrar"}), "staff:test")


@pytest.fixture
def counties(inside: Any) -> list[Scope]:
    """East, west, their city, the province; a volunteer in each county."""
    province = organising.add("示例省", "360000")
    city = organising.add("示例市", "360100", province.id)
    east, west = organising.add("东县", "360102", city.id), organising.add("西县", "360103", city.id)
    for (name, number), region in zip(PEOPLE, ("360102", "360103"), strict=True):
        registering.register(name, number, region)
    return [of(each) for each in (east, west, city, province)]


def seen(scope: Scope) -> list[str]:
    with within(scope) as s:
        return list(s.scalars(select(Volunteer.region).where(scope.sees(Volunteer.organisation_path))
                              .order_by(Volunteer.region)))


def forgetful(scope: Scope) -> list[str]:
    with within(scope) as s:
        return list(s.scalars(select(Volunteer.region).order_by(Volunteer.region)))


def test_who_sees_whom(counties: list[Scope]) -> None:
    east, west, city, province = counties
    for look in (seen, forgetful):
        assert [look(each) for each in (east, west)] == [["360102"], ["360103"]]
        assert look(city) == look(province) == ["360102", "360103"]


def test_each_line_holds_alone(counties: list[Scope], monkeypatch: pytest.MonkeyPatch) -> None:
    east = counties[0]
    monkeypatch.setattr(scoping, "TAKE", text("SELECT :path"))
    assert seen(east) == ["360102"], "the WHERE alone"
    assert forgetful(east) == ["360102", "360103"], "and without both nothing is kept apart"


def test_nothing_is_written_into_another_county(counties: list[Scope]) -> None:
    east, west, *_ = counties
    with within(east) as s:
        changed = s.execute(update(Volunteer).values(region="360199").returning(Volunteer.id)).all()
    assert len(changed) == 1
    with pytest.raises(ProgrammingError, match="row-level security"), within(east) as s:
        s.execute(update(Volunteer).values(organisation_path=west.path))


def test_a_row_that_was_loaded_before_is_not_at_hand(counties: list[Scope]) -> None:
    east, west, *_ = counties
    other = session().scalars(select(Volunteer).where(west.sees(Volunteer.organisation_path))).one()
    with within(east) as s:
        assert s.get(Volunteer, other.id) is None


def test_a_scope_ends_with_its_transaction(counties: list[Scope]) -> None:
    assert forgetful(counties[0]) == ["360102"]
    assert len(list(session().scalars(select(Volunteer)))) == 2
    with transaction(), pytest.raises(RuntimeError, match="begins"), within(counties[0]):
        pass
    with within(counties[0]), pytest.raises(RuntimeError, match="begins"), within(counties[1]):
        pass
    with within(counties[0]), within(counties[0]) as s:
        assert len(list(s.scalars(select(Volunteer)))) == 1


def test_roles_are_asked_for_by_name(counties: list[Scope]) -> None:
    counties[0].need("registrar", "viewer")
    with pytest.raises(RoleMissing):
        counties[0].need("list_officer")


def test_home_is_the_nearest(counties: list[Scope]) -> None:
    told = {region: organising.home(region) for region in ("360102", "360199", "360000", "361100", "110101")}
    assert {region: found and found.name for region, found in told.items()} == {
        "360102": "东县", "360199": "示例市", "360000": "示例省", "361100": "示例省", "110101": None}
