"""The embedded servers: as root and as a normal user, found again after kill -9, silent about data."""

import os
import shutil
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from supervisor import processes, unprivileged
from supervisor.errors import Trouble
from supervisor.places import ROOT, Lock, Places, refuse_full_disk
from supervisor.postgres import Postgres, binary
from supervisor.valkey import Valkey
from tests.conftest import Servers
from tests.ground.bare_run import BareRun

SECRET = "张三的秘密"
ROOTS_WAYS = [unprivileged.AS_NOBODY, unprivileged.IN_NAMESPACE, unprivileged.AS_NOBODY_ANYWHERE]
WAYS = ROOTS_WAYS if os.geteuid() == 0 else [unprivileged.Way()]


def postgres(var: Path) -> Postgres:
    return Postgres(var / "postgres", var / "run" / "pg", var / "log" / "postgres.log")


def valkey(var: Path) -> Valkey:
    return Valkey(var / "valkey", var / "run" / "valkey", var / "log" / "valkey.log")


def test_rows_survive_kill_9_of_postgres(made_var: Path) -> None:
    """Fails with fsync and the WAL off, or where the stale postmaster.pid stops the start."""
    server = postgres(made_var)
    server.start()
    server.create("kept")
    with server.connect("kept") as connection:
        connection.execute("CREATE TABLE t AS SELECT generate_series(1, 1000) AS n")
    server.kill()
    assert (server.data_dir / "base").exists()
    server.start()
    with server.connect("kept") as connection:
        assert connection.execute("SELECT count(*) FROM t").fetchone() == (1000,)
    server.stop()
    assert processes.with_directory(server.data_dir, "postgres") == []


def test_backends_that_outlive_a_killed_postmaster_do_not_block_the_next_start(made_var: Path) -> None:
    """One is stopped, so it can't notice. Fails where start() doesn't end orphans by their directory."""
    first = postgres(made_var)
    first.start()
    backend = first.connect()
    orphan = backend.info.backend_pid
    os.kill(orphan, signal.SIGSTOP)
    assert first.pid
    os.kill(first.pid, signal.SIGKILL)
    assert processes.lives(orphan)
    second = postgres(made_var)
    second.start()
    assert not processes.lives(orphan)
    second.stop()
    first.stop()
    backend.close()


def test_a_stale_pid_file_that_names_a_living_process_does_not_block_the_start(made_var: Path) -> None:
    """After a reboot its pid may be anyone's. Fails where start() leaves the file to PostgreSQL."""
    server = postgres(made_var)
    server.start()
    stale = (server.data_dir / "postmaster.pid").read_text().split("\n")
    server.stop()
    (server.data_dir / "postmaster.pid").write_text("\n".join([str(os.getpid()), *stale[1:]]))
    server.start()
    server.stop()


def test_keys_survive_kill_9_of_valkey(var: Path) -> None:
    """Fails with appendonly off, or where the stale socket stops the start."""
    server = valkey(var)
    server.start()
    server.connect().set("kept", "7")
    server.connect().waitaof(1, 0, 5000)
    server.kill()
    server.socket.touch()
    server.start()
    assert server.connect().get("kept") == b"7"
    assert server.connect().config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
    server.stop()


def test_a_data_directory_of_another_major_version_is_named(var: Path) -> None:
    """Fails where start() leaves it to the server, whose words end in a log."""
    server = postgres(var)
    server.data_dir.mkdir(parents=True)
    (server.data_dir / "PG_VERSION").write_text("17\n")
    with pytest.raises(Trouble, match="PostgreSQL 17, this is PostgreSQL 18"):
        server.start()


def test_a_half_made_data_directory_is_made_again(var: Path) -> None:
    """A killed initdb leaves `postgres.new`. Fails where it is made in the final place."""
    (var / "postgres.new").mkdir(parents=True)
    (var / "postgres.new" / "half").touch()
    server = postgres(var)
    server.start()
    server.stop()
    assert not (var / "postgres.new").exists()


def test_postgres_is_durable_checked_private_and_in_our_time(servers: Servers) -> None:
    """What /readyz and the promises stand on. Fails with any of them changed in postgres.SETTINGS."""
    expected = {
        "fsync": "on",
        "full_page_writes": "on",
        "synchronous_commit": "on",
        "data_checksums": "on",
        "TimeZone": "Asia/Shanghai",
        "listen_addresses": "",
        "server_encoding": "UTF8",
        "max_connections": "100",
    }
    with servers.postgres.connect() as connection:
        found = {name: connection.execute("SELECT current_setting(%s)", (name,)).fetchone() for name in expected}
    assert found == {name: (value,) for name, value in expected.items()}
    assert servers.postgres.socket_dir.stat().st_mode & 0o777 == 0o700


