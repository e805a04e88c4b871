"""The sandbox as a process, and its control calls as a test says them."""

import contextlib
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import requests

from supervisor import processes
from supervisor.places import ROOT

START_SECONDS = 20.0


class Sandbox:
    """`url` without a slash at its end; `control("PUT", "/people/lin", {...})` is a call of /_control."""

    def __init__(self, url: str) -> None:
        self.url = url

    def control(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """The call's JSON answer; raises requests.HTTPError where it says no."""
        answer = requests.request(method, f"{self.url}/_control{path}", json=body, timeout=20)
        answer.raise_for_status()
        return answer.json() if answer.content else None


@contextlib.contextmanager
def running(env: Mapping[str, str], log: Path) -> Iterator[Sandbox]:
    """Start `python -m sandbox serve` with this environment, wait until it answers, end it."""
    process = processes.start([sys.executable, "-m", "sandbox", "serve"], log=log, env=env, cwd=ROOT)
    sandbox = Sandbox(f"http://127.0.0.1:{env['SANDBOX_PORT']}")
    try:
        deadline = time.monotonic() + START_SECONDS
        while not _answers(sandbox.url):
            assert process.poll() is None, log.read_text("utf-8")
            assert time.monotonic() < deadline, log.read_text("utf-8")
            time.sleep(0.05)
        yield sandbox
    finally:
        processes.end(process, patience=3.0)


def _answers(url: str) -> bool:
    with contextlib.suppress(requests.RequestException):
        return requests.get(url, timeout=5).ok
    return False
