"""The long steps of an import, done by a job chunk by chunk: each chunk in a transaction of its own that also moves the
cursor, under the import's row lock. A worker that dies is followed by another that goes on where the cursor is; of two
that work at one import at once, what one has written the other finds written.
"""

import gc
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import orjson
from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from app.kernel import clock, crash, progress
from app.kernel.db import end_reads, retrying, session, transaction
from app.kernel.settings import settings
from app.staff.scoping import within
from app.volunteers.imports import importing, matching_columns, opening_sheets
from app.volunteers.imports import papers as import_papers
from app.volunteers.imports import queries as import_queries
from app.volunteers.imports.kinds import Kind, Row, Seen
from app.volunteers.imports.models import UNDER_WAY, Import, ImportChunk
from app.volunteers.imports.queries import LETTERS
from app.volunteers.imports.reading_chunks import Reading, packed, unpacked, words_of
from app.volunteers.imports.sheet_errors import SheetEmpty, SheetRefused

AGAIN_AFTER = timedelta(minutes=1)  # who took it up and hasn't moved it for so long has died
CHUNK = 2000  # rows


class _Stop(Exception):
    """A row of an all-or-nothing import turned out wrong."""


def run_due() -> int:
    """Job: take up what was asked for; returns how many steps were done."""
    done = 0
    while (work := progress.take(importing.WORK, AGAIN_AFTER)) is not None:
        gc.freeze()  # or the whole application is looked through again and again for what a few thousand rows leave
        carry(work.id, uuid.UUID(work.told["subject"]))
        done += 1
    return done


def carry(work_id: uuid.UUID, import_id: uuid.UUID) -> None:
    """Do the step that this import is at, and those that follow by themselves."""
    while (job := import_papers.get(import_id)) is not None and job.under_way and job.work_id == work_id:
        STEPS[job.state](job, work_id)
    progress.finish(work_id)


def forget() -> int:
    """Job: what was kept of files long ago goes, with its key; returns how many. Who never said yes has dropped it."""
    past = clock.now() - timedelta(days=settings().IMPORT_KEEP_DAYS)
    with transaction() as s:
        old = s.scalars(select(Import).where(
            Import.data_key.is_not(None), func.coalesce(Import.ended_at, Import.began_at) < past,
            Import.state.not_in(UNDER_WAY)).limit(100).with_for_update(skip_locked=True)).all()
        for job in old:
            if job.ended_at is None:
                job.state, job.ended_at = "dropped", clock.now()
            s.flush()
            importing.empty(job)
    return len(old)


def _read(job: Import, work_id: uuid.UUID) -> None:
    """The sheet, into chunks. Read again after a death, what is kept stays; a file reads the same each time."""
    found = import_papers.get(job.id, file=True)
    content = import_papers.opened(job, import_papers.FILE, None if found is None else found.file_sealed)
    session().expunge_all()
    end_reads()
    head: list[str] = []
    number = rows = 0
    try:
        for chunk in _chunks(content, head):
            _keep(job, number, chunk)
            number, rows = number + 1, rows + len(chunk)
            progress.move(work_id, rows)
            crash.point("import.read")
        if not rows:
            raise SheetEmpty
    except SheetRefused as no:
        _refuse(job, no)
        return
    _has_been_read(job, head, number, rows)


def _chunks(content: bytes, head: list[str]) -> Iterator[list[tuple[int, list[str]]]]:
    """Fills `head` with the first row that is one."""
    waiting: list[tuple[int, list[str]]] = []
    for batch in opening_sheets.batches(content):
        if not head:
            first, batch = matching_columns.head_and_rest(batch)
            head.extend(first)
        waiting += batch
        if len(waiting) >= CHUNK:
            yield waiting
            waiting = []
    if waiting:
        yield waiting


def _keep(job: Import, number: int, rows: list[tuple[int, list[str]]]) -> None:
    values = {"import_id": job.id, "number": number, "organisation_id": job.organisation_id,
              "organisation_path": job.organisation_path, "words": {}, "left": {},
              "rows_sealed": import_papers.sealed_rows(job, number, rows)}
    with within(import_papers.scope_of(job)) as s:
        s.execute(insert(ImportChunk).values(**values).on_conflict_do_nothing())


def _refuse(job: Import, no: SheetRefused) -> None:
    with transaction():
        if _move(job, "reading", state="refused", refusal=no.code, refused_row=no.extra.get("row"), file_sealed=None,
                 ended_at=clock.now()):
            session().execute(delete(ImportChunk).where(ImportChunk.import_id == job.id))


def _has_been_read(job: Import, head: list[str], chunks: int, rows: int) -> None:
    kind = import_papers.kind_of(job)
    fingerprint = matching_columns.fingerprint(kind, head)
    mapping = matching_columns.remembered(job.organisation_id, kind, fingerprint) \
        or matching_columns.guessed(kind, head)
    known = matching_columns.complete(kind, mapping)
    with transaction():
        _move(job, "reading", state="checking" if known else "mapping", mapping=mapping, fingerprint=fingerprint,
              head_sealed=import_papers.sealed(job, import_papers.HEAD, orjson.dumps(head)), file_sealed=None,
              chunks=chunks, rows=rows, checked=0)


