"""A large export is agreed to by somebody else, for a day, and taken once, whoever comes at the same moment.

Breaks tried: `take` without who asked; the second person not asked for in the verb (the table refuses); the account not
locked while the day is added up.
"""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest

from app.staff import exporting
from app.staff.errors import ExportSecondPerson, ExportUnknown, RoleMissing
from app.staff.exporting import Wanted
from app.staff.scoping import Scope
from tests.volunteers import league

WANTED = Wanted("volunteers", "志愿者", "/console/league/volunteers/", "年度核对", {"sort": "-applied_at"})
WRONG = ("UPDATE export_requests SET state = 'approved', decided_by = asked_by, decided_at = now()",
         "UPDATE export_requests SET state = 'approved'",
         "UPDATE export_requests SET state = 'taken', taken_at = now()")


@pytest.fixture
def scopes(inside: Any) -> tuple[Scope, Scope, Scope]:
    """Who asks, a reviewer beside, a reviewer of the other county."""
    tree = league.made()
    return tree.east, league.colleague(tree.east, "reviewer"), league.colleague(tree.west, "reviewer")


def ask(scope: Scope, rows: int = 501) -> Any:
    return exporting.ask(scope, exporting.new_number(), WANTED, rows)


def test_a_yes_is_good_for_a_day_and_a_no_for_ever(scopes: tuple[Scope, Scope, Scope], db: psycopg.Connection) -> None:
    east, reviewer, west = scopes
    late, refused = ask(east), ask(east)
    for other, no in ((west, ExportUnknown), (league.colleague(east), RoleMissing)):
        with pytest.raises(no):
            exporting.decide(other, late.id, True)
    exporting.decide(reviewer, late.id, True)
    exporting.decide(reviewer, refused.id, False)
    for asked in (late, refused):
        with pytest.raises(ExportUnknown):
            exporting.decide(reviewer, asked.id, True)
    db.execute("UPDATE export_requests SET expires_at = now() - interval '1 second'")
    for asked in (late, refused):
        with pytest.raises(ExportUnknown):
            exporting.take(east, asked.id, WANTED)


def test_only_who_asked_takes_it_and_where_they_asked(scopes: tuple[Scope, Scope, Scope]) -> None:
    east, reviewer, _ = scopes
    asked = ask(east)
    exporting.decide(reviewer, asked.id, True)
    moved = Scope(east.account_id, league.unknown(), "/", "province", east.roles, east.actor)
    for other in (reviewer, moved):
        with pytest.raises(ExportUnknown):
            exporting.take(other, asked.id, WANTED)
    for more in ({"purpose": "保险办理"}, {"args": {"sort": "-applied_at", "state": "left"}}, {"table": "other"}):
        told = {"table": WANTED.table, "purpose": WANTED.purpose, "args": WANTED.args, **more}
        with pytest.raises(ExportUnknown):
            exporting.take(east, asked.id, Wanted(title="x", address="x", **told))
    assert exporting.take(east, asked.id, WANTED).state == "taken"


def test_at_the_same_moment(app: Any, db: psycopg.Connection) -> None:
    """One yes is one file; three of 300 rows are not three small ones."""
    with app.app_context():
        east = league.made().east
        asked = ask(east)
        exporting.decide(league.colleague(east, "reviewer"), asked.id, True)

    def take(_: int) -> str:
        with app.app_context():
            try:
                return str(exporting.take(east, asked.id, WANTED).state)
            except ExportUnknown:
                return "too late"

    def small(_: int) -> str:
        with app.app_context():
            return str(ask(east, 300).state)

    with ThreadPoolExecutor(3) as pool:
        assert sorted(pool.map(take, range(3))) == ["taken", "too late", "too late"]
        assert sorted(pool.map(small, range(3))) == ["open", "open", "taken"]


def test_nobody_agrees_to_their_own_also_by_the_table(scopes: tuple[Scope, Scope, Scope],
                                                      db: psycopg.Connection) -> None:
    both = league.colleague(scopes[0], "registrar", "reviewer")
    asked = ask(both)
    with pytest.raises(ExportSecondPerson):
        exporting.decide(both, asked.id, True)
    for wrong in WRONG:
        with pytest.raises(psycopg.errors.CheckViolation):
            db.execute(wrong)
