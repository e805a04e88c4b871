"""The ground that tests stand on: real servers, a database of its own, the whole system, a browser.

Application modules are imported inside fixtures only, so that the supervisor's tests need none of them.
"""

import importlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from supervisor import browser as chromium
from supervisor import environment, ports, preparing
from supervisor.places import Places
from supervisor.postgres import Postgres
from supervisor.valkey import Valkey
from tests import clearing, sandbox_process
from tests.sandbox_process import Sandbox
from tests.stack import Stack


@dataclass(frozen=True)
class Servers:
    """The embedded servers of this test process and the places they live in."""

    postgres: Postgres
    valkey: Valkey
    places: Places


LONGEST = ("tests/contract/test_generated.py", "tests/proofs", "tests/journeys", "tests/credit/test_revoking.py",
           "tests/console", "tests/ground")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long comes first, so that no process has it left when the others are through."""
    items.sort(key=lambda item: next((place for place, name in enumerate(LONGEST) if item.nodeid.startswith(name)),
                                     len(LONGEST)))


@pytest.fixture(scope="session")
def short_dir() -> Iterator[Callable[[], Path]]:
    """Makes folders with paths short enough for sockets, which the uid that PostgreSQL runs as may enter;
    removed at the end.
    """
    made: list[Path] = []

    def make() -> Path:
        folder = Path(tempfile.mkdtemp(prefix="xinyi-t-"))
        folder.chmod(0o711)
        made.append(folder)
        return folder

    yield make
    for folder in made:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def servers(short_dir: Callable[[], Path]) -> Iterator[Servers]:
    """One PostgreSQL 18 and one Valkey 9 for this test process, as `make run` starts them."""
    places = Places(short_dir())
    places.make()
    postgres = Postgres(places.var / "postgres", places.sockets / "pg", places.log / "postgres.log")
    valkey = Valkey(places.var / "valkey", places.sockets / "valkey", places.log / "valkey.log")
    try:
        postgres.start()
        valkey.start()
        yield Servers(postgres, valkey, places)
    finally:
        postgres.stop()
        valkey.stop()


@pytest.fixture(scope="session")
def template(servers: Servers) -> str:
    """The name of a migrated database without any other row: copy it, never write to it."""
    url = servers.postgres.create("template_xinyi")
    env = _environment(servers, url)
    preparing.tables(servers.places, env)
    with servers.postgres.connect("template_xinyi") as connection:
        clearing.remember(connection)
    return "template_xinyi"


@pytest.fixture(scope="session")
def new_database(servers: Servers, template: str) -> Callable[[str], str]:
    """`new_database("name")` makes a fresh migrated database of that name and gives its SQLAlchemy URL."""
    return lambda name: servers.postgres.create(name, template)


@pytest.fixture(scope="session")
def environ(servers: Servers, new_database: Callable[[str], str]) -> dict[str, str]:
    """The settings of the application under test, as environment variables over this process's database and
    Valkey.
    """
    return _environment(servers, new_database(_database()))


@pytest.fixture(scope="session")
def application(environ: dict[str, str]) -> Any:
    """The Flask application over this process's own database, made once. Tests ask for `app`."""
    config = importlib.import_module("config")
    factory = importlib.import_module("app.factory")
    health = importlib.import_module("app.gateways.health")
    made = factory.create_app(config.load(environ))
    made.extensions["health"] = health._source, health.keys_in_use()
    return made


@pytest.fixture(scope="session")
def clearer(servers: Servers, application: Any) -> Iterator[psycopg.Connection]:
    """A connection that stays: a new one would learn the catalogue again before each test."""
    with servers.postgres.connect(_database()) as connection:
        yield connection


@pytest.fixture
def db(servers: Servers, clearer: psycopg.Connection) -> Iterator[psycopg.Connection]:
    """An empty database (only what migrations put there) and Valkey; gives an autocommit connection to look in."""
    clearing.clear(clearer)
    servers.valkey.connect().flushall()
    with servers.postgres.connect(_database()) as connection:
        yield connection


@pytest.fixture
def app(application: Any, db: psycopg.Connection) -> Any:
    """The application over an empty database; no context is pushed.

    With one pushed, the requests of a test client would share its `g` and its database session. What health tells of is
    this one again: of others that tests make it heard last.
    """
    health = importlib.import_module("app.gateways.health")
    source, keys = application.extensions["health"]
    health.watch(source)
    health.tell_keys(keys)
    return application


@pytest.fixture
def client(app: Any) -> Any:
    """Flask's test client over an empty database."""
    return app.test_client()


@pytest.fixture
def inside(app: Any) -> Iterator[Any]:
    """For tests that call verbs: the application with its context pushed. Not together with `client`."""
    with app.app_context():
        yield app


@pytest.fixture(scope="session")
def sandbox(environ: dict[str, str], servers: Servers) -> Iterator[Sandbox]:
    """The sandbox as a process where `environ` says; ask for it where the application calls out."""
    with sandbox_process.running(environ, servers.places.log / "sandbox.log") as started:
        yield started


@pytest.fixture(scope="session")
def stack(short_dir: Callable[[], Path]) -> Iterator[Stack]:
    """The whole system as real processes on free ports, prepared as `make run` does it."""
    system = Stack(short_dir())
    try:
        system.start()
        yield system
    finally:
        system.stop()


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A Chromium that all tests of this process share (playwright's sync Browser); take a new context each."""
    program = chromium.find(os.environ)
    assert program, "no Chromium here: `make browser` finds or brings one, or says what to install"
    playwright = importlib.import_module("playwright.sync_api")
    with playwright.sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=str(program), args=chromium.flags())
        yield started
        started.close()


def _database() -> str:
    return f"test_{os.getpid()}"


def _environment(servers: Servers, database_url: str) -> dict[str, str]:
    given = {
        "XINYI_ENV": "testing",
        "PATH": os.environ["PATH"],
        "HOME": str(servers.places.var),
        "LANG": "C.UTF-8",
        "NO_BEAT_MS": "1",  # tests/adversary/test_three_noes.py keeps the real one
        "PORT": str(ports.some_free()),
        "SANDBOX_PORT": str(ports.some_free()),
    }
    env = environment.before_keys(given, servers.places, database_url, servers.valkey.url())
    return preparing.keys(servers.places, env, lambda _: None, lambda: False)
