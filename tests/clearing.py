"""Emptying a database between tests: faster than a new copy, and back to what the migrations put in."""

import psycopg
from psycopg import sql

_KEPT = "seeded"  # the schema in which rows that migrations wrote are remembered
_TABLES = """
    SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname = %s
        AND c.relname <> 'alembic_version'
"""


def remember(connection: psycopg.Connection) -> None:
    """Copy every row that is there now to a schema of its own, from where clear() brings it back."""
    connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(_KEPT)))
    for schema, table in connection.execute(_TABLES, ("public",)).fetchall():
        source = sql.Identifier(schema, table)
        if connection.execute(sql.SQL("SELECT 1 FROM {} LIMIT 1").format(source)).fetchone():
            kept = sql.Identifier(_KEPT, table)
            connection.execute(sql.SQL("CREATE TABLE {} AS TABLE {}").format(kept, source))


def clear(connection: psycopg.Connection) -> None:
    """Delete all rows of all tables but what remember() saw; constraints' triggers and append-only guards
    look away.
    """
    with connection.transaction():
        connection.execute("SET LOCAL session_replication_role = replica")
        connection.execute("SET LOCAL lock_timeout = '10s'")
        for schema, table in connection.execute(_TABLES, ("public",)).fetchall():
            target = sql.Identifier(schema, table)
            if connection.execute(sql.SQL("SELECT 1 FROM {} LIMIT 1").format(target)).fetchone():
                connection.execute(sql.SQL("DELETE FROM {}").format(target))
        for _, table in connection.execute(_TABLES, (_KEPT,)).fetchall():
            kept, target = sql.Identifier(_KEPT, table), sql.Identifier("public", table)
            connection.execute(sql.SQL("INSERT INTO {} OVERRIDING SYSTEM VALUE TABLE {}").format(target, kept))
