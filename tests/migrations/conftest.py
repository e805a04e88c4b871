"""An application of its own over a database of its own, empty to the last table."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from flask import Flask

import config
from app import factory
from app.kernel.db import db as database
from tests.conftest import Servers
from tests.merchant_api import conftest as merchants

till_of = merchants.till_of


@pytest.fixture
def app(servers: Servers, environ: dict[str, str]) -> Iterator[Flask]:
    """In place of everybody's `app`: nothing has been migrated yet."""
    servers.postgres.drop("moving")
    made: Any = factory.create_app(config.load({**environ, "DATABASE_URL": servers.postgres.create("moving")}))
    yield made
    with made.app_context():
        database.session.remove()
        database.engine.dispose()
    servers.postgres.drop("moving")


@pytest.fixture
def connection(app: Flask, servers: Servers) -> Iterator[psycopg.Connection]:
    with servers.postgres.connect("moving") as looking:
        yield looking
