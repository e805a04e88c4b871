"""The system under measure: the real processes of the Procfile without its jobs, and the floor beside it."""

import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import requests

from bench import floor
from bench.measuring import children
from bench.relay import Relay
from supervisor import children as procfile
from supervisor import ports
from supervisor.places import ROOT
from supervisor.run import System


class Standing:
    """Web and sandbox over `folder`; later a second web behind a relay that counts, and the floor."""

    def __init__(self, folder: Path, environ: Mapping[str, str]) -> None:
        self._lines = procfile.read(ROOT / "Procfile")
        lines = folder / "Procfile"
        lines.write_text("".join(f"{name}: {self._lines[name]}\n" for name in ("web", "sandbox")), "utf-8")
        given = {"VAR_DIR": str(folder / "var"), "PORT": str(ports.some_free()), "SANDBOX_PORT": str(ports.some_free())}
        self.system = System({**environ, **given}, lambda _: None, procfile=lines)
        self._ports: dict[str, str] = {}
        self._relays = tempfile.TemporaryDirectory(prefix="xinyi-b-")

    def start(self) -> None:
        """Bring it up, with the demo data. Raises supervisor.errors.Trouble."""
        self.system.start()

    def stop(self) -> None:
        self.system.stop()
        self._relays.cleanup()

    @property
    def env(self) -> dict[str, str]:
        return self.system.env

    @property
    def postmaster(self) -> int:
        server = self.system.postgres
        assert server is not None
        assert server.pid is not None
        return server.pid

    def url(self, name: str) -> str:
        """Where a server listens: web, counted-web, floor or counted-floor."""
        return f"http://127.0.0.1:{self._ports[name]}" if name != "web" else f"http://127.0.0.1:{self.env['PORT']}"

    def workers(self, name: str) -> list[int]:
        """The processes that answer: granian's children."""
        return children(self.system.children.running[name].pid)

    def add(self, name: str, application: str = "wsgi:app", more: Mapping[str, str] | None = None,
            relayed: bool = False) -> Relay | None:
        """One more server, started as the Procfile starts `web`; `relayed`: with one worker, behind a relay."""
        own = {"PORT": str(ports.some_free()), **(more or {})}
        relay = None
        if relayed:
            assert self.system.postgres
            folder = Path(self._relays.name, name)
            folder.mkdir()
            relay = Relay(self.system.postgres.socket_dir, folder)
            own |= {"DATABASE_URL": self.env["DATABASE_URL"].partition("?")[0] + f"?host={folder}",
                    "WEB_WORKERS": "1", "WEB_THREADS": "1"}
        self._ports[name] = own["PORT"]
        command = self._lines["web"].replace("wsgi:app", application)
        self.system.children.start(name, command, {**self.env, **own})
        _wait(self.url(name))
        return relay

    def make_floor_rows(self) -> None:
        floor.make_rows(self.env["DATABASE_URL"])


def _wait(url: str, seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            requests.get(f"{url}/healthz", timeout=5)
            return
        except requests.ConnectionError:
            assert time.monotonic() < deadline, f"{url} doesn't answer"
            time.sleep(0.1)
