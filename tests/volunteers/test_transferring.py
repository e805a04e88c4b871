"""From one county to another with the word of both: one move, whole, once; nobody learns more than they have to.

Breaks tried: see each test.
"""

import threading
import uuid
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from sqlalchemy import select

from app.kernel import clock
from app.staff import organising
from app.staff.errors import RoleMissing, SecondPerson
from app.staff.scoping import Scope, within
from app.volunteers import ending, queries, registering, transferring
from app.volunteers.errors import (
    RegisteredElsewhere,
    TransferNotNeeded,
    TransferOpen,
    TransferStateWrong,
    TransferUnknown,
)
from app.volunteers.models import Transfer
from app.volunteers.service import hours
from tests.consent import ground
from tests.volunteers import league
from tests.volunteers.league import League, number, person


@pytest.fixture
def tree(inside: Any) -> League:
    return league.made()


@pytest.fixture
def young(tree: League) -> uuid.UUID:
    """Somebody of the east, with a hundred hours, whom the west would like to take in."""
    made = registering.enrol(tree.east, person()).volunteer_id
    hours.add(made, activity="社区服务", served_on=clock.today(), minutes=6000, source="东县团委")
    return made


def ask(scope: Scope, **more: Any) -> uuid.UUID:
    told = {"name": person().name, "id_number": person().id_number, "reason": "就读学校变更", **more}
    return transferring.ask(scope, **told)


def seen(scope: Scope, query: Any) -> list[Transfer]:
    with within(scope) as s:
        return list(s.scalars(query(scope)))


def test_asked_and_agreed(tree: League, young: uuid.UUID, db: psycopg.Connection) -> None:
    """Entry and records move together, hours count on. Break tried: the records left behind."""
    with pytest.raises(RegisteredElsewhere):
        registering.enrol(tree.west, person())
    asked = ask(tree.west)
    assert transferring.shown(seen(tree.west, transferring.asked_by)[0]) == f"示*** · 尾号 {person().id_number[-4:]}"
    with within(tree.west):
        assert queries.seen(tree.west, young) is None, "asking shows nothing"
    transferring.agree(tree.east, asked)
    with within(tree.west):
        assert queries.minutes(young) == 6000
    west = organising.within("/", tree.west.organisation_id)
    for table in ("volunteers", "service_records"):
        assert db.execute(f"SELECT organisation_id, organisation_path FROM {table}").fetchall() == [  # noqa: S608
            (west.id, west.path)]
    assert registering.enrol(tree.west, person()).outcome == "same"
    with pytest.raises(RegisteredElsewhere):
        registering.enrol(tree.east, person())
    with pytest.raises(TransferStateWrong):
        transferring.agree(tree.east, asked)
    told = [row[0] for row in db.execute("SELECT what FROM trail_entries WHERE about = %s ORDER BY id",
                                         (f"volunteer:{young}",))]
    assert told == ["volunteer.registered", "volunteer.found_elsewhere", "volunteer.transfer_asked",
                    "volunteer.transferred", "volunteer.found_elsewhere"]


def test_who_is_no_party_sees_nothing(tree: League, young: uuid.UUID) -> None:
    """Break tried: the policy of both sides without its second half (the asking county sees nothing)."""
    asked = ask(tree.west)
    north = league.scope(organising.add("北县团委", "360104", tree.city.organisation_id))
    assert [len(seen(scope, transferring.asked_by)) for scope in (tree.west, tree.east, north)] == [1, 0, 0]
    assert [len(seen(scope, transferring.asked_of)) for scope in (tree.west, tree.east, north)] == [0, 1, 0]
    for stranger in (north, tree.west):
        for act in (lambda who: transferring.agree(who, asked), lambda who: transferring.decline(who, asked, "不同意")):
            with pytest.raises(TransferUnknown):
                act(stranger)
    with pytest.raises(TransferUnknown):
        transferring.withdraw(tree.east, asked)
    with within(north) as s:
        assert s.scalar(select(Transfer)) is None, "a forgetful query"
    with pytest.raises(RoleMissing):
        transferring.agree(league.colleague(tree.east, "viewer"), asked)


