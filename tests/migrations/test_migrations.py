"""Up, a benefit walked whole, down one by one, up again, on the real server; and models and migrations agree.

Fails, as tried: with a column added to a model only, a CHECK changed in a migration only, a downgrade that leaves a
function behind, a gap in the numbers, a second head.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import flask_migrate
import psycopg
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import create_engine

from app.kernel.db import Base, db
from tests.conftest import Servers
from tests.merchant_api.till import Till
from tests.migrations import catalog, walking
from tests.sandbox_process import Sandbox

ROOT = Path(__file__).parents[2]
FOLDER = str(ROOT / "migrations")


def scripts() -> list[Any]:
    """All migrations, oldest first."""
    return list(reversed(list(ScriptDirectory(FOLDER).walk_revisions())))


def up(app: Flask) -> None:
    with app.app_context():
        flask_migrate.upgrade(FOLDER)
        db.session.remove()


def down(app: Flask) -> None:
    """One step."""
    with app.app_context():
        flask_migrate.downgrade(FOLDER, "-1")
        db.session.remove()


def at(connection: psycopg.Connection) -> str | None:
    row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return row[0] if row else None


def test_they_are_numbered_without_gaps_and_end_in_one_head() -> None:
    assert [script.revision for script in scripts()] == [f"{no:04d}" for no in range(1, len(scripts()) + 1)]
    assert len(ScriptDirectory(FOLDER).get_heads()) == 1
    files = sorted(file.name for file in (ROOT / "migrations/versions").glob("*.py"))
    assert files == [Path(script.path).name for script in scripts()]
    for script in scripts():
        assert re.fullmatch(rf"{script.revision}_[a-z0-9_]+\.py", Path(script.path).name)
        assert script.doc.endswith("."), "each says its one matter in a sentence"


def test_there_and_back_on_data(app: Flask, connection: psycopg.Connection, sandbox: Sandbox,
                                till_of: Callable[..., Till], environ: dict[str, str]) -> None:
    up(app)
    before = catalog.tables(connection), catalog.guards(connection)
    walking.walk(app, sandbox, till_of, Path(environ["PLATFORM_KEYS_DIR"]))
    assert catalog.empty(connection) == set(), "each table has to be left with rows in it"
    for script in reversed(scripts()):
        assert at(connection) == script.revision
        down(app)
        assert at(connection) == script.down_revision
    assert catalog.left(connection) == []
    up(app)
    assert (catalog.tables(connection), catalog.guards(connection)) == before
    walking.walk(app, sandbox, till_of, Path(environ["PLATFORM_KEYS_DIR"]))


def test_models_and_migrations_tell_the_same(app: Flask, connection: psycopg.Connection, servers: Servers) -> None:
    """Types, NOT NULL, defaults, identities, keys, CHECKs, indexes with their conditions."""
    up(app)
    servers.postgres.drop("modelled")
    engine = create_engine(servers.postgres.create("modelled").replace("postgresql://", "postgresql+psycopg://", 1))
    Base.metadata.create_all(engine)
    engine.dispose()
    with servers.postgres.connect("modelled") as modelled:
        by_models, by_migrations = catalog.tables(modelled), catalog.tables(connection)
    servers.postgres.drop("modelled")
    assert len(by_models["columns"]) > 100
    for part, told in by_models.items():
        assert by_migrations[part] == told
