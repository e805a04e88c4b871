"""Emptying a database between tests: faster than a new copy, and back to what the migrations put in."""

import psycopg
from psycopg import sql

_KEPT = "seeded"  # the schema in which rows that migrations wrote are remembered
_TABLES = """
    SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname = %s
        AND c.relname <> 'alembic_version'
"""
_CLEAR = """
    CREATE FUNCTION seeded.clear() RETURNS void LANGUAGE plpgsql AS $$
    DECLARE name text; filled boolean;
    BEGIN
        PERFORM set_config('session_replication_role', 'replica', true), set_config('lock_timeout', '10s', true);
        FOR name IN SELECT c.relname FROM pg_class c WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
                AND c.relnamespace = 'public'::regnamespace AND c.relname <> 'alembic_version' LOOP
            EXECUTE format('SELECT EXISTS (SELECT FROM public.%I)', name) INTO filled;
            IF filled THEN EXECUTE format('DELETE FROM public.%I', name); END IF;
        END LOOP;
        FOR name IN SELECT c.relname FROM pg_class c
                WHERE c.relkind = 'r' AND c.relnamespace = 'seeded'::regnamespace LOOP
            EXECUTE format('INSERT INTO public.%1$I OVERRIDING SYSTEM VALUE TABLE seeded.%1$I', name);
        END LOOP;
    END $$
"""
"""All of it in one round trip: each of two thousand tests waits for this."""


def remember(connection: psycopg.Connection) -> None:
    """Copy every row that is there now to a schema of its own, from where clear() brings it back."""
    connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(_KEPT)))
    for schema, table in connection.execute(_TABLES, ("public",)).fetchall():
        source = sql.Identifier(schema, table)
        if connection.execute(sql.SQL("SELECT 1 FROM {} LIMIT 1").format(source)).fetchone():
            kept = sql.Identifier(_KEPT, table)
            connection.execute(sql.SQL("CREATE TABLE {} AS TABLE {}").format(kept, source))
    connection.execute(_CLEAR)


def clear(connection: psycopg.Connection) -> None:
    """Delete all rows of all tables but what remember() saw; constraints' triggers and append-only guards
    look away.
    """
    connection.execute("SELECT seeded.clear()")
