"""What the one way to write promises, and what a request doesn't pay for twice (decision 0093)."""

import gc
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from sqlalchemy import event

from app.kernel import clock
from app.kernel import db as kernel
from app.kernel.db import append, session, transaction
from app.kernel.idempotency import IdempotencyKey

KEY = ("somebody", "a key")


def write() -> None:
    later = clock.now() + timedelta(hours=1)
    append(IdempotencyKey, owner=KEY[0], key=KEY[1], body_digest="first", lease_until=later, expires_at=later)


def write_and_fail() -> None:
    with transaction():
        write()
        raise ZeroDivisionError


def test_a_row_is_appended_in_a_transaction_only(app: Any, db: psycopg.Connection) -> None:
    """Fails where append() writes on its own, and so may tell of what was rolled back."""
    with app.app_context(), pytest.raises(RuntimeError):
        write()
    with app.app_context(), pytest.raises(ZeroDivisionError):
        write_and_fail()
    assert db.execute("SELECT count(*) FROM idempotency_keys").fetchone() == (0,)


def test_what_is_changed_outside_of_a_transaction_is_never_written(app: Any, db: psycopg.Connection) -> None:
    """Fails where the COMMIT that ends a request's reads doesn't look whether something waits to be written."""
    with app.app_context(), transaction():
        write()
    with app.app_context():
        session().get_one(IdempotencyKey, KEY).body_digest = "changed"
    assert db.execute("SELECT body_digest FROM idempotency_keys").fetchone() == ("first",)


def test_a_request_loads_a_row_once_and_ends_its_reads_with_a_commit(app: Any) -> None:
    """Fails without `_keep` (the row is loaded again), and where the session's end rolls back."""
    with app.app_context(), transaction():
        write()
    said: list[str] = []
    with app.app_context():
        engine = kernel.db.engine
    listeners = [("before_cursor_execute", lambda *told: said.append(told[2].split()[0])),
                 ("commit", lambda _: said.append("COMMIT")), ("rollback", lambda _: said.append("ROLLBACK"))]
    for name, listener in listeners:
        event.listen(engine, name, listener)
    try:
        with app.test_request_context():
            for _ in range(3):
                assert session().get_one(IdempotencyKey, KEY).body_digest == "first"
                gc.collect()
    finally:
        for name, listener in listeners:
            event.remove(engine, name, listener)
    assert said == ["SELECT", "COMMIT"]
