"""The one way to write: `with transaction():`. The database has the last word; we say when it speaks."""

import uuid
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import cache
from typing import Any, TypeVar

from flask import Flask, has_request_context
from flask_sqlalchemy import SQLAlchemy
from psycopg import errors as pg
from sqlalchemy import BigInteger, DateTime, Insert, MetaData, event, insert, select
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.orm import DeclarativeBase, Session, registry
from sqlalchemy.orm.util import identity_key

T = TypeVar("T")
Row = TypeVar("Row", bound="Base")

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Every table; times are always with a zone."""

    registry = registry(metadata=MetaData(naming_convention=NAMES),
                        type_annotation_map={datetime: DateTime(timezone=True), int: BigInteger})


db = SQLAlchemy(model_class=Base, session_options={"expire_on_commit": False})


def install(app: Flask) -> None:
    """Reads end with a COMMIT: after a ROLLBACK psycopg forgets every statement that it has prepared."""
    db.init_app(app)
    event.listen(db.session, "loaded_as_persistent", _keep)

    @app.teardown_appcontext
    def _end_reads(wrong: BaseException | None) -> None:
        current = db.session()
        if wrong is None and not (current.new or current.dirty or current.deleted):  # no write but in transaction()
            with suppress(SQLAlchemyError):  # what can't be committed is rolled back with the session
                end_reads()


def _keep(current: Session, row: object) -> None:
    """A request's session keeps what it has loaded: by itself it forgets, and loads again, what nobody holds."""
    if has_request_context():
        current.info.setdefault("kept", []).append(row)


def session() -> Session:
    """This request's or job's session."""
    return db.session()


def by_ids(model: type[Row], ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Row]:
    """Rows by their `id`: what this session has loaded as it has it (as `get_one` does), the rest in one read."""
    current = session()
    rows = {each: row for each in ids if (row := current.identity_map.get(identity_key(model, each))) is not None}
    if unknown := [each for each in ids if each not in rows]:
        column = model.metadata.tables[model.__tablename__].c.id
        rows |= {row.id: row for row in current.scalars(select(model).where(column.in_(unknown)))}  # type: ignore[attr-defined]
    return rows


@contextmanager
def transaction() -> Iterator[Session]:
    """Begin, and commit on leaving; an inner one joins; any exception rolls all of it back.

    Reads before it are no harm: each statement sees what is committed by then (READ COMMITTED), so that a COMMIT and
    a BEGIN between them would be two round trips for nothing.
    """
    current = db.session()
    if current.info.get("deep"):
        yield current
        return
    current.info["deep"] = True
    try:
        for work in current.info.get("first", ()):
            work(current)
        yield current
        current.commit()
        current.info.pop("first", None)
    except BaseException:
        current.rollback()
        raise
    finally:
        current.info["deep"] = False


def with_first_write(work: Callable[[Session], None]) -> None:
    """Do this at the start of the first transaction of this request that commits, and in no other.

    One that is rolled back takes it along; it is done again in the next. What `work` raises ends the transaction.
    """
    db.session().info.setdefault("first", []).append(work)


def in_transaction() -> bool:
    """Whether a `transaction()` is open here."""
    return bool(db.session().info.get("deep"))


def end_reads() -> None:
    """Let go of the connection that earlier reads took; what was loaded stays usable."""
    current = db.session()
    if current.in_transaction():
        current.commit()


def refuse_inside_transaction() -> None:
    """Gateways call this first: never hold a row while you hold a phone."""
    if in_transaction():
        raise RuntimeError("a remote call inside a transaction: freshen outside, decide inside")
    end_reads()


def need_transaction() -> None:
    """For writers that belong to somebody else's transaction, such as `outbox.put`."""
    if not in_transaction():
        raise RuntimeError("this write belongs inside `with transaction():`")


def append(model: type[Base], **values: Any) -> None:
    """Insert a row that nobody changes or reads again in this transaction; defaults hold as ever.

    Past the unit of work, whose book-keeping costs several times the insert itself.
    """
    need_transaction()
    current = session()
    current.flush()  # what the row points to comes first
    current.execute(_insert(model), values)


@cache
def _insert(model: type[Base]) -> Insert:
    return insert(model.metadata.tables[model.__tablename__])


def retrying(work: Callable[[], T], times: int = 5) -> T:
    """Run a whole transaction again where PostgreSQL asks for it (deadlock 40P01, serialisation 40001)."""
    for left in reversed(range(times)):
        try:
            return work()
        except DBAPIError as wrong:
            if not left or not isinstance(wrong.orig, pg.DeadlockDetected | pg.SerializationFailure):
                raise
    raise AssertionError("unreachable")


def broke(wrong: IntegrityError, constraint: str) -> bool:
    """Whether this named constraint is what refused the write."""
    diag: Any = getattr(wrong.orig, "diag", None)
    return bool(diag is not None and diag.constraint_name == constraint)
