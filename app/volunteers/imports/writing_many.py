"""Many volunteers written or taken away by one statement each."""

import secrets
import uuid
from functools import cache
from typing import Any, LiteralString, cast

import psycopg
from sqlalchemy import Table, delete
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import IntegrityError

from app.kernel.db import need_transaction, session
from app.volunteers.models import Volunteer

TRIES = 4  # of a number that is drawn: with a million in a region, one of ten thousand meets another


def insert_many(rows: list[dict[str, Any]]) -> set[uuid.UUID]:
    """In the caller's transaction: rows as `registering.values` makes them; the ids of those that went in.

    Who isn't in was in already, seen or not. A number that somebody else has is drawn again.
    """
    need_transaction()
    inserted: set[uuid.UUID] = set()
    for _ in range(TRIES if rows else 0):
        inserted |= _insert(rows)
        rows = [row for row in rows if row["id"] not in inserted]
        if not rows:
            break
        for row in rows:
            row["volunteer_no"] = f"{row['region']}{secrets.randbelow(10**10):010d}"
    return inserted


def take_away(ids: list[uuid.UUID]) -> set[uuid.UUID]:
    """In the caller's transaction: delete these; the ids of those that stay, since something of theirs is kept.

    The foreign keys have the word on that: all at once, and one by one where that fails.
    """
    need_transaction()
    if not ids or _deleted(ids):
        return set()
    return {each for each in ids if not _deleted([each])}


def _deleted(ids: list[uuid.UUID]) -> bool:
    try:
        with session().begin_nested():
            session().execute(delete(Volunteer).where(Volunteer.id.in_(ids)).execution_options(
                synchronize_session=False))
    except IntegrityError:
        return False
    return True


def _insert(rows: list[dict[str, Any]]) -> set[uuid.UUID]:
    """Arrays, a column each, and what is the same in all rows once: a statement that doesn't grow with its rows."""
    first = rows[0]
    alike = frozenset(name for name, value in first.items()
                      if name != "id" and all(row[name] == value for row in rows))
    told = {name: value if name in alike else [row[name] for row in rows] for name, value in first.items()}
    raw = cast("psycopg.Connection[Any]", session().connection().connection.driver_connection)
    with raw.cursor(binary=True) as cursor:
        return {identity for (identity,) in cursor.execute(_statement(tuple(first), alike), told)}


@cache
def _statement(names: tuple[str, ...], alike: frozenset[str]) -> LiteralString:
    """%b: as PostgreSQL keeps them, since writing sealed values out as text costs more than sealing them."""
    table, dialect = cast(Table, Volunteer.__table__), postgresql.dialect()
    types = {name: table.c[name].type.compile(dialect).split(" COLLATE")[0] for name in names}
    given = ", ".join(f"CAST(%({name})s AS {types[name]})" if name in alike else f"each.{name}" for name in names)
    arrays = [name for name in names if name not in alike]
    each = ", ".join(f"CAST(%({name})b AS {types[name]}[])" for name in arrays)
    return cast(LiteralString, f"INSERT INTO {table.name} ({', '.join(names)}) "  # noqa: S608 (our own names)
                f"SELECT {given} FROM unnest({each}) AS each({', '.join(arrays)}) ON CONFLICT DO NOTHING RETURNING id")