def _check(job: Import, work_id: uuid.UUID) -> None:
    """The preview. Started anew it reads all rows again, to know which are there twice, and asks for those not seen."""
    reading, done = Reading(job), 0
    first: dict[Any, int] = {}
    for number in range(job.chunks):
        chunk = import_papers.chunk(job, number)
        right, seen = reading.rows(chunk, first)
        if number >= job.checked:
            seen += reading.kind.preview(reading.scope, right) if right else []
            _keep_seen(job, chunk, sorted(seen, key=lambda each: each.number))
        done += len(reading.numbers)
        progress.move(work_id, done, job.rows)
        crash.point("import.checked")
    with transaction():
        _move(job, "checking", state="ready", counts=import_queries.counts(job.id))


def _keep_seen(job: Import, chunk: ImportChunk, seen: list[Seen]) -> None:
    with within(import_papers.scope_of(job)) as s:
        if not _move(job, "checking", checked=func.greatest(Import.checked, chunk.number + 1)):
            return
        s.execute(update(ImportChunk).where(ImportChunk.import_id == job.id, ImportChunk.number == chunk.number).values(
            seen="".join(LETTERS[each.outcome] for each in seen), became=None, words=words_of(seen)))


def _write(job: Import, work_id: uuid.UUID) -> None:
    reading = Reading(job)
    try:
        for number in range(job.written, job.chunks):
            chunk = import_papers.chunk(job, number)
            rows = reading.seen_right(chunk)
            retrying(partial(_write_chunk, job, reading, chunk, rows))
            progress.move(work_id, min((number + 1) * CHUNK, job.rows), job.rows)
            crash.point("import.written")
    except _Stop:
        with transaction():
            _move(job, "writing", state="undoing")
        return
    with transaction():
        _move(job, "writing", state="done", ended_at=clock.now(), counts=import_queries.counts(job.id))


def _write_chunk(job: Import, reading: Reading, chunk: ImportChunk, rows: list[Row]) -> None:
    moment, number = clock.now(), chunk.number
    with within(reading.scope) as s:
        present = import_papers.get(job.id, lock=True)
        if present is None or present.state != "writing" or present.written != number:
            return  # another worker was here
        effects = reading.kind.write(reading.scope, rows, moment) if rows else []
        by_number = {effect.number: effect for effect in effects}
        if present.choice == "all" and any(effect.outcome == "wrong" for effect in effects):
            raise _Stop
        told = {each: by_number[each].outcome if each in by_number else "wrong" for each in reading.numbers}
        words = chunk.words | words_of([effect for effect in effects if effect.outcome == "wrong"])
        s.execute(update(ImportChunk).where(ImportChunk.import_id == job.id, ImportChunk.number == number).values(
            became="".join(LETTERS[outcome] for outcome in told.values()), words=words, written_at=moment,
            effects_sealed=import_papers.sealed(job, f"{import_papers.EFFECTS}.{number}", packed(effects))))
        _move(job, "writing", written=number + 1)
        crash.point("import.writing")


def _undo(job: Import, work_id: uuid.UUID) -> None:
    scope, kind = import_papers.scope_of(job), import_papers.kind_of(job)
    for number in range(job.undone, job.written):
        retrying(partial(_undo_chunk, job, kind, number))
        progress.move(work_id, min((number + 1) * CHUNK, job.rows), job.rows)
        crash.point("import.undone")
    with within(scope):
        _move(job, "undoing", state="undone", ended_at=clock.now(), counts=import_queries.counts(job.id))


def _undo_chunk(job: Import, kind: Kind, number: int) -> None:
    scope = import_papers.scope_of(job)
    with within(scope) as s:
        present, chunk = import_papers.get(job.id, lock=True), import_papers.chunk(job, number)
        if present is None or present.state != "undoing" or present.undone != number or chunk.written_at is None:
            return
        effects = unpacked(import_papers.opened(job, f"{import_papers.EFFECTS}.{number}", chunk.effects_sealed))
        left = kind.undo(scope, effects, chunk.written_at) if effects else {}
        s.execute(update(ImportChunk).where(ImportChunk.import_id == job.id, ImportChunk.number == number).values(
            left={str(row): why for row, why in left.items()}))
        _move(job, "undoing", undone=number + 1)


def _move(job: Import, was: str, **values: Any) -> bool:
    """In the caller's transaction, where the import is still in this state."""
    return session().execute(update(Import).where(Import.id == job.id, Import.state == was).values(**values)
                             .returning(Import.id)).scalar() is not None


STEPS: dict[str, Callable[[Import, uuid.UUID], None]] = {
    "reading": _read, "checking": _check, "writing": _write, "undoing": _undo}
