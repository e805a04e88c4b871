"""A spreadsheet's way into the register, as staff steer it: upload, columns, preview, yes, undo.

Each step that takes long is written down as a piece of work and done by a job (carrying_imports.py): what a page asks
for is only one conditional write. States: reading → (refused | mapping →) checking → ready → writing → done → undoing →
undone; who looks at the preview may also drop it, or match the columns anew.
"""

import uuid
from typing import Any, Literal

from sqlalchemy import delete, update

from app.kernel import clock, progress
from app.kernel.db import session
from app.kernel.ids import new_id
from app.kernel.sealing import sealer
from app.kernel.settings import settings
from app.staff import organising
from app.staff.scoping import Scope, within
from app.trail import writing as trail
from app.volunteers.imports import matching_columns
from app.volunteers.imports import papers as import_papers
from app.volunteers.imports import queries as import_queries
from app.volunteers.imports.errors import ImportForgotten, ImportHasWrong, ImportMoved, ImportNothingToDo
from app.volunteers.imports.kinds import Kind
from app.volunteers.imports.models import Import, ImportChunk
from app.volunteers.imports.sheet_errors import SheetEmpty, SheetTooLarge

WORK = "league.import"
Choice = Literal["all", "valid"]


def begin(scope: Scope, kind: Kind, file_name: str, content: bytes) -> uuid.UUID:
    """Take a file in, sealed, to be read soon. Raises RoleMissing, SheetEmpty, SheetTooLarge."""
    scope.need(kind.role)
    if len(content) > settings().IMPORT_BYTES:
        raise SheetTooLarge
    if not content:
        raise SheetEmpty
    own = organising.within(scope.path, scope.organisation_id)
    identity = new_id()
    job = Import(id=identity, kind=kind.name, organisation_id=own.id, organisation_path=own.path,
                 account_id=scope.account_id, level=scope.level, data_key=sealer().new_data_key(f"import:{identity}"))
    job.file_sealed = import_papers.sealed(job, import_papers.FILE, content)
    job.file_name_sealed = import_papers.sealed(job, import_papers.FILE_NAME, file_name[-100:].encode())
    with within(scope) as s:
        s.add(job)
        s.flush()
        job.work_id = _work(scope, job, f"读取{kind.title}表格")
        tell(scope, job, "import.begun", f"上传{kind.title}表格")
    return identity


def match(scope: Scope, import_id: uuid.UUID, mapping: dict[str, int]) -> None:
    """Say which column is which; the organisation's next sheet with this head is read so by itself.

    Raises ImportUnknown, ImportMoved, ImportColumnsWrong, RoleMissing.
    """
    with within(scope):
        job, kind = _own(scope, import_id)
        matching_columns.check(kind, mapping, len(import_papers.head_of(job)))
        _move(scope, job, ("mapping", "ready"), state="checking", mapping=mapping, checked=0,
              work_id=_work(scope, job, f"核对{kind.title}表格", job.rows))
        matching_columns.remember(scope, job, mapping)


def commit(scope: Scope, import_id: uuid.UUID, choice: Choice) -> None:
    """Write the rows: `all` of them or none, or those that are `valid`.

    Raises ImportUnknown, ImportMoved, ImportHasWrong, ImportNothingToDo, RoleMissing.
    """
    with within(scope):
        job, kind = _own(scope, import_id)
        wrong = job.counts.get("seen", {}).get("wrong", 0)
        if job.state == "ready" and choice == "all" and wrong:
            raise ImportHasWrong
        if job.state == "ready" and wrong == job.rows:
            raise ImportNothingToDo
        _move(scope, job, ("ready",), state="writing", choice=choice,
              work_id=_work(scope, job, f"导入{kind.title}", job.rows))
        tell(scope, job, "import.committed", f"导入{kind.title}表格")


def drop(scope: Scope, import_id: uuid.UUID) -> None:
    """Away with it before anything is written. Raises ImportUnknown, ImportMoved, RoleMissing."""
    with within(scope):
        job, _ = _own(scope, import_id)
        _move(scope, job, ("mapping", "ready"), state="dropped", ended_at=clock.now())
        empty(job)


def undo(scope: Scope, import_id: uuid.UUID) -> None:
    """Take back what nobody has touched since. Raises ImportUnknown, ImportMoved, ImportForgotten, RoleMissing."""
    with within(scope):
        job, kind = _own(scope, import_id)
        if job.state == "done" and job.data_key is None:
            raise ImportForgotten
        _move(scope, job, ("done",), state="undoing", ended_at=None,
              work_id=_work(scope, job, f"撤销{kind.title}导入", job.rows))
        tell(scope, job, "import.undo_asked", f"撤销{kind.title}导入")


def empty(job: Import) -> None:
    """In the caller's transaction: nothing of the file is kept, nor the key to what backups may hold."""
    session().execute(delete(ImportChunk).where(ImportChunk.import_id == job.id))
    session().execute(update(Import).where(Import.id == job.id).values(
        data_key=None, file_sealed=None, file_name_sealed=None, head_sealed=None, mapping=None, chunks=0, checked=0,
        written=0, undone=0))


def tell(scope: Scope, job: Import, what: str, purpose: str) -> None:
    """In the caller's transaction: who did what with a file, for the auditors."""
    trail.record(None, actor=scope.actor, who=organising.name_of(scope.organisation_id), what=what, purpose=purpose,
                 about=f"import:{job.id}")


def _own(scope: Scope, import_id: uuid.UUID) -> tuple[Import, Kind]:
    job = import_queries.one(scope, import_id)
    kind = import_papers.kind_of(job)
    scope.need(kind.role)
    return job, kind


def _move(scope: Scope, job: Import, states: tuple[str, ...], **values: Any) -> None:
    """One conditional write: of two who ask at once one is told that it has moved on."""
    moved = session().execute(update(Import).where(scope.sees(Import.organisation_path), Import.id == job.id,
                                                   Import.state.in_(states)).values(**values).returning(Import.id))
    if moved.scalar() is None:
        raise ImportMoved


def _work(scope: Scope, job: Import, title: str, total: int | None = None) -> uuid.UUID:
    return progress.begin(WORK, scope.actor, title, total, subject=str(job.id))
