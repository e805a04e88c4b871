"""A run from its lock to its last process: what `make run` does."""

import contextlib
import os
import shlex
import signal
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import requests

from supervisor import children, environment, following, ports, preparing, welcome
from supervisor.errors import Trouble
from supervisor.places import ROOT, Lock, Places
from supervisor.postgres import Postgres
from supervisor.valkey import Valkey

READY_SECONDS = 90.0
DATABASE = "xinyi"
# Where each process says that it is ready, below its own address; the others are ready once they live.
READY = {"web": ("PORT", "/readyz"), "sandbox": ("SANDBOX_PORT", "/")}


class Stop:
    """Whether a stop was asked for. A signal's handler may set it at any point: no lock is taken, where a
    threading.Event that is waited for deadlocks on a second signal.
    """

    asked = False

    def set(self) -> None:
        self.asked = True

    def is_set(self) -> bool:
        return self.asked

    def wait(self, seconds: float) -> bool:
        """Sleep, less where a stop is asked for; whether one is."""
        until = time.monotonic() + seconds
        while not self.asked and time.monotonic() < until:
            time.sleep(0.05)
        return self.asked


class System:
    """The whole system as real processes over one VAR_DIR. `environ` is read once; what it sets wins."""

    def __init__(
        self,
        environ: Mapping[str, str],
        say: Callable[[str], None],
        *,
        procfile: Path = ROOT / "Procfile",
        bare: bool = False,
    ) -> None:
        """bare: only the servers and the Procfile's processes, without keys, tables, demo data and readiness
        (tests).
        """
        self.environ = environ
        self.say = say
        self.bare = bare
        self.commands = children.read(procfile)
        self.places = Places(environment.var_dir(environ))
        self.children = children.Children(self.places.log)
        self.postgres: Postgres | None = None
        self.valkey: Valkey | None = None
        self.env: dict[str, str] = {}
        self.stopping = Stop()
        self._lock: Lock | None = None

    def start(self) -> None:
        """Bring everything up and wait until it is ready. Raises Trouble; the caller calls stop() in any
        case.
        """
        self.places.make()
        self._lock = Lock(self.places.var)
        self._lock.take()
        self._check_ports(patience=7.0 if self._lock.unclean else 0.0)
        self._start_servers()
        self._empty_metrics()
        if not self.bare:
            self.env = preparing.keys(self.places, self.env, self.say, self.stopping.is_set)
            self._write_env()
            self.say("migrating the database")
            preparing.tables(self.places, self.env, self.stopping.is_set)
            self.say("loading the demo data")
            preparing.demo(self.places, self.env, self.stopping.is_set)
        for name, command in self.commands.items():
            if self.stopping.is_set():
                return
            self.children.start(name, command, self.env)
        if not self.bare:
            self._wait_until_ready()

    def _write_env(self) -> None:
        """What this run was told beyond the caller's environment, for `make flask`."""
        told = {name: value for name, value in self.env.items() if self.environ.get(name) != value and name != "PATH"}
        with os.fdopen(os.open(self.places.env, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.writelines(f"{name}={shlex.quote(value)}\n" for name, value in told.items())

    def stop(self) -> None:
        """End all processes, the servers last; takes at most 10 s and leaves none. May be called at any
        point, and twice.
        """
        self.children.stop()
        for server in (self.postgres, self.valkey):
            if server:
                server.stop()
        if self._lock:
            self._lock.give_back()
            self._lock = None

    def dead(self) -> str | None:
        """The name of a process that ended though nobody asked it to."""
        for name, server in (("postgres", self.postgres), ("valkey", self.valkey)):
            if server and server.died():
                return name
        return self.children.dead()

    def _check_ports(self, patience: float) -> None:
        wanted = {"PORT": environment.port(self.environ, "PORT", 8000)}
        wanted["SANDBOX_PORT"] = environment.port(self.environ, "SANDBOX_PORT", 9100)
        if len(set(wanted.values())) == 1:
            raise Trouble(f"PORT and SANDBOX_PORT are both {wanted['PORT']}: give them different ports.")
        ports.refuse_taken(wanted, patience)

    def _start_servers(self) -> None:
        """The embedded servers, each only where the caller named no other."""
        places = self.places
        database_url = redis_url = None
        if not environment.named(self.environ, "DATABASE_URL"):
            self.say("starting PostgreSQL")
            log = places.log / "postgres.log"
            self.postgres = Postgres(places.var / "postgres", places.sockets / "pg", log)
            self.postgres.start()
            database_url = self.postgres.create(DATABASE)
        if not environment.named(self.environ, "REDIS_URL"):
            self.say("starting Valkey")
            self.valkey = Valkey(places.var / "valkey", places.sockets / "valkey", places.log / "valkey.log")
            self.valkey.start()
            redis_url = self.valkey.url()
        self.env = environment.before_keys(self.environ, places, database_url, redis_url)

    def _empty_metrics(self) -> None:
        """Counters of workers that are gone would be added up for ever."""
        for left in self.places.metrics.glob("*.db"):
            left.unlink()

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + READY_SECONDS
        for name in [name for name in READY if name in self.commands]:
            self.say(f"waiting for {name}")
            setting, path = READY[name]
            url = f"http://127.0.0.1:{self.env[setting]}{path}"
            while not self.stopping.is_set() and (answer := _ask(url)) != "200":
                dead = self.dead()
                if dead or time.monotonic() > deadline:
                    raise Trouble(f"{dead} ended:\n{self.log_of(dead)}" if dead else f"{url} is not ready: {answer}")
                time.sleep(0.1)

    def log_of(self, name: str, lines: int = 20) -> str:
        """The end of a process's log."""
        log = self.children.log(name)
        return "\n".join(log.read_text("utf-8", "replace").splitlines()[-lines:]) if log.exists() else ""


def run(
    environ: Mapping[str, str],
    say: Callable[[str], None],
    *,
    procfile: Path,
    bare: bool,
    end_with_parent: bool,
) -> int:
    """Start, say where to look, watch until a signal or a dead process, stop; the exit code."""
    system = System(environ, say, procfile=procfile, bare=bare)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: system.stopping.set())
    parent = os.getppid() if end_with_parent else None
    try:
        system.start()
        if not system.stopping.is_set():
            say(welcome.words(system.places, system.env))
        dead = _watch(system, parent)
        if dead:
            say(f"{dead} ended, so everything ends. The end of its log:\n{system.log_of(dead)}")
        return 1 if dead else 0
    except Trouble as trouble:
        say(f"This can't run:\n{trouble}")
        return 1
    finally:
        say("ending all processes")
        system.stop()
        say("ended")


def _watch(system: System, parent: int | None) -> str | None:
    """Until a stop is asked for (None), the parent is gone (None), or a process is dead (its name)."""
    noticed = following.Follower(system.places.log)
    while not system.stopping.wait(0.25):
        for line in noticed.new():
            system.say(line)
        if parent is not None and os.getppid() != parent:
            return None
        if dead := system.dead():
            return dead
    return None


def _ask(url: str) -> str:
    with contextlib.suppress(requests.RequestException):
        answer = requests.get(url, timeout=5)
        return "200" if answer.status_code == 200 else f"{answer.status_code} {answer.text[:2000]}"
    return "no answer"
