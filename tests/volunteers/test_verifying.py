"""The real-name check in the background: with the person's word only, seen by the person, at its rate, once.

Breaks tried: see each test.
"""

import uuid
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from psycopg.errors import CheckViolation

from app.gateways.platform.failures import Passing
from app.kernel import clock
from app.kernel.settings import settings
from app.staff.scoping import within
from app.volunteers import changing, ending, queries, registering, sealing, verifying
from app.volunteers.changing import Change
from app.volunteers.errors import IdentityRegistered, NameFoundRight, VolunteerStateWrong, VolunteerUnknown
from tests import cast
from tests.consent import ground
from tests.volunteers import league
from tests.volunteers.league import League, person


@pytest.fixture
def tree(inside: Any, sandbox: Any) -> League:
    return league.made()


def enrol(tree: League, who: cast.Person, agreed: bool = True, **more: Any) -> uuid.UUID:
    told = person(more.pop("name", who.name), who.id_number, agreed_on=clock.today() if agreed else None, **more)
    return registering.enrol(tree.east, told).volunteer_id


def kept(tree: League, volunteer_id: uuid.UUID) -> Any:
    with within(tree.east):
        return queries.seen(tree.east, volunteer_id)


def looks(db: psycopg.Connection) -> int:
    return db.execute("SELECT count(*) FROM trail_entries WHERE what = %s", (verifying.WHAT,)).fetchone()[0]  # type: ignore[index]


def test_right_wrong_and_unknown(tree: League, db: psycopg.Connection) -> None:
    right, wrong = enrol(tree, cast.LIN), enrol(tree, cast.WU, name="示例別名")
    unknown = enrol(tree, cast.STRANGER)
    assert verifying.run_due() == 3
    assert [kept(tree, each).real_name_state for each in (right, wrong, unknown)] == [
        "matched", "mismatched", "mismatched"]
    assert kept(tree, right).real_name_by == "platform"
    assert verifying.run_due() == 0
    assert looks(db) == 3
    assert db.execute("SELECT actor, about FROM trail_entries WHERE what = %s ORDER BY id LIMIT 1",
                      (verifying.WHAT,)).fetchone() == ("system", f"volunteer:{right}")


def test_nobody_is_asked_about_who_hasnt_agreed(tree: League, db: psycopg.Connection) -> None:
    """Also not by a word in the table. Break tried: everybody waits from the registration on (the table refuses it)."""
    made = enrol(tree, cast.LIN, agreed=False)
    assert verifying.run_due() == 0
    with pytest.raises(CheckViolation):
        db.execute("UPDATE volunteers SET real_name_state = 'waiting', real_name_due_at = now()")
    verifying.agree(tree.east, made)
    verifying.withdraw(tree.east, made)
    assert verifying.run_due() == 0
    assert looks(db) == 0
    verifying.agree(tree.east, made)
    with pytest.raises(VolunteerUnknown):
        verifying.withdraw(tree.west, made)
    assert verifying.run_due() == 1
    with pytest.raises(VolunteerStateWrong):
        verifying.withdraw(tree.east, made)


def test_an_old_list_overrules_neither_a_withdrawal_nor_a_name(tree: League, db: psycopg.Connection) -> None:
    """An agreement counts again from the day after it was taken back; a name that was found right is put right by hand.

    Break tried: `agrees` without the day.
    """
    made = enrol(tree, cast.LIN)
    verifying.withdraw(tree.east, made)
    enrol(tree, cast.LIN)
    enrol(tree, cast.LIN, name="示例別名")
    assert kept(tree, made).real_name_state == "unchecked"
    db.execute("UPDATE volunteers SET real_name_at = now() - interval '1 day'")
    enrol(tree, cast.LIN)
    verifying.run_due()
    assert kept(tree, made).real_name_by == "platform"
    with pytest.raises(NameFoundRight):
        enrol(tree, cast.LIN, name="示例別名")
    assert changing.change(tree.east, made, Change(name="示例別名")) == ["name"]
    assert kept(tree, made).real_name_state == "waiting", "and is asked about anew"


def test_who_checked_themself_isnt_asked_about(tree: League, db: psycopg.Connection) -> None:
    """Under the same name; under another the platform is asked. Break tried: any citizen of the identity."""
    ground.citizen(cast.LIN)
    ground.citizen(cast.WU)
    same, other = enrol(tree, cast.LIN), enrol(tree, cast.WU, name="示例別名")
    assert verifying.run_due() == 2
    assert kept(tree, same).real_name_by == "citizen"
    assert kept(tree, other).real_name_state == "mismatched"
    assert looks(db) == 1


def test_at_its_rate(tree: League, monkeypatch: pytest.MonkeyPatch) -> None:
    """Break tried: as many as are due."""
    monkeypatch.setitem(settings()._values, "VOLUNTEER_CHECKS_A_MINUTE", 12)
    monkeypatch.setitem(settings()._values, "VOLUNTEER_CHECKS_A_MINUTE", 12)
    for who in (cast.LIN, cast.WU, cast.ZHOU):
        enrol(tree, who)
    assert [verifying.run_due() for _ in range(4)] == [1, 1, 1, 0]


