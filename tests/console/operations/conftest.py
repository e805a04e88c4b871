"""An operator at the console, and things of the platform for them to look at."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import psycopg
import pytest
from flask import Flask
from sqlalchemy import text

from app.feedback import initiatives
from app.kernel import clock
from app.kernel.db import transaction
from app.outbox import sending as outbox
from app.volunteers.red_list import sharing as red_list
from tests.cast import LIN
from tests.console.browsing import Some, Visit, Visitor
from tests.feedback import ground as feedback_ground
from tests.staff.people import Person

ENTRY = red_list.NewEntry("JX2026-0001", LIN.name, LIN.id_number, "共青团江西省委员会", "赣青发〔2026〕1号",
                          date(2026, 10, 1), date(2026, 10, 8), date(2026, 10, 8), date(2027, 10, 7))


@pytest.fixture
def person(someone: Some) -> Person:
    return someone("operator")


@pytest.fixture
def operator(visitor: Visit, person: Person) -> Visitor:
    return visitor(person)


@pytest.fixture
def used(app: Flask, sandbox: Any) -> Iterator[list[str]]:
    """The numbers of three uses by Liu, in no batch yet; the sandbox forgets afterwards."""
    sandbox.control("POST", "/reset", {"authorizations": True})
    offer = feedback_ground.voucher(app)
    me = feedback_ground.liu(app, sandbox, offer.id)
    numbers = feedback_ground.use(app, me.citizen_id, offer, 3)
    with app.app_context():
        outbox.drain()
    yield numbers
    sandbox.control("POST", "/reset", {"authorizations": True})


@pytest.fixture
def within(app: Flask) -> Callable[..., Any]:
    """`within(verb, …)` calls it in an application context of its own."""

    def call(verb: Callable[..., Any], *given: Any, **more: Any) -> Any:
        with app.app_context():
            return verb(*given, **more)

    return call


def due(app: Flask) -> None:
    """Batches and messages are due now."""
    with app.app_context(), transaction() as s:
        s.execute(text("UPDATE feedback_batches SET next_at = now() - interval '1 second' WHERE state = 'ready'"))
        s.execute(text("UPDATE outbox SET next_at = now() - interval '1 second' WHERE state = 'pending'"))


def told(number: str = "I-1", **other: Any) -> dict[str, Any]:
    """An initiative as the platform tells it."""
    now = clock.now().replace(microsecond=0)
    return {"initiative_no": number, "title": "优秀青年志愿者联合激励", "document_no": "赣信用办〔2026〕8号",
            "red_list": "outstanding_youth_volunteer", "grades": ["AAA", "AA", "A"], "measures": ["免押金租借"],
            "regions": ["360100"], "issued_at": clock.rfc3339(now),
            "respond_by": clock.rfc3339(now + timedelta(days=10)),
            "ends_at": clock.rfc3339(now + timedelta(days=60)), **other}


def take(app: Flask, data: dict[str, Any]) -> None:
    with app.app_context(), transaction():
        initiatives.take(data)


def listed(app: Flask, **other: Any) -> None:
    """Lin on the League's red list, owed to the platform."""
    with app.app_context():
        red_list.list_entry(replace(ENTRY, **other), "operator:test")


def trail(db: psycopg.Connection, what: str) -> list[tuple[Any, ...]]:
    """(actor, about) of the trail's entries of this kind."""
    return db.execute("SELECT actor, about FROM trail_entries WHERE what = %s ORDER BY at, id", [what]).fetchall()
