"""Imports as their pages show them: within the scope, without what the file held."""

import uuid
from typing import Any

from sqlalchemy import Select, func, select

from app.kernel.db import session
from app.staff.scoping import Scope
from app.volunteers.imports.errors import ImportUnknown
from app.volunteers.imports.models import WAITING, Import, ImportChunk

LETTERS = {"new": "n", "changed": "c", "same": "s", "wrong": "w"}
OUTCOMES = {letter: outcome for outcome, letter in LETTERS.items()}


def one(scope: Scope, import_id: uuid.UUID) -> Import:
    """Raises ImportUnknown."""
    found = session().scalar(select(Import).where(scope.sees(Import.organisation_path), Import.id == import_id)
                             .execution_options(populate_existing=True))
    if found is None:
        raise ImportUnknown
    return found


def listing(scope: Scope, kinds: tuple[str, ...]) -> Select[Any]:
    """Of these kinds, without files."""
    return select(Import).where(scope.sees(Import.organisation_path), Import.kind.in_(kinds))


def waiting(scope: Scope, kinds: tuple[str, ...]) -> int:
    """How many of one's own wait for columns or for a yes."""
    return session().scalar(select(func.count()).select_from(Import).where(
        scope.sees(Import.organisation_path), Import.account_id == scope.account_id, Import.kind.in_(kinds),
        Import.state.in_(WAITING))) or 0


def counts(import_id: uuid.UUID) -> dict[str, Any]:
    """{"seen": rows by outcome as the preview saw them, "became": as they were written, "left": by an undoing}: of the
    chunks as they are now, a letter for each row.
    """
    def of(column: Any) -> list[Any]:
        return [func.coalesce(func.sum(func.length(column) - func.length(func.replace(column, letter, ""))), 0)
                for letter in OUTCOMES]

    left = func.coalesce(func.sum(select(func.count()).select_from(
        func.jsonb_object_keys(ImportChunk.left).alias("each")).scalar_subquery()), 0)
    row = [int(each) for each in session().execute(select(*of(ImportChunk.seen), *of(ImportChunk.became), left).where(
        ImportChunk.import_id == import_id)).one()]
    names = list(LETTERS)
    return {"seen": dict(zip(names, row[:4], strict=True)), "became": dict(zip(names, row[4:8], strict=True)),
            "left": row[8]}


def words(import_id: uuid.UUID, outcome: str, most: int) -> list[tuple[int, dict[str, str]]]:
    """The first rows of this outcome in the sheet's order, with what is said of them."""
    found: list[tuple[int, dict[str, str]]] = []
    letter = LETTERS[outcome]
    for chunk in session().execute(select(ImportChunk.seen, ImportChunk.became, ImportChunk.words).where(
            ImportChunk.import_id == import_id, ImportChunk.seen.contains(letter) | ImportChunk.became.contains(letter))
            .order_by(ImportChunk.number)):
        found += [(int(number), told["words"]) for number, told in chunk.words.items() if told["outcome"] == outcome]
        if len(found) >= most:
            break
    return sorted(found)[:most]


def left(import_id: uuid.UUID, most: int) -> list[tuple[int, str]]:
    """Rows that an undoing left as they are, and why."""
    found: list[tuple[int, str]] = []
    for told in session().scalars(select(ImportChunk.left).where(ImportChunk.import_id == import_id)
                                  .order_by(ImportChunk.number)):
        found += sorted((int(number), why) for number, why in told.items())
        if len(found) >= most:
            break
    return found[:most]