def test_a_platform_that_is_away_is_asked_again(tree: League, sandbox: Any, db: psycopg.Connection) -> None:
    """The answer that is lost counts as a look, and decides nothing."""
    made = enrol(tree, cast.LIN)
    sandbox.control("POST", "/faults", {"target": "platform", "path": "/identities/verifications", "kind": "status",
                                        "value": 500, "times": 5})
    try:
        assert verifying.run_due() == 0
        row = kept(tree, made)
        assert row.real_name_state == "waiting"
        assert clock.now() < row.real_name_due_at < clock.now() + timedelta(minutes=9), "the lease is over"
        assert verifying.run_due() == 0, "not before it is due"
    finally:
        sandbox.control("DELETE", "/faults")
    db.execute("UPDATE volunteers SET real_name_due_at = now()")
    assert verifying.run_due() == 1
    assert looks(db) == 2


def test_nothing_is_noted_where_nothing_may_leave(tree: League, monkeypatch: pytest.MonkeyPatch,
                                                  db: psycopg.Connection) -> None:
    enrol(tree, cast.LIN)

    class Held:
        def ready(self, call: str) -> None:
            raise Passing("MAINTENANCE", 60, sent=False)

    monkeypatch.setattr(verifying, "platform", Held)
    assert verifying.run_due() == 0
    assert looks(db) == 0


def test_an_answer_about_an_older_name_is_dropped(tree: League, db: psycopg.Connection,
                                                  monkeypatch: pytest.MonkeyPatch) -> None:
    """Put right while the platform is asked. Break tried: settled by the id alone."""
    made = enrol(tree, cast.LIN, name="示例別名")
    taken = verifying._take()
    assert isinstance(taken, verifying.Taken)
    assert cast.LIN.id_number not in repr(taken)
    changing.change(tree.east, made, Change(name=cast.LIN.name))
    verifying._settle(taken, False)
    assert kept(tree, made).real_name_state == "waiting"
    assert verifying.run_due() == 1
    assert kept(tree, made).real_name_state == "matched"


def test_a_worker_that_died_is_followed(tree: League, db: psycopg.Connection) -> None:
    made = enrol(tree, cast.LIN)
    assert isinstance(verifying._take(), verifying.Taken)
    assert verifying.run_due() == 0, "another's for now"
    db.execute("UPDATE volunteers SET real_name_due_at = real_name_due_at - interval '11 minutes'")
    assert verifying.run_due() == 1
    assert kept(tree, made).real_name_state == "matched"


def test_the_work_list(tree: League, db: psycopg.Connection) -> None:
    """Put right, seen on paper, or ended."""
    first, second, third = (enrol(tree, who, name="示例別名") for who in (cast.LIN, cast.WU, cast.ZHOU))
    verifying.run_due()
    assert changing.change(tree.east, first, Change(name=cast.LIN.name)) == ["name"]
    verifying.seen_on_paper(tree.east, second)
    ending.leave(tree.east, third, "cause", "身份信息无法核实")
    verifying.run_due()
    assert [(kept(tree, each).real_name_state, kept(tree, each).real_name_by) for each in (first, second)] == [
        ("matched", "platform"), ("matched", "paper")]
    with pytest.raises(VolunteerStateWrong):
        verifying.seen_on_paper(tree.east, second)


def test_a_number_that_was_mistyped(tree: League) -> None:
    """Until it was found right; another's number is refused, seen or not. Break tried: the index left as it was."""
    mistyped = cast.Person("x", cast.LIN.name, league.number(serial=7), "", "")
    made = enrol(tree, mistyped)
    verifying.run_due()
    registering.enrol(tree.west, person(cast.WU.name, cast.WU.id_number))
    with pytest.raises(IdentityRegistered):
        changing.change(tree.east, made, Change(id_number=cast.WU.id_number))
    assert changing.change(tree.east, made, Change(id_number=cast.LIN.id_number)) == ["id_number"]
    row = kept(tree, made)
    assert sealing.id_number_of(row) == cast.LIN.id_number
    verifying.run_due()
    assert kept(tree, made).real_name_state == "matched"
    with pytest.raises(VolunteerStateWrong):
        changing.change(tree.east, made, Change(id_number=league.number(serial=8)))


def test_changes_by_staff(tree: League, db: psycopg.Connection) -> None:
    """Phone, region, name; the trail says which, and never what."""
    made = enrol(tree, cast.LIN, agreed=False)
    told = Change(phone=league.OTHER_PHONE, region="360103")
    assert changing.change(tree.east, made, told) == ["phone", "region"]
    assert changing.change(tree.east, made, told) == []
    assert changing.change(tree.east, made, Change(no_phone=True)) == ["phone"]
    assert sealing.phone_of(kept(tree, made)) is None
    with pytest.raises(VolunteerUnknown):
        changing.change(tree.west, made, told)
    told_of = "SELECT purpose FROM trail_entries WHERE what = 'volunteer.changed' ORDER BY at, id"
    purposes = [row[0] for row in db.execute(told_of)]
    assert purposes == ["更正志愿者登记：手机号、地区", "更正志愿者登记：手机号"]
    assert league.OTHER_PHONE not in repr(told)
