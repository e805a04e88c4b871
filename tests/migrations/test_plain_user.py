"""Production's database user is no superuser: the migrations run as the owner of a database and nothing more.

Breaks tried: the role made anew without asking whether it is there (a plain user may not); without the GRANT to the
user, taking the role is refused.
"""

from collections.abc import Iterator

import flask_migrate
import pytest
from flask import Flask
from psycopg import sql

import config
from app import factory
from app.kernel.db import db, transaction
from app.staff import organising, scoping
from app.volunteers import registering
from app.volunteers.models import Volunteer
from tests.conftest import Servers
from tests.migrations.test_migrations import FOLDER
from tests.staff.test_scoping import PEOPLE, of

PLAIN, NAME = "xinyi_plain", "plain"


@pytest.fixture
def plain(servers: Servers, environ: dict[str, str]) -> Iterator[Flask]:
    """An application over a database that its user only owns; the cluster's role was made by somebody else."""
    servers.postgres.drop(NAME)
    with servers.postgres.connect() as superuser:
        if not superuser.execute("SELECT 1 FROM pg_roles WHERE rolname = 'xinyi_league'").fetchone():
            superuser.execute("CREATE ROLE xinyi_league NOLOGIN")
        superuser.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(PLAIN)))
        superuser.execute("GRANT xinyi_league TO xinyi_plain WITH INHERIT FALSE, SET TRUE")
    url = servers.postgres.create(NAME)
    with servers.postgres.connect() as superuser:
        superuser.execute("ALTER DATABASE plain OWNER TO xinyi_plain")
    made: Flask = factory.create_app(config.load({**environ, "DATABASE_URL": url.replace("postgres@", f"{PLAIN}@")}))
    yield made
    with made.app_context():
        db.session.remove()
        db.engine.dispose()
    servers.postgres.drop(NAME)
    with servers.postgres.connect() as superuser:
        superuser.execute("DROP ROLE xinyi_plain")


def test_scopes_hold_for_a_plain_user(plain: Flask) -> None:
    with plain.app_context():
        flask_migrate.upgrade(FOLDER)
        province = organising.add("示例省", "360000")
        city = organising.add("示例市", "360100", province.id)
        east, west = organising.add("东县", "360102", city.id), organising.add("西县", "360103", city.id)
        registering.register(*PEOPLE[0], "360102")
        with transaction() as s:
            assert s.query(Volunteer).count() == 1
        for county, count in ((east, 1), (west, 0)):
            with scoping.within(of(county)) as s:
                assert s.query(Volunteer).count() == count
