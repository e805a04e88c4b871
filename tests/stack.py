"""The whole system as a test sees it: addresses, demo data, and ways to hurt it."""

import contextlib
import json
import os
import signal
import time
from pathlib import Path
from typing import Any

import psutil

from supervisor import ports
from supervisor.run import System


class Stack:
    """Real processes over a temporary VAR_DIR. `environ` adds or changes settings, before start()."""

    def __init__(self, var_dir: Path, environ: dict[str, str] | None = None) -> None:
        self.var_dir = var_dir
        self.said: list[str] = []
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
        web, sandbox = ports.some_free(), ports.some_free()
        given = {"VAR_DIR": str(var_dir), "PORT": str(web), "SANDBOX_PORT": str(sandbox)}
        self.system = System({**kept, **given, **(environ or {})}, self.said.append)

    def start(self) -> None:
        """Bring all up; raises supervisor.errors.Trouble with the reason where it can't."""
        self.system.start()

    def stop(self) -> None:
        """End all processes."""
        self.system.stop()

    @property
    def env(self) -> dict[str, str]:
        """The environment that every process got."""
        return self.system.env

    @property
    def base_url(self) -> str:
        """The application's address, without a slash at its end."""
        return f"http://127.0.0.1:{self.env['PORT']}"

    @property
    def sandbox_url(self) -> str:
        """The sandbox's address, without a slash at its end."""
        return f"http://127.0.0.1:{self.env['SANDBOX_PORT']}"

    @property
    def demo(self) -> dict[str, Any]:
        """VAR_DIR/demo.json."""
        return dict(json.loads(self.system.places.demo.read_text("utf-8")))

    def web_workers(self) -> list[psutil.Process]:
        """The processes that answer requests (granian's children)."""
        return psutil.Process(self.system.children.running["web"].pid).children()

    def kill_web_worker(self) -> int:
        """kill -9 one web worker, the oldest; the server starts another. Its pid."""
        worker = min(self.web_workers(), key=psutil.Process.create_time)
        worker.kill()
        return worker.pid

    def kill(self, name: str) -> None:
        """kill -9 a process of the Procfile with all its children."""
        os.killpg(self.system.children.running[name].pid, signal.SIGKILL)
        self.system.children.running[name].wait()

    def restart(self, name: str) -> None:
        """Start a process of the Procfile again (ending it where it runs)."""
        running = self.system.children.running.get(name)
        if running and running.poll() is None:
            running.terminate()
            with contextlib.suppress(Exception):
                running.wait(5)
            self.kill(name)
        self.system.children.start(name, self.system.commands[name], self.env)

    def wait_until(self, true: Any, seconds: float = 20.0, every: float = 0.1) -> Any:
        """Call `true` until it answers something true, and give that; AssertionError after `seconds`."""
        deadline = time.monotonic() + seconds
        while not (answer := true()):
            assert time.monotonic() < deadline, f"not within {seconds} s"
            time.sleep(every)
        return answer
