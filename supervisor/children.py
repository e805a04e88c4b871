"""The processes of a Procfile: started together, watched, ended together."""

import re
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

from supervisor import processes
from supervisor.errors import Trouble
from supervisor.places import ROOT

END_SECONDS = 4.0  # with the servers' 3.5 and 1.5 the whole end stays below 10 s
_LINE = re.compile(r"([a-z][a-z0-9_-]*):\s*(\S.*)")


def read(procfile: Path) -> dict[str, str]:
    """{name: shell command} of a Procfile. Raises Trouble at a line that is none."""
    commands = {}
    for line in procfile.read_text("utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            found = _LINE.fullmatch(line.strip())
            if not found:
                raise Trouble(f"{procfile}: not a `name: command` line: {line!r}")
            commands[found[1]] = found[2]
    return commands


class Children:
    """Running processes by name, with a log each."""

    def __init__(self, log_dir: Path) -> None:
        self.log_dir = log_dir
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str, command: str, env: Mapping[str, str]) -> subprocess.Popen[bytes]:
        """Start a shell command, from the checkout's root, in a process group of its own."""
        shell = ["/bin/sh", "-c", f"exec {command}"]
        self.running[name] = processes.start(shell, log=self.log(name), env=env, cwd=ROOT)
        return self.running[name]

    def log(self, name: str) -> Path:
        """The file that a process writes to."""
        return self.log_dir / f"{name}.log"

    def dead(self) -> str | None:
        """The name of a process that ended, if any did."""
        return next((name for name, process in self.running.items() if process.poll() is not None), None)

    def stop(self) -> None:
        """SIGTERM to all at once, END_SECONDS for them to finish, then SIGKILL to their groups."""
        for process in self.running.values():
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + END_SECONDS
        while time.monotonic() < deadline and any(process.poll() is None for process in self.running.values()):
            time.sleep(0.05)
        for process in self.running.values():
            processes.kill_group(process)
        self.running.clear()
