"""A run starts, and by whatever it ends, ends whole."""

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from tests.ground.bare_run import DUMMY, BareRun

END_SECONDS = 10.0


def test_ctrl_c_ends_everything_within_ten_seconds(ready_run: BareRun) -> None:
    """Fails where Children.stop() doesn't SIGKILL the group: one dummy and its child ignore SIGTERM."""
    ready_run.procfile.write_text(f"quiet: {DUMMY}\nstubborn: {DUMMY} --stubborn\n")
    ready_run.start().until_up()
    ready_run.ctrl_c()
    assert ready_run.wait(END_SECONDS) == 0
    assert ready_run.left() == []


def test_many_signals_at_once_end_it_just_the_same(ready_run: BareRun) -> None:
    """Fails where the handler takes a lock, as threading.Event.set() does: the second one waits for ever."""
    ready_run.procfile.write_text(f"quiet: {DUMMY}\n")
    ready_run.start().until_up()
    for _ in range(200):
        ready_run.signal(signal.SIGINT)
    assert ready_run.wait(END_SECONDS) == 0
    assert ready_run.left() == []


def test_sigterm_ends_everything_within_ten_seconds(ready_run: BareRun) -> None:
    """Fails where run() doesn't listen to SIGTERM."""
    ready_run.start().until_up()
    ready_run.signal(signal.SIGTERM)
    assert ready_run.wait(END_SECONDS) == 0
    assert ready_run.left() == []


def test_a_dead_child_ends_everything_and_its_last_words_are_shown(var: Path, ready_run: BareRun) -> None:
    """Fails where _watch() doesn't ask dead()."""
    ready_run.procfile.write_text(f"quiet: {DUMMY}\nbroken: {DUMMY} --dies\n")
    ready_run.start()
    assert ready_run.wait(40) == 1
    assert "broken ended" in ready_run.said()
    assert "dying as told" in ready_run.said()
    assert ready_run.left() == []


@pytest.mark.parametrize("server", ["postgres", "valkey-server"])
def test_a_dead_server_ends_everything(ready_run: BareRun, server: str) -> None:
    """Fails where System.dead() looks at the Procfile's processes only."""
    ready_run.start().until_up()
    min(ready_run.servers(server), key=lambda process: process.create_time()).kill()
    assert ready_run.wait(END_SECONDS) == 1
    assert ready_run.left() == []


def test_a_killed_supervisor_leaves_nothing_and_the_next_run_starts(ready_run: BareRun) -> None:
    """Fails without the guard (processes._watch), and where a leftover lock or socket stops the next start."""
    ready_run.start().until_up()
    ready_run.signal(signal.SIGKILL)
    ready_run.wait(1)
    ready_run.until(lambda: ready_run.left() == [], END_SECONDS)
    ready_run.start().until_up()
    ready_run.ctrl_c()
    assert ready_run.wait(END_SECONDS) == 0


def test_the_next_run_starts_at_once_where_supervisor_and_guard_were_killed(ready_run: BareRun) -> None:
    """Fails where Postgres.start() and Valkey.start() don't end the servers of an earlier run."""
    ready_run.start().until_up()
    for process in ready_run.left():
        if process.name() not in ("postgres", "valkey-server"):
            process.kill()
    ready_run.wait(1)
    assert ready_run.servers("postgres")
    ready_run.start().until_up()
    ready_run.ctrl_c()
    assert ready_run.wait(END_SECONDS) == 0
    assert ready_run.left() == []


def test_a_run_ends_with_the_process_that_started_it(var: Path, ready_run: BareRun) -> None:
    """As `make run` whose make was killed. Fails without --end-with-parent's look at getppid()."""
    child = f"""
import os, subprocess, sys, time
subprocess.Popen([{sys.executable!r}, *{["-m", "supervisor", "run", "--bare", "--end-with-parent"]!r},
                  "--procfile", {str(ready_run.procfile)!r}], stdout=open({str(ready_run.screen)!r}, "w"), stderr=2)
time.sleep(600)
"""
    ready_run.screen.touch()
    with subprocess.Popen([sys.executable, "-c", child], env={**ready_run.environ, "PATH": "/usr/bin:/bin"}) as parent:
        try:
            ready_run.until(lambda: len(ready_run.dummies()) == 4)
        finally:
            parent.kill()
    ready_run.until(lambda: ready_run.left() == [], END_SECONDS)


