"""Sealing: one writer at a time makes blocks of the entries that wait."""

from sqlalchemy import func, select, text

from app.kernel import clock
from app.kernel.db import transaction
from app.kernel.sealing import keyring
from app.trail import blocks, leaves
from app.trail.models import Entry
from app.trail.queries import head

MOST_LEAVES = 4096
MOST_BLOCKS = 32  # in one run, so that a job stays short
WRITER = 0x7472_6169  # "trai": the advisory lock of the one writer
PLACE = text("UPDATE trail_entries AS e SET block_no = :no, place = p.place "
             "FROM unnest(CAST(:ids AS uuid[]), CAST(:places AS bigint[])) AS p(id, place) WHERE e.id = p.id")


def seal_pending() -> int:
    """Put all waiting entries into signed blocks; returns how many. A job; safe to run twice at once."""
    done = 0
    for _ in range(MOST_BLOCKS):
        sealed = _seal_block()
        done += sealed
        if sealed < MOST_LEAVES:
            break
    return done


def _seal_block() -> int:
    with transaction() as s:
        # under READ COMMITTED the statements after the lock see what the writer before has committed
        s.execute(select(func.pg_advisory_xact_lock(WRITER)))
        waiting = s.execute(select(*_COLUMNS).where(Entry.block_no.is_(None)).order_by(Entry.id)
                            .limit(MOST_LEAVES)).all()
        if not waiting:
            return 0
        before = head()
        no, link = (before.no + 1, before.digest) if before else (1, blocks.GENESIS)
        hashed = [leaves.leaf_hash(leaves.leaf(entry)) for entry in waiting]
        s.add(blocks.make(no, link, leaves.root(hashed), hashed, clock.now(), keyring().trail))
        s.flush()
        s.execute(PLACE, {"no": no, "ids": [entry.id for entry in waiting], "places": list(range(len(waiting)))})
    return len(waiting)


_COLUMNS = [column for column in Entry.__table__.columns if column.name not in {"block_no", "place"}]
