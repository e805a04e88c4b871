"""Applications from the mini-app: decided once, by the right county, told to the applicant; leaving and coming back.

Breaks tried: see each test.
"""

import threading
from typing import Any

import psycopg
import pytest

from app.identity import erasing
from app.kernel.errors import Invalid
from app.staff.errors import RoleMissing
from app.staff.scoping import within
from app.volunteers import applying, approving, ending, facts, regional, registering
from app.volunteers.errors import (
    RegistrationEnded,
    VolunteerHasLeft,
    VolunteerStateWrong,
    VolunteerTooYoung,
    VolunteerUnknown,
)
from app.volunteers.service import hours
from tests import cast
from tests.consent import ground
from tests.volunteers import league
from tests.volunteers.league import League, person

PATH = "/api/v1/me/volunteer"


@pytest.fixture
def tree(inside: Any) -> League:
    return league.made()


@pytest.fixture
def lin(tree: League) -> Any:
    return ground.citizen(cast.LIN)


def told(db: psycopg.Connection) -> list[str]:
    return [row[0] for row in db.execute(
        "SELECT payload ->> 'template' FROM outbox WHERE topic = 'wechat.message' ORDER BY id")]


def test_an_application_goes_to_its_county_and_is_decided_once(app: Any, tree: League, lin: Any,
                                                               db: psycopg.Connection) -> None:
    """Break tried: the UPDATE without its state: both of two registrars decide."""
    made = applying.apply(lin, "360102")
    assert (made.organisation_id, made.real_name_state) == (tree.east.organisation_id, "matched")
    with pytest.raises(VolunteerUnknown):
        approving.approve(tree.west, made.id)
    start, done = threading.Barrier(4), []

    def decide() -> None:
        start.wait()
        try:
            approving.approve(tree.east, made.id)
            done.append("approved")
        except VolunteerStateWrong:
            done.append("too late")

    racers = [threading.Thread(target=ground.in_context(app, decide)) for _ in range(4)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    assert sorted(done) == ["approved"] + ["too late"] * 3
    assert db.execute("SELECT state FROM volunteers").fetchone() == ("registered",)
    assert told(db) == ["volunteer_changed"]
    with pytest.raises(RoleMissing):
        approving.approve(league.colleague(tree.east, "viewer"), made.id)


def test_a_no_has_a_reason_and_may_be_thought_over(tree: League, lin: Any) -> None:
    made = applying.apply(lin, "360102")
    for empty in ("", "  ", "电话 19900001234", "x" * 201):
        with pytest.raises(Invalid):
            approving.refuse(tree.east, made.id, empty)
    approving.refuse(tree.east, made.id, "请到学校团委登记")
    with pytest.raises(VolunteerStateWrong):
        approving.approve(tree.east, made.id)
    approving.reopen(tree.east, made.id)
    approving.approve(tree.east, made.id)
    assert facts.facts(lin)["volunteer.stars"] == 0


def test_who_was_refused_applies_elsewhere(tree: League, lin: Any) -> None:
    """The entry goes along to the other county. Break tried: the organisation left as it was."""
    made = applying.apply(lin, "360102")
    approving.refuse(tree.east, made.id, "请到学校团委登记")
    again = applying.apply(lin, "360103")
    assert (again.id, again.state, again.reason, again.organisation_id) == (
        made.id, "applied", None, tree.west.organisation_id)
    with pytest.raises(VolunteerUnknown):
        approving.approve(tree.east, made.id)
    approving.approve(tree.west, made.id)


def test_a_unit_that_takes_an_applicant_in_says_yes(tree: League, lin: Any, db: psycopg.Connection) -> None:
    made = applying.apply(lin, "360102")
    done = registering.enrol(tree.east, person(cast.LIN.name, cast.LIN.id_number))
    assert (done.volunteer_id, done.outcome) == (made.id, "changed")
    assert told(db) == ["volunteer_changed"]
    with pytest.raises(VolunteerStateWrong):
        approving.approve(tree.east, made.id)


def test_several_at_once(tree: League, lin: Any, db: psycopg.Connection) -> None:
    """Who was decided on meanwhile is left out, another county's refused."""
    one, two = applying.apply(lin, "360102").id, applying.apply(ground.citizen(cast.ALI), "360102").id
    three = applying.apply(ground.citizen(cast.WU), "360103").id
    approving.refuse(tree.east, one, "请到学校团委登记")
    assert approving.approve_each(tree.east, [one, two]) == 1
    with pytest.raises(VolunteerUnknown):
        approving.approve_each(tree.east, [three])
    with within(tree.west):
        assert [row.id for row in approving.longest_waiting(tree.west, 50)] == [three]


def test_a_refused_application_is_forgotten_and_nothing_else(tree: League, lin: Any, db: psycopg.Connection) -> None:
    """After VOLUNTEER_REFUSED_DAYS; who was a volunteer once stays. Break tried: by the state alone."""
    old = applying.apply(lin, "360102").id
    once = registering.enrol(tree.east, person(cast.ALI.name, cast.ALI.id_number)).volunteer_id
    ending.leave(tree.east, once, "own_wish", "本人书面申请")
    applying.apply(ground.citizen(cast.ALI), "360102")
    for each in (old, once):
        approving.refuse(tree.east, each, "请到学校团委登记")
    assert approving.forget() == 0
    db.execute("UPDATE volunteers SET changed_at = now() - interval '91 days'")
    applying.apply(ground.citizen(cast.WU), "360102")
    assert approving.forget() == 1
    left = db.execute("SELECT id, state FROM volunteers ORDER BY applied_at").fetchall()
    assert [row[1] for row in left if row[0] in (old, once)] == ["refused"]
    assert len(left) == 2


def test_the_applicant_reads_it(app: Any, client: Any, sandbox: Any, db: psycopg.Connection) -> None:
    """Over HTTP, as citizen.md has it; what staff did stands in the access log under the organisation's name."""
    with app.app_context():
        tree = league.made()
    me = cast.verified(client, sandbox, cast.LIN)
    assert me.put(PATH, {"region": "360102"}).json["state"] == "applied"
    made = db.execute("SELECT id FROM volunteers").fetchone()[0]  # type: ignore[index]
    with app.app_context():
        approving.refuse(tree.east, made, "请到学校团委登记")
    mine = me.get(PATH).json
    assert (mine["state"], mine["reason"]) == ("refused", "请到学校团委登记")
    looks = [(each["who"], each["purpose"]) for each in me.get("/api/v1/me/access-log").json["items"]]
    assert ("东县团委", "不同意志愿者登记申请") in looks
    assert me.get("/api/v1/me/export").json["volunteer"]["id_number"] == cast.LIN.id_number
    with app.app_context():
        approving.reopen(tree.east, made)
        approving.approve(tree.east, made)
        ending.leave(tree.east, made, "cause", "冒用他人名义")
    answer = me.put(PATH, {"region": "360102"})
    assert (answer.status_code, answer.json["code"]) == (403, "VOLUNTEER_REGISTRATION_ENDED")
    assert me.get(PATH).json["reason"] == "冒用他人名义"


def test_leaving_and_coming_back(tree: League, lin: Any, db: psycopg.Connection) -> None:
    """Hours stay, and count again after the undo. Break tried: coming back that leaves the cause standing."""
    made = registering.enrol(tree.east, person(cast.LIN.name, cast.LIN.id_number)).volunteer_id
    hours.add(made, activity="社区服务", served_on=ground.clock.today(), minutes=6000, source="团支部")
    ending.leave(tree.east, made, "own_wish", "本人书面申请")
    assert facts.facts(lin) == {"volunteer.stars": 0, "volunteer.hours": 0}
    for again in (lambda: ending.leave(tree.east, made, "own_wish", "x"), lambda: approving.approve(tree.east, made)):
        with pytest.raises(VolunteerStateWrong):
            again()
    with pytest.raises(VolunteerHasLeft):
        registering.enrol(tree.east, person(cast.LIN.name, cast.LIN.id_number))
    with pytest.raises(VolunteerUnknown):
        ending.come_back(tree.west, made)
    ending.come_back(tree.east, made)
    assert facts.facts(lin) == {"volunteer.stars": 1, "volunteer.hours": 100}
    ending.leave(tree.east, made, "cause", "冒用他人名义")
    with pytest.raises(RegistrationEnded):
        applying.apply(lin, "360102")
    assert len(told(db)) == 3


def test_an_application_that_somebody_asks_for_goes_with_the_account(tree: League, lin: Any,
                                                                     db: psycopg.Connection) -> None:
    made = applying.apply(lin, "360102")
    approving.refuse(tree.east, made.id, "请到学校团委登记")
    erasing.erase(lin.id)
    assert db.execute("SELECT count(*) FROM volunteers").fetchone() == (0,)


def test_the_young_are_told_kindly(tree: League) -> None:
    """Thirteen can't have an account that is verified; a region may ask for more."""
    young = ground.citizen(cast.Person("young", "示例少年", league.number(18), "", ""))
    told = regional.Rules(19, 19, 20, 30)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(regional, "rules", lambda region: told)
        with pytest.raises(VolunteerTooYoung) as no:
            applying.apply(young, "360102")
    assert "欢迎" in no.value.detail