def test_the_log_of_postgres_never_quotes_data(made_var: Path) -> None:
    """Errors whose message, detail, statement or parameters hold a value. Fails with
    log_min_messages=warning.
    """
    server = postgres(made_var)
    server.start()
    with server.connect() as connection:
        connection.execute("CREATE TABLE t (name text PRIMARY KEY)")
        connection.execute("INSERT INTO t VALUES (%s)", (SECRET,))
        for statement in ("INSERT INTO t VALUES (%s)", "SELECT %s::int", "SELECT 1/0, %s", f"SELECT {SECRET!r}::date"):
            with pytest.raises(psycopg.Error):
                connection.execute(statement, (SECRET,) if "%s" in statement else None)
    server.stop()
    assert SECRET not in server.log.read_text("utf-8")


def test_every_way_round_root_serves_and_hands_over_to_the_next(var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A checkout that moves between folders changes its way. Fails where Way.own() doesn't change the owner."""
    var.mkdir()
    ways = [way for way in WAYS if way.works(binary("postgres"), var)]
    assert unprivileged.find(binary("postgres"), var) in ways
    for chosen in ways:
        monkeypatch.setattr(unprivileged, "find", lambda *_, chosen=chosen: chosen)
        server = postgres(var)
        server.start()
        with server.connect() as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        server.stop()


def test_root_on_a_machine_that_allows_nothing_is_told_what_to_do(var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fails where find() goes on without a way."""
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(unprivileged.Way, "works", lambda *_: False)
    with pytest.raises(Trouble, match="run as a normal user"):
        unprivileged.find(binary("postgres"), var)


def test_a_run_works_for_a_normal_user(var: Path, bare_run: BareRun) -> None:
    """The whole run as a uid other than root. Fails where something needs root, such as a chown."""
    if os.geteuid() == 0:
        bare_run.prefix = list(_normal_user(var.parent))
    bare_run.start().until_up()
    bare_run.ctrl_c()
    assert bare_run.wait(10) == 0
    assert bare_run.left() == []


def test_a_folder_that_cannot_be_made_is_named(short_dir: Callable[[], Path]) -> None:
    """Fails where make() lets the OSError through."""
    places = Places(short_dir() / "file" / "var")
    places.var.parent.touch()
    with pytest.raises(Trouble, match="Choose another VAR_DIR"):
        places.make()


def test_a_full_disk_is_named(var: Path) -> None:
    """Fails where refuse_full_disk() doesn't compare."""
    refuse_full_disk(var.parent, 1)
    with pytest.raises(Trouble, match="MB are free on the disk of"):
        refuse_full_disk(var.parent, 10**9)


def test_a_long_folder_gets_short_sockets_of_its_own(short_dir: Callable[[], Path]) -> None:
    """Fails where the socket's path goes beyond 107 bytes, or two folders share one."""
    deep = short_dir() / ("很长的名字" * 6) / ("x" * 60)
    one, two = Places(deep / "a"), Places(deep / "b")
    assert len(os.fsencode(one.sockets / "pg/.s.PGSQL.5432")) <= 107
    assert one.sockets != two.sockets
    one.make()
    server = Postgres(one.var / "postgres", one.sockets / "pg", one.log / "postgres.log")
    server.start()
    server.stop()
    shutil.rmtree(one.sockets)


def test_a_lock_says_whether_the_last_run_was_killed(var: Path) -> None:
    """Fails where give_back() leaves the pid."""
    var.mkdir()
    for killed in (False, True):
        take = f"""
            import os
            from pathlib import Path
            from supervisor.places import Lock
            lock = Lock(Path({str(var)!r})); lock.take()
            {"os.kill(os.getpid(), 9)" if killed else "lock.give_back()"}
        """
        subprocess.run([sys.executable, "-c", textwrap.dedent(take)], cwd=ROOT, check=False)
        lock = Lock(var)
        lock.take()
        assert lock.unclean is killed
        lock.give_back()


def _normal_user(folder: Path) -> tuple[str, ...]:
    """Words that make a command run as a normal user: a uid where it can reach Python, else in a user
    namespace.
    """
    uid = 54321
    python = ["/bin/sh", "-c", 'exec "$0" -c "import redis, supervisor.run"', sys.executable]
    reach = subprocess.run(python, cwd=ROOT, user=uid, group=uid, extra_groups=[], check=False, capture_output=True)
    if reach.returncode == 0:
        os.chown(folder, uid, uid)
        return ("setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups")
    return unprivileged.IN_NAMESPACE.prefix
