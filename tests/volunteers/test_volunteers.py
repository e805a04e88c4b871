"""Volunteers: entered once per person, hours that add up and are put right, stars by region, and who sees what."""

import threading
import uuid
from datetime import timedelta

import pytest

from app.identity import erasing, exporting, numbers, sealing
from app.identity import queries as citizens
from app.identity.errors import IdNumberInvalid
from app.kernel import clock
from app.kernel.db import transaction
from app.kernel.errors import Invalid
from app.volunteers import applying, facts, queries, registering, stars
from app.volunteers.cli import volunteers_cli
from app.volunteers.errors import (
    HoursBelowZero,
    RecordInvalid,
    RegionTaken,
    VolunteerGuardianNeeded,
    VolunteerUnknown,
)
from app.volunteers.service import hours
from tests import cast
from tests.consent import ground

PATH = "/api/v1/me/volunteer"


def register(person=cast.LIN, region="360100"):
    return registering.register(person.name, person.id_number, region)


def serve(volunteer, minutes, **more):
    told = {"activity": "社区服务", "served_on": clock.today(), "source": "团支部", **more}
    return hours.add(volunteer.id, minutes=minutes, **told)


@pytest.fixture
def lin(inside):
    return ground.citizen(cast.LIN)


@pytest.mark.parametrize(("served", "region", "expected"), [
    (99, "360100", 0), (100, "360100", 1), (299, "360100", 1), (300, "360100", 2), (600, "360100", 3),
    (1000, "360100", 4), (1499, "360100", 4), (1500, "360100", 5), (9999, "360100", 5),
    (200, "110101", 2), (800, "110101", 4), (999, "110101", 4), (1000, "110101", 5),
    (1000, "350100", 4), (100, "440100", 1), (99, "440100", 0)])
def test_stars_by_region(served, region, expected):
    """Jiangxi's ladder, Beijing's own, and the default for who has none. Break: `>` for `>=`."""
    assert stars.stars(served, region) == expected


def test_how_far_the_next_star_is():
    assert stars.hours_to_next(0, "360100") == 100
    assert stars.hours_to_next(100, "360100") == 200
    assert stars.hours_to_next(1500, "360100") is None


def test_a_person_is_entered_once(inside, db):
    first = register()
    assert register(region="110101").id == first.id
    assert first.state == "registered"
    assert first.volunteer_no.startswith("360100")
    assert db.execute("SELECT count(*), max(region) FROM volunteers").fetchone() == (1, "360100")


