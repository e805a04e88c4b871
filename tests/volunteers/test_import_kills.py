"""kill -9 while an import is read, previewed, written, taken back: whoever follows goes on, no row is lost or doubled.

`make proof-import` kills at 20 moments drawn by lot, `make test` at named points. Seen to fail where a chunk is
written whatever the cursor says.
"""

import os
import random
import signal
import time
import uuid
from collections import Counter
from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from app.kernel.db import db as database
from app.kernel.db import end_reads
from app.volunteers.imports import carrying as carrying_imports
from app.volunteers.imports import importing
from tests.volunteers import league, sheets

FULL = os.environ.get("PROOF") == "full"
KILLS, ROWS = 20, 6_000 if FULL else 400
GONE = os.WEXITED | os.WNOHANG | os.WNOWAIT
POINTS = ("import.read", "import.checked", "import.writing", "import.written", "import.undone")


def child(app: Any, work: Callable[[], object], point: str = "") -> int:
    """The pid of a process that does this."""
    end_reads()
    pid = os.fork()
    if not pid:
        try:
            database.engine.dispose(close=False)
            app.config["CRASH_POINT"] = point
            with app.app_context():
                work()
        finally:
            os._exit(0)
    return pid


def killed(pid: int) -> bool:
    _, status = os.waitpid(pid, 0)
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


def lease_over(db: psycopg.Connection) -> None:
    """As if a minute had gone by since the dead one moved."""
    db.execute("UPDATE work_progress SET moved_at = moved_at - interval '2 minutes' WHERE state = 'running'")


def steps(db: psycopg.Connection) -> int:
    """How many chunks are through with reading, previewing, writing, all together."""
    row = db.execute("SELECT (SELECT count(*) FROM import_chunks) + checked + written FROM imports").fetchone()
    assert row
    return int(row[0])


def once_each(db: psycopg.Connection, import_id: uuid.UUID, rows: int) -> None:
    assert db.execute("SELECT count(*), count(DISTINCT identity_index) FROM volunteers").fetchone() == (rows, rows)
    told = db.execute("SELECT count(*), count(DISTINCT about) FROM trail_entries WHERE what = 'volunteer.registered'")
    assert told.fetchone() == (rows, rows)
    job = sheets.now(import_id)
    assert (job.state, job.rows, job.counts["became"]["new"]) == ("done", rows, rows)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many chunks of a small file."""
    monkeypatch.setattr(carrying_imports, "CHUNK", 100)
    batches = carrying_imports.opening_sheets.batches
    monkeypatch.setattr(carrying_imports.opening_sheets, "batches", lambda content: (
        batch[place:place + 100] for batch in batches(content) for place in range(0, len(batch), 100)))


def test_at_every_named_point(inside: Any, small: None, db: psycopg.Connection) -> None:
    scope = league.made().school
    import_id = sheets.upload(scope, sheets.csv_of(sheets.people(ROWS)))
    for point in POINTS:
        if point == "import.writing":
            importing.commit(scope, import_id, "all")
        if point == "import.undone":
            once_each(db, import_id, ROWS)
            importing.undo(scope, import_id)
        assert killed(child(inside, carrying_imports.run_due, point)), point
        lease_over(db)
        if point in ("import.checked", "import.written", "import.undone"):
            carrying_imports.run_due()
    assert sheets.now(import_id).state == "undone"
    assert db.execute("SELECT count(*) FROM volunteers").fetchone() == (0,)


def at_moments_drawn_by_lot(inside: Any, small: None, db: psycopg.Connection) -> None:
    seed = random.randrange(10**6)
    chance, scope, kills = random.Random(seed), league.made().school, 0
    content, states = sheets.csv_of(sheets.people(ROWS)), []
    import_id = sheets.upload(scope, content)
    while (job := sheets.now(import_id)).state != "done":
        if job.state == "ready":
            importing.commit(scope, import_id, "all")
        pid, until = child(inside, carrying_imports.run_due), steps(db) + chance.randrange(13)
        while kills < KILLS and steps(db) < until and not os.waitid(os.P_PID, pid, GONE):
            pass
        if kills < KILLS:
            time.sleep(chance.uniform(0, 0.05))  # the moment itself is drawn by lot, too
            os.kill(pid, signal.SIGKILL)
        if killed(pid):
            kills += 1
            states.append(sheets.now(import_id).state)
        lease_over(db)
    once_each(db, import_id, ROWS)
    print(f"\n{ROWS} rows, killed at {kills} moments (seed {seed}) while {Counter(states)}: each row once")
    assert kills >= KILLS


def test_two_workers_and_two_files_at_once(inside: Any, small: None, db: psycopg.Connection) -> None:
    """Both find the same import waiting; and another file has the same people: each is registered once."""
    tree = league.made()
    content = sheets.csv_of(sheets.people(ROWS))
    first, second = sheets.read(tree.school, content), sheets.read(tree.east, content)
    for scope, job in ((tree.school, first), (tree.east, second)):
        importing.commit(scope, job.id, "valid")
    works = [(job.work_id, job.id) for job in (sheets.now(first.id), sheets.now(second.id))]
    pids = [child(inside, lambda told=told: carrying_imports.carry(*told)) for told in (*works, *works)]
    assert [killed(pid) for pid in pids] == [False] * 4
    assert db.execute("SELECT count(*), count(DISTINCT identity_index) FROM volunteers").fetchone() == (ROWS, ROWS)
    became = [sheets.now(job.id).counts["became"] for job in (first, second)]
    assert sum(each["new"] for each in became) == ROWS
    assert sum(sum(each.values()) for each in became) == 2 * ROWS


if FULL:
    test_at_moments_drawn_by_lot = pytest.mark.timeout(1800)(at_moments_drawn_by_lot)
