"""Entries are only added, blocks only chained, by one writer at a time."""

import threading
from typing import Any

import psycopg
import pytest

from app.kernel.db import end_reads, session, transaction
from app.trail import queries, sealing, verifying, writing
from app.trail.models import Block, Entry


def test_an_entry_belongs_to_a_transaction(context: None) -> None:
    """Fails where record() writes on its own, and so may tell of what was rolled back."""
    with pytest.raises(RuntimeError):
        writing.record(None, actor="system", who="系统", what="x", purpose="y")


def test_a_rolled_back_act_leaves_no_entry(context: None) -> None:
    """Fails where the entry is written by a session or a transaction of its own."""
    def work() -> None:
        with transaction():
            writing.record(None, actor="system", who="系统", what="x", purpose="y")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        work()
    assert session().query(Entry).count() == 0


def test_blocks_follow_each_other_and_nothing_waits(trail: list[Entry]) -> None:
    """Fails where numbers have gaps, a link is not the digest before, or an entry is sealed twice."""
    blocks = session().query(Block).order_by(Block.no).all()
    assert [len(block.leaves) for block in blocks] == [5, 1, 8]
    assert [block.no for block in blocks] == [1, 2, 3]
    assert [block.before for block in blocks] == [bytes(32), blocks[0].digest, blocks[1].digest]
    assert sealing.seal_pending() == 0
    assert verifying.verify_all().whole


def test_a_block_holds_no_more_than_its_most(context: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fails where the cut at MOST_LEAVES or the going on after it is lost."""
    monkeypatch.setattr(sealing, "MOST_LEAVES", 3)
    with transaction():
        for n in range(8):
            writing.record(None, actor="system", who="系统", what="x", purpose=str(n))
    assert sealing.seal_pending() == 8
    assert [len(block.leaves) for block in session().query(Block).order_by(Block.no)] == [3, 3, 2]
    assert verifying.verify_all().whole


def test_many_writers_and_sealers_at_once(app: Any, context: None) -> None:
    """Fails without the advisory lock: two sealers take the same number or the same entries."""
    def work() -> None:
        with app.app_context():
            for n in range(5):
                with transaction():
                    writing.record(None, actor="system", who="系统", what="x", purpose=str(n))
                sealing.seal_pending()

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    report = verifying.verify_all()
    assert (report.whole, report.entries, report.waiting) == (True, 30, 0)


@pytest.mark.parametrize("statement", [
    "UPDATE trail_entries SET purpose = 'x'", "UPDATE trail_entries SET block_no = NULL, place = NULL",
    "DELETE FROM trail_entries", "TRUNCATE trail_entries", "UPDATE trail_blocks SET root = before",
    "DELETE FROM trail_blocks", "TRUNCATE trail_blocks",
])
def test_the_database_itself_refuses_change(trail: list[Entry], db: psycopg.Connection, statement: str) -> None:
    """Fails where a trigger of migration 0003 is missing."""
    end_reads()  # a TRUNCATE waits for every reader
    with pytest.raises(psycopg.errors.RestrictViolation):
        db.execute(statement)


def test_a_citizen_sees_their_own_only(trail: list[Entry]) -> None:
    """Fails where the owner's predicate is dropped from a query."""
    mine, others = trail[1], trail[0]
    assert mine.citizen_id
    assert {entry.citizen_id for entry in queries.all_of(mine.citizen_id)} == {mine.citizen_id}
    rows, following = queries.of_citizen(mine.citizen_id, {"limit": 3})
    assert len(rows) == 3
    assert following
    assert queries.own(mine.citizen_id, others.id) is None
    assert queries.newest_sealed(mine.citizen_id) is not None
