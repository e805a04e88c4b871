"""A look by the League's staff is the person's to see, also where they sign up later.

Breaks tried: `belonging.records` that gives nothing (the log stays empty), `_theirs` without "of no citizen" (another's
entries about the record show).
"""

from typing import Any

import pytest

from app.appeals import checking
from app.identity import queries as citizens
from app.identity.sealing import identity_index
from app.kernel.db import transaction
from app.staff.scoping import within
from app.trail import queries as trail
from app.trail import sealing, writing
from app.volunteers import looking, registering
from app.volunteers.models import Volunteer
from tests import cast
from tests.sandbox_process import Sandbox
from tests.volunteers import league

WANTED = ("2026 年度核对", looking.PAGE, "东县团委")


def looked(app: Any, person: cast.Person, purpose: str = WANTED[0]) -> str:
    """A registrar of the east registers this person, and looks."""
    with app.app_context():
        east = league.made().east
        volunteer = registering.register(person.name, person.id_number, "360102")
        with within(east):
            looking.look(east, volunteer, purpose)
        return f"volunteer:{volunteer.id}"


def test_a_look_from_before_the_account_is_seen_and_proven(app: Any, client: Any, sandbox: Sandbox) -> None:
    record = looked(app, cast.WU)
    sandbox.control("POST", "/reset", {"authorizations": True})
    me = cast.sign_in(client, sandbox, cast.WU)
    assert me.get("/api/v1/me/access-log").json["items"] == [], "not before the real name"
    me = cast.verified(client, sandbox, cast.WU)
    log = me.get("/api/v1/me/access-log").json["items"]
    assert WANTED in [(each["purpose"], each["what"], each["who"]) for each in log]
    entry = next(each["id"] for each in log if each["what"] == looking.PAGE)
    with app.app_context():
        sealing.seal_pending()
        with transaction():  # about the same, and another's
            writing.record(league.unknown(), actor="system", who="x", what="other.look", purpose="x", about=record)
    assert record in me.get(f"/api/v1/me/access-log/proof?entry={entry}").json["leaf"]
    assert "other.look" not in me.get("/api/v1/me/access-log").text
    assert looking.PAGE in [each["what"] for each in me.get("/api/v1/me/export").json["access_log"]]
    with app.app_context():
        mine = citizens.by_identity_index(identity_index(cast.WU.id_number))
        assert mine is not None
        checking.check(mine.id, "access", entry)


def test_many_at_once_are_each_told(inside: Any) -> None:
    east = league.made().east
    people = [registering.register(each.name, each.id_number, "360102") for each in (cast.LIN, cast.ZHOU)]
    with within(east):
        looking.look_each(east, [each.id for each in people], "导出：对账", looking.LISTED)
    for one in people:
        assert [each.purpose for each in trail.all_of(league.unknown(), [f"volunteer:{one.id}"])] == ["导出：对账"]


def test_a_look_needs_a_transaction(inside: Any) -> None:
    east = league.made().east
    with pytest.raises(RuntimeError):
        looking.look(east, Volunteer(id=league.unknown()), "x")
