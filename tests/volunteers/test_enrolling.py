"""A unit takes a person in: once, by its own region's ages, brought up to date, sealed, and out of others' sight.

Breaks tried: see each test.
"""

import threading
import uuid
from dataclasses import replace
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from marshmallow import ValidationError

from app.identity.errors import IdNumberInvalid
from app.kernel import clock
from app.kernel.errors import Invalid
from app.staff.errors import OrganisationUnknown, RoleMissing
from app.staff.scoping import within
from app.volunteers import guardians, queries, registering, sealing
from app.volunteers.errors import (
    GuardianConsentNeeded,
    RegisteredElsewhere,
    VolunteerHasLeft,
    VolunteerTooYoung,
)
from app.volunteers.registering import enrol
from tests.consent import ground
from tests.volunteers import league
from tests.volunteers.league import League, guardian, number, person


@pytest.fixture
def tree(inside: Any) -> League:
    return league.made()


def kept(scope: Any, volunteer_id: uuid.UUID) -> Any:
    with within(scope):
        return queries.seen(scope, volunteer_id)


def test_new_same_changed(tree: League, db: psycopg.Connection) -> None:
    """What isn't told stays as it is kept."""
    first = enrol(tree.east, person())
    assert first.outcome == "new"
    assert enrol(tree.east, person()) == replace(first, outcome="same")
    assert enrol(tree.east, person(phone=None)).outcome == "same"
    assert enrol(tree.east, person("示例同學", phone=None)).outcome == "changed"
    row = kept(tree.east, first.volunteer_id)
    assert (sealing.name_of(row), sealing.phone_of(row), row.state) == ("示例同學", league.PHONE, "registered")
    assert row.organisation_id == tree.east.organisation_id
    told = db.execute("SELECT what, purpose, who FROM trail_entries WHERE about = %s ORDER BY id",
                      (f"volunteer:{row.id}",)).fetchall()
    assert told == [("volunteer.registered", "登记志愿者", "东县团委"),
                    ("volunteer.changed", "更正志愿者登记：姓名", "东县团委")]


def test_who_may_and_where(tree: League) -> None:
    """Into one's own organisation or one below it. Break tried: `into` without looking at the path (row-level security
    then refuses it).
    """
    into = enrol(tree.city, person(), tree.school.organisation_id)
    assert kept(tree.school, into.volunteer_id) is not None
    assert enrol(tree.east, person()).outcome == "same", "seen from above, and left where they are"
    assert kept(tree.school, into.volunteer_id).organisation_id == tree.school.organisation_id
    with pytest.raises(OrganisationUnknown):
        enrol(tree.east, person(id_number=number(serial=3)), tree.west.organisation_id)
    with pytest.raises(RoleMissing):
        enrol(replace(tree.east, roles=frozenset({"viewer"})), person())


def test_of_one_identity_there_is_one_entry(app: Any, tree: League, db: psycopg.Connection) -> None:
    """Two counties at the same moment. Break tried: without ON CONFLICT all but one meet the unique index."""
    told: list[str] = []
    start = threading.Barrier(6)

    def take_in(scope: Any) -> None:
        start.wait()
        try:
            told.append(enrol(scope, person()).outcome)
        except RegisteredElsewhere:
            told.append("elsewhere")

    racers = [threading.Thread(target=ground.in_context(app, lambda scope=scope: take_in(scope)))
              for scope in (tree.east, tree.west) * 3]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    assert sorted(told) == ["elsewhere"] * 3 + ["new"] + ["same"] * 2
    assert db.execute("SELECT count(*) FROM volunteers").fetchone() == (1,)


@pytest.mark.parametrize(("age", "days", "more", "no"), [
    (14, 1, {"guardian": True}, VolunteerTooYoung), (14, 0, {"guardian": True}, None),
    (14, 0, {}, GuardianConsentNeeded), (16, 1, {"own_income": True}, GuardianConsentNeeded),
    (16, 0, {"own_income": True}, None), (16, 0, {}, GuardianConsentNeeded),
    (18, 1, {}, GuardianConsentNeeded), (18, 0, {}, None)])
def test_ages(tree: League, age: int, days: int, more: dict[str, Any], no: type[Exception] | None) -> None:
    """To the day. Break tried: `<=` for `<` at coming of age."""
    told = {**more, **({"guardian": guardian()} if more.get("guardian") else {})}
    someone = person(id_number=number(age, days=days), **told)
    if no is None:
        assert enrol(tree.east, someone).outcome == "new"
    else:
        with pytest.raises(no):
            enrol(tree.east, someone)


def test_a_guardian_is_kept_and_not_asked_for_again(tree: League) -> None:
    young = person(id_number=number(15), guardian=guardian())
    made = enrol(tree.east, young)
    assert guardians.of(kept(tree.east, made.volunteer_id)) == guardian()
    assert enrol(tree.east, replace(young, guardian=None)).outcome == "same"
    assert enrol(tree.east, replace(young, guardian=guardian(relation="father"))).outcome == "changed"


def test_what_is_wrong_is_told_by_field(tree: League) -> None:
    for wrong, no in (({"id_number": "360102199603071231"}, IdNumberInvalid), ({"name": " 示例"}, ValidationError)):
        with pytest.raises(no):
            enrol(tree.east, person(**wrong))
    later = clock.today() + timedelta(days=1)
    for wrong, field in (({"region": "36010"}, "region"), ({"phone": "1990000123"}, "phone"),
                         ({"agreed_on": later}, "agreed_on"), ({"guardian": guardian(name="")}, "guardian_name"),
                         ({"guardian": guardian(phone="１9900005678")}, "guardian_phone"),
                         ({"guardian": guardian(relation="aunt")}, "guardian_relation"),
                         ({"guardian": guardian(consented_on=later)}, "guardian_consented_on")):
        with pytest.raises(Invalid) as told:
            enrol(tree.east, person(**wrong))
        assert list(told.value.errors["json"]) == [field]


def test_nothing_that_names_anybody_is_written_in_clear(tree: League, db: psycopg.Connection) -> None:
    """Whole rows of every table that was written."""
    young = person(id_number=number(15), guardian=guardian())
    made = enrol(tree.east, young)
    rows = b"".join(repr(tuple(bytes(each) if isinstance(each, bytes | memoryview) else each for each in row)).encode()
                    for table in ("volunteers", "trail_entries") for row in db.execute(f"SELECT * FROM {table}"))  # noqa: S608
    for secret in (young.name, young.id_number, league.PHONE, league.OTHER_PHONE, guardian().name):
        assert secret.encode() not in rows
        assert repr(secret.encode()).encode()[2:-1] not in rows
        assert secret not in repr(young)
    assert sealing.name_index(young.name) == kept(tree.east, made.volunteer_id).name_index


def test_who_has_left_comes_back_by_their_own_wish_only(tree: League, db: psycopg.Connection) -> None:
    """Not by an old list. Break tried: `enrol` that doesn't look (the table then refuses it)."""
    enrol(tree.east, person())
    db.execute("UPDATE volunteers SET state = 'left', left_cause = 'own_wish'")
    with pytest.raises(VolunteerHasLeft):
        enrol(tree.east, person())


def test_agreeing_to_the_check_is_what_brings_it(tree: League) -> None:
    """And a new name is checked anew."""
    made = enrol(tree.east, person())
    assert kept(tree.east, made.volunteer_id).real_name_state == "unchecked"
    enrol(tree.east, person(agreed_on=clock.today()))
    assert kept(tree.east, made.volunteer_id).real_name_state == "waiting"
    assert registering.real_name(None)["real_name_due_at"] is None