def test_nobody_agrees_with_themselves(tree: League, young: uuid.UUID) -> None:
    """Whoever sees both sides still needs another person. Break tried: no check in the verb (the table
    then refuses it).
    """
    asked = ask(tree.west)
    both = Scope(tree.west.account_id, tree.city.organisation_id, tree.city.path, "city", tree.city.roles,
                 tree.west.actor)
    for act in (lambda: transferring.agree(both, asked), lambda: transferring.decline(both, asked, "不同意")):
        with pytest.raises(SecondPerson):
            act()
    transferring.agree(tree.city, asked)


def test_declined_withdrawn_expired(tree: League, young: uuid.UUID, db: psycopg.Connection) -> None:
    """Each ends it, once; then it may be asked anew. Break tried: agreeing without a look at the day."""
    first = ask(tree.west)
    with pytest.raises(TransferOpen):
        ask(tree.west)
    transferring.decline(tree.east, first, "本人不愿转出")
    assert seen(tree.west, transferring.asked_by)[0].answer == "本人不愿转出"
    second = ask(tree.west)
    transferring.withdraw(league.colleague(tree.west), second)
    for over in (first, second):
        with pytest.raises(TransferStateWrong):
            transferring.agree(tree.east, over)
    third = ask(tree.west)
    db.execute("UPDATE volunteer_transfers SET expires_at = now() - interval '1 second' WHERE state = 'asked'")
    with pytest.raises(TransferStateWrong):
        transferring.agree(tree.east, third)
    assert transferring.expire() == 1
    assert transferring.expire() == 0
    fourth = ask(tree.west)
    days = db.execute("SELECT expires_at - asked_at FROM volunteer_transfers WHERE id = %s", (fourth,)).fetchone()
    assert days == (timedelta(days=30),)
    assert db.execute("SELECT count(*) FROM volunteers WHERE organisation_path LIKE %s",
                      (f"%{tree.west.organisation_id}%",)).fetchone() == (0,)


def test_where_there_is_nobody_to_ask(tree: League, young: uuid.UUID) -> None:
    """Unknown, or within sight already. And who has left can be asked for, too: the entry goes, and stays ended."""
    for scope, told in ((tree.west, {"id_number": number(serial=9)}), (tree.city, {}), (tree.east, {})):
        with pytest.raises(TransferNotNeeded):
            ask(scope, **told)
    ending.leave(tree.east, young, "own_wish", "本人书面申请")
    transferring.agree(tree.east, ask(tree.west))
    with within(tree.west):
        assert queries.seen(tree.west, young).state == "left"  # type: ignore[union-attr]


def test_a_wrong_name_is_the_givers_to_see(tree: League, young: uuid.UUID) -> None:
    """Who asks is answered alike."""
    ask(tree.west, name="示例別人")
    assert not seen(tree.east, transferring.asked_of)[0].name_same


def test_two_sides_at_once(app: Any, tree: League, young: uuid.UUID, db: psycopg.Connection) -> None:
    """Agreed, declined and withdrawn at the same moment: one of them stands. Break tried: ended without its state."""
    giver, taker = tree.east, tree.west
    for _ in range(3):
        asked = ask(taker)
        assert sum(raced(app, giver, taker, asked)) == 1
        state = db.execute("SELECT state FROM volunteer_transfers WHERE id = %s", (asked,)).fetchone()
        moved = registered_at(taker, young)
        assert (state == ("agreed",)) == moved
        if moved:
            giver, taker = taker, giver


def raced(app: Any, giver: Scope, taker: Scope, asked: uuid.UUID) -> list[int]:
    """For each of the three acts: whether it was done."""
    start, done = threading.Barrier(3), []

    def race(act: Any, *told: Any) -> None:
        start.wait()
        try:
            act(*told)
            done.append(1)
        except TransferStateWrong:
            done.append(0)

    acts = ((transferring.agree, giver, asked), (transferring.decline, giver, asked, "不同意"),
            (transferring.withdraw, taker, asked))
    racers = [threading.Thread(target=ground.in_context(app, lambda act=act: race(*act))) for act in acts]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    return done


def registered_at(scope: Scope, volunteer_id: uuid.UUID) -> bool:
    with within(scope):
        return queries.seen(scope, volunteer_id) is not None