def test_two_units_at_once_enter_one(app, inside, db):
    """Break: insert without ON CONFLICT: all but one meet the unique index."""
    start, made = threading.Barrier(8), []

    def enter():
        start.wait()
        made.append(register().id)

    racers = [threading.Thread(target=ground.in_context(app, enter)) for _ in range(8)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    assert len(made) == 8
    assert len(set(made)) == 1


def test_the_name_is_sealed(inside, db):
    register(cast.JI)
    row = db.execute("SELECT * FROM volunteers").fetchone()
    assert not any(cast.JI.name in str(each) or cast.JI.id_number in str(each) for each in row)
    sealed = db.execute("SELECT name_sealed FROM volunteers").fetchone()[0]
    assert cast.JI.name.encode() not in bytes(sealed)


@pytest.mark.parametrize(("number", "region", "wrong"), [
    ("360102199603071231", "360100", IdNumberInvalid), (cast.LIN.id_number, "3601", Invalid),
    (cast.LIN.id_number, "３６０１００", Invalid), (cast.LIN.id_number, "360100\n", Invalid)])
def test_what_cant_be_entered(inside, number, region, wrong):
    with pytest.raises(wrong):
        registering.register(cast.LIN.name, number, region)


def test_full_hours_count_and_corrections_too(lin):
    volunteer = register()
    serve(volunteer, 119)
    assert facts.facts(lin) == {"volunteer.stars": 0, "volunteer.hours": 1}
    serve(volunteer, 1)
    assert facts.facts(lin)["volunteer.hours"] == 2
    serve(volunteer, 100 * 60)
    assert facts.facts(lin) == {"volunteer.stars": 1, "volunteer.hours": 102}
    serve(volunteer, -3 * 60)
    assert facts.facts(lin) == {"volunteer.stars": 0, "volunteer.hours": 99}


def test_less_than_nothing_is_refused(app, inside, db):
    """Also by many at once. Break: the volunteer not locked: corrections pass each other."""
    volunteer = register()
    serve(volunteer, 60)
    with pytest.raises(HoursBelowZero):
        serve(volunteer, -61)
    start, refused = threading.Barrier(6), []

    def correct():
        start.wait()
        try:
            serve(volunteer, -50)
        except HoursBelowZero:
            refused.append(1)

    racers = [threading.Thread(target=ground.in_context(app, correct)) for _ in range(6)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    assert len(refused) == 5
    assert queries.minutes(volunteer.id) == 10


def test_what_is_no_record(inside):
    volunteer = register()
    for wrong in ({"minutes": 0}, {"minutes": 10**7}, {"minutes": 5, "activity": ""},
                  {"minutes": 5, "served_on": clock.today() + timedelta(days=1)}):
        with pytest.raises(RecordInvalid):
            serve(volunteer, **wrong)
    with pytest.raises(VolunteerUnknown):
        hours.add(uuid.uuid4(), activity="社区服务", served_on=clock.today(), minutes=5, source="团支部")


def test_nothing_counts_before_a_unit_has_agreed(lin):
    """Break: hours counted for who has only applied."""
    assert facts.facts(lin) == {"volunteer.stars": 0, "volunteer.hours": 0}
    volunteer = applying.apply(lin, "360100")
    serve(volunteer, 60_000)
    assert facts.facts(lin) == {"volunteer.stars": 0, "volunteer.hours": 0}
    register()
    assert facts.facts(lin) == {"volunteer.stars": 4, "volunteer.hours": 1000}


def test_registered_before_they_came_to_us(inside):
    """The League's entry and the citizen meet by their identity."""
    serve(register(cast.WU), 600)
    assert facts.facts(ground.citizen(cast.WU))["volunteer.hours"] == 10


def test_applying_again_and_elsewhere(lin):
    first = applying.apply(lin, "360100")
    assert applying.apply(lin, "360200").region == "360200"
    register()
    assert applying.apply(lin, "360100").id == first.id
    with pytest.raises(RegionTaken):
        applying.apply(lin, "360200")


def test_who_left_may_apply_anew(lin, db):
    register()
    db.execute("UPDATE volunteers SET state = 'left', left_cause = 'own_wish'")
    assert facts.facts(lin)["volunteer.hours"] == 0
    assert applying.apply(lin, "360100").state == "applied"


def test_under_eighteen_goes_with_a_guardian(inside):
    """Seventeen to the day before the birthday."""
    today = clock.today()
    for days, allowed in ((1, False), (0, True)):
        day = today + timedelta(days=days)
        first = f"360102{day.year - 18}{day:%m%d}001"
        young = ground.citizen(cast.Person(f"young{days}", "示例少年", first + numbers.check_digit(first), "", ""))
        if allowed:
            assert applying.apply(young, "360100").state == "applied"
        else:
            with pytest.raises(VolunteerGuardianNeeded):
                applying.apply(young, "360100")


def test_an_application_goes_with_the_citizen_and_a_registration_stays(lin, db):
    """Decision 0064."""
    applying.apply(lin, "360100")
    assert exporting.export(lin)["volunteer"]["state"] == "applied"
    erasing.erase(lin.id)
    assert db.execute("SELECT count(*) FROM volunteers").fetchone() == (0,)
    wu = ground.citizen(cast.WU)
    serve(register(cast.WU), 60)
    erasing.erase(wu.id)
    assert db.execute("SELECT count(*) FROM volunteers").fetchone() == (1,)


def test_the_commands(app, db):
    runner = app.test_cli_runner()
    typed = f"{cast.LIN.name}\n{cast.LIN.id_number}\n"
    done = runner.invoke(volunteers_cli, ["register", "--region", "360100"], input=typed)
    assert done.exit_code == 0, done.output
    assert cast.LIN.id_number not in done.output
    db.execute("UPDATE volunteers SET name_index = NULL")
    assert "1 names indexed" in runner.invoke(volunteers_cli, ["index-names"]).output
    assert db.execute("SELECT count(*) FROM volunteers WHERE name_index IS NULL").fetchone() == (0,)
    number = done.output.split()[-1]
    added = ["add-hours", number, "90", "--activity", "社区服务", "--on", "2026-11-01"]
    assert "90 minutes in all" in runner.invoke(volunteers_cli, added).output
    less = ["add-hours", "--activity", "更正", "--on", "2026-11-01", "--", number, "-91"]
    assert "HOURS_BELOW_ZERO" in runner.invoke(volunteers_cli, less).output
    unknown = ["add-hours", "1", "90", "--activity", "社区服务", "--on", "2026-11-01"]
    assert "VOLUNTEER_UNKNOWN" in runner.invoke(volunteers_cli, unknown).output


def test_over_http(app, client, sandbox):
    me = cast.verified(client, sandbox, cast.LIN)
    assert (me.get(PATH).status_code, me.get(PATH).json["code"]) == (404, "NOT_A_VOLUNTEER")
    for wrong in ({}, {"region": "36"}, {"region": 360100}, {"region": "360100", "state": "registered"}):
        assert me.put(PATH, wrong).status_code == 422
    applied = me.put(PATH, {"region": "360100"})
    assert applied.status_code == 200
    assert (applied.json["state"], applied.json["hours"], applied.json["records"]) == ("applied", 0, [])
    with app.app_context(), transaction():
        volunteer = register()
        serve(volunteer, 6030)
        assert citizens.by_identity_index(sealing.identity_index(cast.LIN.id_number)) is not None
    mine = me.get(PATH).json
    assert (mine["state"], mine["hours"], mine["stars"], mine["hours_to_next_star"]) == ("registered", 100, 1, 200)
    assert mine["records"] == [{"activity": "社区服务", "served_on": clock.today().isoformat(), "minutes": 6030,
                                "source": "团支部"}]
    wu = cast.verified(client, sandbox, cast.WU)
    assert wu.get(PATH).status_code == 404
    assert cast.sign_in(client, sandbox, cast.MEI).get(PATH).json["code"] == "IDENTITY_REQUIRED"