def test_a_second_run_on_the_same_folder_is_refused(ready_run: BareRun) -> None:
    """Fails without Lock.take()."""
    ready_run.start().until_up()
    second = BareRun(ready_run.var)
    second.screen = ready_run.var.with_name("second.screen")
    second.start()
    assert second.wait(20) == 1
    assert "Another run" in second.said()
    assert str(ready_run.var) in second.said()
    ready_run.ctrl_c()
    assert ready_run.wait(END_SECONDS) == 0


def test_two_checkouts_run_at_once(ready_run: BareRun, short_dir: Callable[[], Path]) -> None:
    """Two folders, two sets of servers. Fails where a socket or port is shared."""
    other = BareRun(short_dir() / "var")
    try:
        ready_run.start()
        other.start().until_up()
        ready_run.until_up()
    finally:
        other.ctrl_c()
        ready_run.ctrl_c()
        assert other.wait(END_SECONDS) == 0
        assert ready_run.wait(END_SECONDS) == 0
    assert other.left() == []


@pytest.mark.parametrize("setting", ["PORT", "SANDBOX_PORT"])
def test_a_taken_port_is_named_with_the_setting_that_moves_it(bare_run: BareRun, setting: str) -> None:
    """Fails where _check_ports() leaves the setting out; nothing may have been started."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        bare_run.start(**{setting: port})
        assert bare_run.wait(20) == 1
    assert f"Port {port} is taken" in bare_run.said()
    assert f"set {setting}" in bare_run.said()
    assert not (bare_run.var / "postgres").exists()


def test_a_port_that_is_no_port_is_named(bare_run: BareRun) -> None:
    """Fails where environment.port() takes any int()."""
    bare_run.start(PORT="80８0")
    assert bare_run.wait(20) == 1
    assert "PORT=" in bare_run.said()


def test_servers_that_the_caller_names_are_used_and_none_is_started(bare_run: BareRun) -> None:
    """Fails where _start_servers() starts one although DATABASE_URL or REDIS_URL is set."""
    show = "sh -c 'echo told=$DATABASE_URL,$REDIS_URL; sleep 600'"
    bare_run.procfile.write_text(f"dummy: {show}\n")
    bare_run.start(DATABASE_URL="postgresql+psycopg://elsewhere/x", REDIS_URL="redis://elsewhere/1")
    told = bare_run.var / "log" / "dummy.log"
    expected = "told=postgresql+psycopg://elsewhere/x,redis://elsewhere/1"
    bare_run.until(lambda: told.exists() and expected in told.read_text())
    assert bare_run.servers("postgres") == bare_run.servers("valkey-server") == []
    bare_run.ctrl_c()
    assert bare_run.wait(END_SECONDS) == 0


def test_a_second_start_keeps_the_rows_and_takes_seconds(bare_run: BareRun) -> None:
    """Fails where start() makes the data directory again; 10 s is ten times what it takes."""
    bare_run.start().until_up()
    with _connect(bare_run) as connection:
        connection.execute("CREATE TABLE kept (n int)")
        connection.execute("INSERT INTO kept VALUES (7)")
    bare_run.ctrl_c()
    bare_run.wait(END_SECONDS)
    started = time.monotonic()
    bare_run.start().until_up()
    assert time.monotonic() - started < 10
    with _connect(bare_run) as connection:
        assert connection.execute("SELECT n FROM kept").fetchall() == [(7,)]
    bare_run.ctrl_c()
    assert bare_run.wait(END_SECONDS) == 0


def _connect(run: BareRun) -> psycopg.Connection:
    return psycopg.connect(host=str(run.var / "run" / "pg"), user="postgres", dbname="xinyi", autocommit=True)
