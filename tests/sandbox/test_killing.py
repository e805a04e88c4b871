"""The sandbox as a process: what it answered, it still knows after kill -9.

Break that makes this fail: leave the commit out of `State.transaction`.
"""

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.sandbox.caller import Caller, record

ROOT = Path(__file__).parents[2]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    env = {**os.environ, "VAR_DIR": str(tmp_path), "SANDBOX_PORT": str(port), "PYTHONPATH": str(ROOT)}
    started: list[subprocess.Popen[bytes]] = []

    def begin() -> subprocess.Popen[bytes]:
        process = subprocess.Popen([sys.executable, "-m", "sandbox", "serve"], cwd=tmp_path, env=env)
        started.append(process)
        for _ in range(200):
            try:
                get(port, "/healthz")
            except OSError:
                time.sleep(0.05)
            else:
                return process
        raise AssertionError("the sandbox did not come up")

    begin.port = port  # type: ignore[attr-defined]
    yield begin
    for process in started:
        process.kill()
        process.wait()


def get(port: int, path: str) -> dict[str, object]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    connection.request("GET", path)
    said: dict[str, object] = json.loads(connection.getresponse().read())
    return said


def test_kill_9_loses_nothing_that_was_answered(start: Callable[[], subprocess.Popen[bytes]], tmp_path: Path) -> None:
    port = start.port  # type: ignore[attr-defined]
    process = start()
    caller = Caller(port, tmp_path / "sandbox" / "keys")
    lin = next(one for one in get(port, "/_control/people")["items"] if one["key"] == "lin")  # type: ignore[attr-defined]
    paper = caller.authorize(lin).json["authorization_id"]
    body = json.dumps({"batch_no": "B1", "records": [record(paper) for _ in range(20)]}).encode()
    for _ in range(3):
        first = caller.call("POST", "/benefit-usages/batches", body).json
        process.kill()
        process.wait()
        process = start()
        again = caller.call("POST", "/benefit-usages/batches", body).json
        assert again["receipt_no"] == first["receipt_no"]
        assert [row["receipt_no"] for row in again["results"]] == [row["receipt_no"] for row in first["results"]]
        assert caller.ask(paper, lin).status == 200
    assert len(get(port, "/_control/platform/usages")["items"]) == 20  # type: ignore[arg-type]
    assert len(get(port, "/_control/platform/queries")["items"]) == 3  # type: ignore[arg-type]


def test_a_taken_port_is_named(start: Callable[[], subprocess.Popen[bytes]], tmp_path: Path) -> None:
    start()
    port = str(start.port)  # type: ignore[attr-defined]
    env = {**os.environ, "VAR_DIR": str(tmp_path / "other"), "SANDBOX_PORT": port, "PYTHONPATH": str(ROOT)}
    second = subprocess.run(
        [sys.executable, "-m", "sandbox", "serve"], env=env, capture_output=True, timeout=20, check=False
    )
    assert second.returncode == 1
    assert port in second.stderr.decode()


def test_the_sandbox_knows_nothing_of_the_app() -> None:
    for file in (ROOT / "sandbox").rglob("*.py"):
        for line in file.read_text("utf-8").splitlines():
            assert not line.startswith(("from app", "import app", "from scenarios", "import scenarios", "from config"))
