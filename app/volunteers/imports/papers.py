"""What an import keeps of its file, sealed under a key of its own, and the scope that it acts in."""

import uuid
from collections.abc import Sequence

import orjson
from sqlalchemy import select
from sqlalchemy.orm import undefer

from app.kernel.db import session
from app.kernel.sealing import SealBroken, sealer
from app.staff.scoping import Scope
from app.volunteers.imports.errors import ImportForgotten
from app.volunteers.imports.importable import KINDS
from app.volunteers.imports.kinds import Kind
from app.volunteers.imports.models import Import, ImportChunk

FILE, FILE_NAME, HEAD, ROWS, EFFECTS = ("import.file", "import.file_name", "import.head", "import.rows",
                                        "import.effects")


def scope_of(job: Import) -> Scope:
    """Of who uploaded the file, for what the kind needs and no more."""
    path = "/" if job.level == "province" else job.organisation_path
    return Scope(job.account_id, job.organisation_id, path, job.level, frozenset({kind_of(job).role}),
                 f"staff:{job.account_id}")


def kind_of(job: Import) -> Kind:
    return KINDS[job.kind]


def sealed(job: Import, what: str, plain: bytes) -> bytes:
    """Raises ImportForgotten."""
    if job.data_key is None:
        raise ImportForgotten
    return sealer().seal(job.data_key, job.owner, what, plain)


def opened(job: Import, what: str, kept: bytes | None) -> bytes:
    """Raises ImportForgotten where it isn't kept any more."""
    if job.data_key is None or kept is None:
        raise ImportForgotten
    try:
        return sealer().open(job.data_key, job.owner, what, kept)
    except SealBroken:
        raise ImportForgotten from None


def sealed_rows(job: Import, number: int, rows: Sequence[tuple[int, list[str]]]) -> bytes:
    return sealed(job, f"{ROWS}.{number}", orjson.dumps(rows))


def rows_of(job: Import, chunk: ImportChunk) -> list[tuple[int, list[str]]]:
    """Row numbers of the sheet with the texts of their cells. Raises ImportForgotten."""
    told: list[tuple[int, list[str]]] = orjson.loads(opened(job, f"{ROWS}.{chunk.number}", chunk.rows_sealed))
    return told


def head_of(job: Import) -> list[str]:
    """The sheet's own head; empty where nothing is kept."""
    if job.data_key is None or job.head_sealed is None:
        return []
    told: list[str] = orjson.loads(opened(job, HEAD, job.head_sealed))
    return told


def file_name_of(job: Import) -> str:
    if job.data_key is None or job.file_name_sealed is None:
        return "（已清除）"
    return opened(job, FILE_NAME, job.file_name_sealed).decode()


def get(import_id: uuid.UUID, *, lock: bool = False, file: bool = False) -> Import | None:
    """As it is now, for the job that works at it."""
    query = select(Import).where(Import.id == import_id).execution_options(populate_existing=True)
    if file:
        query = query.options(undefer(Import.file_sealed))
    return session().scalar(query.with_for_update() if lock else query)


def chunk(job: Import, number: int) -> ImportChunk:
    return session().scalars(select(ImportChunk).where(
        ImportChunk.import_id == job.id, ImportChunk.number == number)
        .execution_options(populate_existing=True)).one()


