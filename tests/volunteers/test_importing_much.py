"""100,000 rows in one file: in bounded memory, and not four times as long as reading and COPYing them alone.

`make proof-import` takes all of them and prints the figures; `make test` 2,000, without the clock's word.
"""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import psutil
import psycopg
import pytest

from app.volunteers import importing, opening_sheets
from tests.volunteers import league, sheets
from tests.volunteers.import_worker import peak_mb

FULL = os.environ.get("PROOF") == "full"
ROWS = 100_000 if FULL else 2_000
MOST_MB, MOST_TIMES = 300, 4


class Worker:
    """A worker process, asked to work by a line; watches what it and its reader hold."""

    def __init__(self, environ: dict[str, str]) -> None:
        self.process = subprocess.Popen([sys.executable, "-m", "tests.volunteers.import_worker"], env=environ,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout
        assert self.process.stdout.readline() == "ready\n"
        self.readers_mb = 0.0

    def work(self) -> dict[str, Any]:
        assert self.process.stdin
        assert self.process.stdout
        over = threading.Event()
        watching = threading.Thread(target=self._watch, args=(over,))
        watching.start()
        self.process.stdin.write("go\n")
        self.process.stdin.flush()
        told = json.loads(self.process.stdout.readline())
        over.set()
        watching.join()
        return told

    def _watch(self, over: threading.Event) -> None:
        while not over.wait(0.02):
            for each in psutil.Process(self.process.pid).children():
                self.readers_mb = max(self.readers_mb, peak_mb(each.pid))

    def end(self) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def worker(environ: dict[str, str], inside: Any) -> Iterator[Worker]:
    started = Worker({**os.environ, **environ})
    yield started
    started.end()


def alone(db: psycopg.Connection, content: bytes) -> tuple[float, float, float]:
    """Seconds for reading the rows, by the same reader; for COPYing what the import has left of them into tables of the
    same columns, checks and indexes; and for COPYing the bare texts into a table without any.
    """
    began = time.monotonic()
    rows = [(number, *cells) for batch in opening_sheets.batches(content) for number, cells in batch]
    read, copied = time.monotonic() - began, 0.0
    for table in ("volunteers", "trail_entries"):
        with db.cursor().copy(f"COPY {table} TO STDOUT (FORMAT binary)") as copy:
            kept = [bytes(piece) for piece in copy]
        db.execute(f"CREATE TEMP TABLE alone_{table} (LIKE {table} INCLUDING ALL)")
        began = time.monotonic()
        with db.cursor().copy(f"COPY alone_{table} FROM STDIN (FORMAT binary)") as copy:
            for piece in kept:
                copy.write(piece)
        copied += time.monotonic() - began
    db.execute("CREATE TEMP TABLE bare (number bigint, name text, id_number text, phone text)")
    began = time.monotonic()
    with db.cursor().copy("COPY bare FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
    return read, copied, time.monotonic() - began


def test_a_hundred_thousand_rows(worker: Worker, db: psycopg.Connection) -> None:
    tree = league.made()
    content = sheets.xlsx_of(sheets.people(ROWS))
    import_id = sheets.upload(tree.school, content)
    previewed = worker.work()
    assert sheets.now(import_id).counts["seen"] == {"new": ROWS, "changed": 0, "same": 0, "wrong": 0}
    importing.commit(tree.school, import_id, "all")
    written = worker.work()
    job = sheets.now(import_id)
    assert (job.state, job.counts["became"]["new"]) == ("done", ROWS)
    assert db.execute("SELECT count(*), count(DISTINCT identity_index) FROM volunteers").fetchone() == (ROWS, ROWS)
    seconds, memory = previewed["seconds"] + written["seconds"], written["peak_mb"] + worker.readers_mb
    read, copied, bare = alone(db, content)
    floor = read + copied
    print(f"\n{ROWS} rows, {len(content) / 1e6:.1f} MB: read alone {read:.1f} s, COPYed alone as the register keeps"
          f" them {copied:.1f} s; imported in {seconds:.1f} s (read and previewed {previewed['seconds']:.1f}, written"
          f" {written['seconds']:.1f}; processor {previewed['cpu']:.1f} and {written['cpu']:.1f}):"
          f" {seconds / floor:.2f} times; {seconds / (read + bare):.1f} times reading and COPYing bare texts without"
          f" an index ({bare:.1f} s); at most {written['peak_mb']:.0f} MB and {worker.readers_mb:.0f} MB of the reader")
    assert memory < MOST_MB
    if FULL:
        assert seconds <= MOST_TIMES * floor


if FULL:
    test_a_hundred_thousand_rows = pytest.mark.timeout(1800)(test_a_hundred_thousand_rows)
