"""A trail of three small blocks on the real database."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from app.kernel.db import session, transaction
from app.kernel.ids import new_id
from app.trail import sealing, writing
from app.trail.models import Entry

SIZES = (5, 1, 8)


@pytest.fixture
def context(app: Any, db: psycopg.Connection) -> Iterator[None]:
    with app.app_context():
        yield


@pytest.fixture
def trail(context: None) -> list[Entry]:
    """14 entries of two citizens in three sealed blocks."""
    lin, zhou = new_id(), new_id()
    made = []
    for size in SIZES:
        with transaction():
            made += [writing.record(lin if n % 2 else zhou, actor="merchant:1900", who="梅的小店", what="grade.query",
                                    purpose="判断能否免押", about=f"offer:{n}") for n in range(size)]
        assert sealing.seal_pending() == size
    return [session().get_one(Entry, entry_id) for entry_id in made]


@pytest.fixture
def hand(db: psycopg.Connection) -> psycopg.Connection:
    """The hand of somebody with the database's own rights: triggers look away."""
    db.execute("SET session_replication_role = replica")
    return db
