"""100,000 rows in one file: in bounded memory, and in four times what reading and COPYing them alone takes at most.

`make proof-import` takes all (or ROWS) of them and prints the figures; `make test` 2,000, without the clock's word.
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
from sqlalchemy.dialects import postgresql

from app.identity.sealing import identity_index
from app.kernel import clock
from app.kernel.db import end_reads
from app.kernel.ids import new_id
from app.staff.scoping import Scope
from app.volunteers import registering
from app.volunteers.imports import importing, opening_sheets
from app.volunteers.models import Volunteer
from app.volunteers.registering import Checked, Person
from tests.volunteers import league, sheets
from tests.volunteers.import_worker import peak_mb, processor

FULL = os.environ.get("PROOF") == "full"
ROWS = int(os.environ.get("ROWS", "0")) or 100_000 if FULL else 2_000
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


class Alone:
    """The least that brings these rows there (decision 0208): read by the same reader, sealed, COPYed as they come into
    the register and the trail's like; nothing checked, looked up, shown first or resumed. Seconds of both kinds.
    """

    def __init__(self, db: psycopg.Connection, content: bytes, scope: Scope) -> None:
        db.execute("DELETE FROM volunteers")
        db.execute("VACUUM volunteers")
        db.execute("CREATE TABLE alone (LIKE trail_entries INCLUDING ALL)")
        self.db, self.where = db, registering.own_place(scope)
        self.columns = [column.name for column in Volunteer.__table__.columns]
        end_reads()
        backend = db.info.backend_pid
        began, used = time.monotonic(), processor(backend)
        with db.transaction():
            noted = self._volunteers(content)
            self._entries(noted, scope)
        self.seconds, self.processor = time.monotonic() - began, processor(backend) - used
        assert len(noted) == ROWS
        db.execute("DROP TABLE alone")

    def _volunteers(self, content: bytes) -> list[str]:
        noted = []
        types = [column.type.compile(postgresql.dialect()).split(" COLLATE")[0]
                 for column in Volunteer.__table__.columns]
        with self.db.cursor().copy(f"COPY volunteers ({', '.join(self.columns)}) FROM STDIN (FORMAT binary)") as copy:
            copy.set_types([each.lower() for each in types])
            for batch in opening_sheets.batches(content):
                for _, (name, number, phone) in batch[1:] if not noted else batch:
                    told = registering.values(Checked(Person(name, number, phone, "360102"), number,
                                                      identity_index(number), False), self.where)
                    told["volunteer_no"] = f"360102{len(noted):010d}"  # drawn ones would meet, as they do in an import
                    copy.write_row([told.get(column) for column in self.columns])
                    noted.append(f"volunteer:{told['id']}")
        return noted

    def _entries(self, noted: list[str], scope: Scope) -> None:
        moment = clock.now()
        with self.db.cursor().copy("COPY alone (id, at, actor, who, what, purpose, about) FROM STDIN"
                                   " (FORMAT binary)") as copy:
            copy.set_types(["uuid", "timestamptz", *["varchar"] * 5])
            for about in noted:
                copy.write_row((new_id(), moment, scope.actor, "东县团委", "volunteer.registered", "登记志愿者", about))


def bare(db: psycopg.Connection, content: bytes) -> float:
    """Seconds for reading, and COPYing the texts of the sheet, in clear, into a table without an index."""
    db.execute("CREATE TEMP TABLE bare (number bigint, name text, id_number text, phone text)")
    began = time.monotonic()
    with db.cursor().copy("COPY bare FROM STDIN") as copy:
        for batch in opening_sheets.batches(content):
            for number, cells in batch:
                copy.write_row((number, *cells))
    return time.monotonic() - began


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
    alone, in_clear = Alone(db, content, tree.school), bare(db, content)
    seconds, used = (previewed[name] + written[name] for name in ("seconds", "processor"))
    memory = written["peak_mb"] + worker.readers_mb
    print(f"\n{ROWS} rows, {len(content) / 1e6:.1f} MB: read, sealed and COPYed alone {alone.seconds:.1f} s; imported"
          f" in {seconds:.1f} s (read and previewed {previewed['seconds']:.1f}, written {written['seconds']:.1f}):"
          f" {seconds / alone.seconds:.2f} times; of the processor {used:.1f} s to {alone.processor:.1f} s:"
          f" {used / alone.processor:.2f} times; read and COPYed in clear {in_clear:.1f} s:"
          f" {seconds / in_clear:.1f} times; at most {written['peak_mb']:.0f} MB and {worker.readers_mb:.0f} MB of the"
          f" reader")
    assert memory < MOST_MB
    if FULL:
        assert used <= MOST_TIMES * alone.processor
        quiet = os.getloadavg()[0] <= (os.cpu_count() or 1)
        assert seconds <= MOST_TIMES * alone.seconds or not quiet, "in time too, where nobody else is at work"


if FULL:
    test_a_hundred_thousand_rows = pytest.mark.timeout(1800)(test_a_hundred_thousand_rows)
