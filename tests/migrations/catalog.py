"""A database's tables as its own catalogue tells them, so that two can be compared to the last CHECK."""

from typing import Any

import psycopg

COLUMNS = """
    SELECT c.relname || '.' || a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity,
           a.attgenerated, pg_get_expr(d.adbin, d.adrelid)
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid LEFT JOIN pg_attrdef d
        ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped
        AND c.relname <> 'alembic_version'
"""
CONSTRAINTS = """
    SELECT conrelid::regclass || '.' || conname, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text <> 'alembic_version'
        AND contype <> 't'  -- a deferred trigger is among the guards
"""
INDEXES = "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
TRIGGERS = "SELECT tgrelid::regclass || '.' || tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal"
FUNCTIONS = "SELECT proname, pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
TYPES = "SELECT typname, typtype FROM pg_type WHERE typnamespace = 'public'::regnamespace AND typtype IN ('e', 'd')"
LEFT = """
    SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relname NOT LIKE 'alembic_version%'
    UNION SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    UNION SELECT typname FROM pg_type
        WHERE typnamespace = 'public'::regnamespace AND typname NOT LIKE '%alembic_version'
"""


def tables(connection: psycopg.Connection) -> dict[str, dict[str, Any]]:
    """What models tell: columns with types, defaults and identities; constraints; indexes; types."""
    parts = {"columns": COLUMNS, "constraints": CONSTRAINTS, "indexes": INDEXES, "types": TYPES}
    return {part: _rows(connection, query) for part, query in parts.items()}


def guards(connection: psycopg.Connection) -> dict[str, dict[str, Any]]:
    """What only migrations tell: triggers and functions."""
    return {"triggers": _rows(connection, TRIGGERS), "functions": _rows(connection, FUNCTIONS)}


def left(connection: psycopg.Connection) -> list[str]:
    """Everything of ours that is there, by name."""
    return [row[0] for row in connection.execute(LEFT).fetchall()]


def empty(connection: psycopg.Connection) -> set[str]:
    """The tables without a row."""
    names = [row[0] for row in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
    return {name for name in names
            if not connection.execute(f'SELECT EXISTS (SELECT FROM "{name}")').fetchone()[0]}  # type: ignore[index]  # noqa: S608


def _rows(connection: psycopg.Connection, query: str) -> dict[str, Any]:
    return {row[0]: row[1:] for row in connection.execute(query).fetchall()}
