"""A fresh sandbox for each test, listening on a free port of this process."""

import http.client
import json
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sandbox.app import Sandbox, build
from sandbox.wire import Server
from sandbox.world import Settings, World
from tests.sandbox.caller import Caller


@dataclass
class Played:
    """A running sandbox with a client that signs, and its control calls."""

    sandbox: Sandbox
    port: int
    caller: Caller

    @property
    def world(self) -> World:
        return self.sandbox.parts.world

    def person(self, key: str) -> dict[str, Any]:
        return self.world.people.by_key[key]

    def http(self, method: str, path: str, body: Any = None, **headers: str) -> http.client.HTTPResponse:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        return connection.getresponse()

    def control(self, method: str, path: str, body: Any = None) -> Any:
        response = self.http(method, "/_control" + path, body)
        said = json.loads(response.read())
        assert response.status < 300, said
        return said

    def fault(self, kind: str, path: str = "/", **more: Any) -> Any:
        wish = {"target": "platform", "path": path, "kind": kind, "times": 1, **more}
        return self.control("POST", "/faults", wish)

    def breaches(self) -> list[str]:
        return [row["code"] for row in self.control("GET", "/platform/breaches")["items"]]


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sandbox's folder with keys and the ten people, made once and copied for each test."""
    folder = tmp_path_factory.mktemp("made") / "sandbox"
    build(Settings(0, folder, None, None, None)).parts.world.state.close()
    return folder


@pytest.fixture
def play(tmp_path: Path, made: Path) -> Iterator[Played]:
    shutil.copytree(made, tmp_path / "sandbox")
    settings = Settings(0, tmp_path / "sandbox", None, "wxappid", "secret")
    sandbox = build(settings)
    with Server(0, sandbox.answer) as server:
        port = server.server_address[1]
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield Played(sandbox, port, Caller(port, tmp_path / "sandbox" / "keys"))
        server.shutdown()


@pytest.fixture
def lin(play: Played) -> dict[str, Any]:
    return play.person("lin")


@pytest.fixture
def paper(play: Played, lin: dict[str, Any]) -> str:
    """The id of Lin's authorisation for rental."""
    return str(play.caller.authorize(lin).json["authorization_id"])
