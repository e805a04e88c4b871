"""What the sandbox remembers: one SQLite file and one lock, so that every effect is whole and outlives kill -9."""

import hashlib
import hmac
import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SCHEMA = Path(__file__).with_name("schema.sql")
WIPED = ("verifications", "queries", "batches", "records", "breaches", "events", "turned_away")
AND_AGREED = ("authorizations", "revocations", "red_entries", "initiatives", "responses", "feedbacks")
Row = dict[str, Any]


class State:
    """The file, its one connection and the lock under which every request works."""

    def __init__(self, path: Path, key: bytes) -> None:
        self.lock = threading.RLock()
        self.key = key
        self.day_digests: dict[tuple[str, str, int], str] = {}
        self._depth = 0
        path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._db.row_factory = sqlite3.Row
        # WAL with NORMAL survives a killed process, which is all that is promised here; a power cut may lose a second.
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "cache_size=-16000"):
            self._db.execute(f"pragma {pragma}")
        self._db.executescript(SCHEMA.read_text("utf-8"))

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Lock and write; inner ones join; any exception rolls the outermost back."""
        with self.lock:
            self._depth += 1
            if self._depth == 1:
                self._db.execute("begin immediate")
            try:
                yield
            except BaseException:
                if self._depth == 1:
                    self._db.execute("rollback")
                raise
            else:
                if self._depth == 1:
                    self._db.execute("commit")
            finally:
                self._depth -= 1

    def run(self, sql: str, *values: Any) -> None:
        """One write, inside of the transaction under way or as its own."""
        with self.lock:
            self._db.execute(sql, values)

    def insert(self, table: str, row: Row) -> None:
        """A new row; column names come from code only."""
        names = ", ".join(row)
        marks = ", ".join("?" for _ in row)
        self.run(f"insert into {table} ({names}) values ({marks})", *row.values())  # noqa: S608

    def one(self, sql: str, *values: Any) -> Row | None:
        """The first row or None."""
        with self.lock:
            row = self._db.execute(sql, values).fetchone()
        return dict(row) if row else None

    def all(self, sql: str, *values: Any) -> list[Row]:
        """All rows."""
        with self.lock:
            return [dict(row) for row in self._db.execute(sql, values).fetchall()]

    def number(self, name: str, prefix: str = "", width: int = 10) -> str:
        """The next number of a kind, never given out twice."""
        row = self.one(
            "insert into counters values (?, 1) on conflict (name) do update set n = n + 1 returning n", name
        )
        return f"{prefix}{row['n']:0{width}d}" if row else prefix

    def keyed(self, value: Any) -> str:
        """A keyed digest of a JSON value: equal values meet, the value itself is not kept."""
        return hmac.new(self.key, canonical(value), hashlib.sha256).hexdigest()

    def close(self) -> None:
        """Fold the log into the file and let go of it."""
        with self.lock:
            self._db.close()

    def wipe(self, everything: bool) -> None:
        """Forget what was taken and asked, and with `everything` what was agreed; people, openids, counters stay."""
        with self.transaction():
            for table in WIPED + AND_AGREED if everything else WIPED:
                self.run(f"delete from {table}")  # noqa: S608
            self.day_digests.clear()


def canonical(value: Any) -> bytes:
    """One text for equal JSON values, whatever the order of their names was."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
