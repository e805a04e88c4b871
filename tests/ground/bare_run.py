"""One `supervisor run --bare` over dummy processes, as a person starts it, and what is left of it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import psutil

from supervisor import ports
from supervisor.places import ROOT

DUMMY = f"{sys.executable} {Path(__file__).with_name('dummy.py')}"
READY_SECONDS = 40.0


class BareRun:
    """A supervisor over `var`; its screen goes to var/screen."""

    def __init__(self, var: Path, commands: Sequence[str] = (DUMMY, DUMMY), prefix: Sequence[str] = ()) -> None:
        """prefix: words before the command, for example those that change the user."""
        self.var = var
        self.screen = var.with_name(var.name + ".screen")
        self.procfile = var.with_name(var.name + ".procfile")
        self.procfile.write_text("".join(f"dummy{n}: {command}\n" for n, command in enumerate(commands)))
        self.prefix = list(prefix)
        self.environ = {"VAR_DIR": str(var), "PORT": str(ports.some_free()), "SANDBOX_PORT": str(ports.some_free())}
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, **environ: str) -> "BareRun":
        """Start it, as a leader of a group like a shell would."""
        names = ("PATH", "LANG", "TMPDIR", "HOME")
        kept = {name: os.environ[name] for name in names if name in os.environ}
        command = [*self.prefix, sys.executable, "-m", "supervisor", "run", "--bare", "--procfile", str(self.procfile)]
        with self.screen.open("wb") as screen:
            self.process = subprocess.Popen(
                command,
                cwd=ROOT,
                env={**kept, **self.environ, **environ},
                stdout=screen,
                stderr=screen,
                process_group=0,
            )
        return self

    def until_up(self) -> "BareRun":
        """Wait until all of it runs: the servers and each dummy with its child."""
        self.until(lambda: "is running" in self.said() and len(self.dummies()) == 2 * self._count())
        return self

    def wait(self, seconds: float) -> int:
        """The exit code; raises subprocess.TimeoutExpired where it takes longer."""
        assert self.process
        return self.process.wait(seconds)

    def signal(self, number: int) -> None:
        """To the supervisor alone."""
        assert self.process
        self.process.send_signal(number)

    def ctrl_c(self) -> None:
        """What a terminal does: SIGINT to the whole foreground group."""
        assert self.process
        os.killpg(self.process.pid, signal.SIGINT)

    def said(self) -> str:
        """What stands on the screen."""
        return self.screen.read_text("utf-8", "replace")

    def dummies(self) -> list[psutil.Process]:
        """The dummy processes and their children."""
        return [process for process in self.left() if "dummy.py" in self._told(process)]

    def servers(self, name: str) -> list[psutil.Process]:
        """The processes of a server: "postgres" or "valkey-server"."""
        return [process for process in self.left() if process.name() == name]

    def left(self) -> list[psutil.Process]:
        """Every living process that works in VAR_DIR or was told of it, by whatever name."""
        return [process for process in psutil.process_iter() if self._ours(process)]

    def until(self, true: object, seconds: float = READY_SECONDS) -> None:
        """Wait; AssertionError with the screen where it takes longer."""
        assert callable(true)
        deadline = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < deadline, self.said()
            time.sleep(0.05)

    @staticmethod
    def _told(process: psutil.Process) -> str:
        """Its command line; nothing where it ends while it is looked at."""
        try:
            return " ".join(process.cmdline())
        except (psutil.Error, FileNotFoundError):
            return ""

    def _ours(self, process: psutil.Process) -> bool:
        try:
            if process.status() == psutil.STATUS_ZOMBIE:
                return False
            told = process.environ().get("VAR_DIR") == str(self.var)
            return told or Path(process.cwd()).is_relative_to(self.var)
        except (psutil.Error, FileNotFoundError):  # it ended while it was looked at
            return False

    def _count(self) -> int:
        return len(self.procfile.read_text().splitlines())
