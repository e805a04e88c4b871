"""The vectors' keys as files, a clock that stands still, a memory of nonces, an application context, the stand-in."""

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from app.gateways.platform.asking import PlatformSettings
from app.gateways.platform.client import PlatformClient
from app.gateways.platform.keys import PlatformKeys, load_keys
from app.gateways.platform.sealing import Subject
from app.gateways.transport import Limits
from app.kernel import clock as kernel_clock
from app.kernel import sm2
from app.kernel.db import db as database
from sandbox.app import Sandbox, build
from sandbox.wire import Request, Response, Server
from sandbox.world import Settings as SandboxSettings
from sandbox.world import World
from tests.gateways.stand_in import APP_ID, PLATFORM_ID, StandIn

BACK_ENDS = {"gmalg": None, **({"gmssl-pyx": sm2.gmssl_pyx} if sm2.gmssl_pyx else {})}


def vectors_of(suite: str) -> dict[str, Any]:
    """The published vectors of a suite, our own copy."""
    told: dict[str, Any] = json.loads((Path(__file__).parent / "vectors" / f"{suite.lower()}.json").read_text("utf-8"))
    return told


VECTORS = vectors_of("ES256-SHA256")
QUICK = Limits(connect_s=0.5, read_s=0.4, whole_s=0.8, max_bytes=64 * 1024)


CALM = hypothesis_settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # others share the machine


class StillClock:
    def __init__(self, seconds: int) -> None:
        self.seconds = seconds

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.seconds, UTC)


class Memory:
    """Nonces in a dictionary; `away` plays a Redis that is gone."""

    def __init__(self, *seen: tuple[str, str]) -> None:
        self.seen = set(seen)
        self._lock = threading.Lock()

    def first_time(self, space: str, nonce: str, seconds: int) -> bool:
        with self._lock:
            new = (space, nonce) not in self.seen
            self.seen.add((space, nonce))
            return new


@pytest.fixture(scope="session")
def vectors() -> dict[str, Any]:
    return VECTORS


@pytest.fixture
def keys_dir(tmp_path: Path, vectors: dict[str, Any]) -> Path:
    """PLATFORM_KEYS_DIR made of the vectors' keys."""
    keys = vectors["keys"]
    (tmp_path / "client.pem").write_text(keys["client"]["private_pem"])
    (tmp_path / "platform.pem").write_text(keys["platform"]["public_pem"])
    (tmp_path / "dk.hex").write_text(keys["data_keys"]["dk-2026-1"] + "\n")
    (tmp_path / "keys.json").write_text(json.dumps({
        "app_id": APP_ID, "platform_id": PLATFORM_ID, "made_by": "ignored",
        "suites": {"ES256-SHA256": {
            "client_key_id": "ck-v-1", "client_private": "client.pem", "platform_key_id": "pk-v-1",
            "platform_public": "platform.pem", "data_key_id": "dk-2026-1",
            "data_keys_hex": {"dk-2026-1": "dk.hex"}, "client_public": "ignored.pem"}}}))
    return tmp_path


@pytest.fixture
def keys(keys_dir: Path) -> PlatformKeys:
    return load_keys(keys_dir, "ES256-SHA256")


@pytest.fixture
def clock(vectors: dict[str, Any]) -> StillClock:
    return StillClock(vectors["now"])


@pytest.fixture
def nonces() -> Memory:
    return Memory()


@pytest.fixture
def bare() -> Iterator[Flask]:
    """A context for `refuse_inside_transaction`, with no database behind it."""
    app = Flask("bare")
    app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite://"
    database.init_app(app)
    with app.app_context():
        yield app


@pytest.fixture
def platform(vectors: dict[str, Any], clock: StillClock) -> Iterator[StandIn]:
    stand_in = StandIn(vectors, lambda: clock.seconds)
    yield stand_in
    stand_in.stop()


@dataclass
class Played:
    """The sandbox in this process: `call` its control calls' effects directly, by `world`."""

    sandbox: Sandbox
    port: int
    keys_dir: Path
    under_way: int = 0
    busy: threading.Condition = field(default_factory=threading.Condition)

    def quiet(self) -> None:
        """Until the last request was answered that somebody gave up waiting for."""
        with self.busy:
            assert self.busy.wait_for(lambda: not self.under_way, 5)

    @property
    def world(self) -> World:
        return self.sandbox.parts.world

    def client(self, suite: str, **more: Any) -> PlatformClient:
        """A client of ours, with the sandbox's own key files."""
        told = load_keys(self.keys_dir, suite)
        settings = PlatformSettings(f"http://127.0.0.1:{self.port}/gateway/v1", told.app_id or "",
                                    told.platform_id or "", **{"keys": told, **more})
        return PlatformClient(settings, Memory(), kernel_clock)

    def subject(self, key: str) -> Subject:
        person = self.world.people.by_key[key]
        return Subject(person["name"], person["id_number"])

    def breaches(self) -> list[str]:
        return [row["code"] for row in self.world.state.all("select code from breaches order by n")]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    folder = tmp_path_factory.mktemp("sandbox")
    sandbox = build(SandboxSettings(0, folder, None, None, None))
    played = Played(sandbox, 0, folder / "keys")

    def answer(request: Request) -> Response:
        with played.busy:
            played.under_way += 1
            played.busy.notify_all()
        try:
            return sandbox.answer(request)
        finally:
            with played.busy:
                played.under_way -= 1
                played.busy.notify_all()

    with Server(0, answer) as server:
        played.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield played
        server.shutdown()


@pytest.fixture
def played(made: Played, bare: Flask) -> Played:
    """The platform as the sandbox plays it, with nothing taken yet."""
    made.quiet()
    made.world.state.wipe(everything=True)
    made.world.faults.clear()
    made.world.load.limit(None)
    made.world.maintenance_until, made.world.clock.offset_s = 0.0, 0.0
    return made


@pytest.fixture
def settings(keys: PlatformKeys, platform: StandIn) -> PlatformSettings:
    return PlatformSettings(f"http://127.0.0.1:{platform.port}/gateway/v1", APP_ID, PLATFORM_ID, keys, QUICK)


@pytest.fixture
def client(settings: PlatformSettings, nonces: Memory, clock: StillClock, bare: Flask) -> PlatformClient:
    return PlatformClient(settings, nonces, clock)


@pytest.fixture
def with_limits(settings: PlatformSettings, nonces: Memory, clock: StillClock,
                bare: Flask) -> Callable[[Limits], PlatformClient]:
    def make(limits: Limits) -> PlatformClient:
        return PlatformClient(
            PlatformSettings(settings.base_url, APP_ID, PLATFORM_ID, settings.keys, limits), nonces, clock)

    return make
