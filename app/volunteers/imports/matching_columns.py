"""Which column of a sheet is which: by its head, as an organisation said before, or as somebody says now."""

import re
import uuid
from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.kernel import clock
from app.kernel.db import need_transaction, session
from app.kernel.sealing import sealer
from app.staff.scoping import Scope
from app.volunteers.imports.errors import ImportColumnsWrong
from app.volunteers.imports.kinds import Kind
from app.volunteers.imports.models import Import, ImportMapping

NOISE = re.compile(r"[\s*＊:：]|[(（][^)）]*[)）]")
NEEDED, TWICE, NO_SUCH = "必填的列，请选择对应的列。", "同一列选了两次。", "表格里没有这一列。"


def head_and_rest(rows: Sequence[tuple[int, list[str]]]) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """The first row with more than one cell is the head: a title over the table is none."""
    for place, (_, cells) in enumerate(rows):
        if sum(bool(cell) for cell in cells) > 1:
            return cells, list(rows[place + 1:])
    return rows[0][1], list(rows[1:])


def fingerprint(kind: Kind, head: Sequence[str]) -> bytes:
    """Keyed: a sheet without a head begins with somebody's row."""
    return sealer().index(f"import-head.{kind.name}", "\x1f".join(head))


def guessed(kind: Kind, head: Sequence[str]) -> dict[str, int]:
    """By labels and aliases; of two columns that would do, the first."""
    plain = [NOISE.sub("", text) for text in head]
    found: dict[str, int] = {}
    for column in kind.columns:
        place = next((plain.index(name) for name in (column.label, *column.aliases) if name in plain), None)
        if place is not None and place not in found.values():
            found[column.key] = place
    return found


def complete(kind: Kind, mapping: Mapping[str, int]) -> bool:
    return all(column.key in mapping for column in kind.columns if column.required)


def check(kind: Kind, mapping: Mapping[str, int], width: int) -> None:
    """Raises ImportColumnsWrong, by column."""
    wrong = {column.key: [NEEDED] for column in kind.columns if column.required and column.key not in mapping}
    places = list(mapping.values())
    for key, place in mapping.items():
        if kind.column(key) is None or not 0 <= place < width:
            wrong[key] = [NO_SUCH]
        elif places.count(place) > 1:
            wrong[key] = [TWICE]
    if wrong:
        raise ImportColumnsWrong(errors=wrong)


def remembered(organisation_id: uuid.UUID, kind: Kind, of: bytes) -> dict[str, int] | None:
    """As this organisation said when it last had a sheet with this head."""
    return session().scalar(select(ImportMapping.mapping).where(
        ImportMapping.organisation_id == organisation_id, ImportMapping.kind == kind.name,
        ImportMapping.fingerprint == of))


def remember(scope: Scope, job: Import, mapping: Mapping[str, int]) -> None:
    """In the caller's transaction."""
    need_transaction()
    row = insert(ImportMapping).values(organisation_id=job.organisation_id, kind=job.kind, fingerprint=job.fingerprint,
                                       organisation_path=job.organisation_path, mapping=dict(mapping),
                                       used_at=clock.now())
    session().execute(row.on_conflict_do_update(index_elements=["organisation_id", "kind", "fingerprint"],
                                                set_={"mapping": dict(mapping), "used_at": clock.now()}))
