"""Many volunteers written or taken away by one statement each."""

import secrets
import uuid
from functools import cache
from typing import Any, cast

from sqlalchemy import Table, TextClause, delete, text
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
        columns = {name: [row[name] for row in rows] for name in rows[0]}
        inserted |= set(session().scalars(_insert(tuple(columns)), columns))
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


@cache
def _insert(names: tuple[str, ...]) -> TextClause:
    """Arrays, a column each: a statement that doesn't grow with its rows."""
    table, dialect = cast(Table, Volunteer.__table__), postgresql.dialect()
    arrays = ", ".join(f"CAST(:{name} AS {table.c[name].type.compile(dialect).split(' COLLATE')[0]}[])"
                       for name in names)
    return text(f"INSERT INTO {table.name} ({', '.join(names)}) SELECT * FROM unnest({arrays})"  # noqa: S608 (our names)
                " ON CONFLICT DO NOTHING RETURNING id")
