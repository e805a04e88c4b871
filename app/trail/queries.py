"""What of the trail is a citizen's to see. Others' entries are as good as absent."""

import uuid
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select

from app.kernel.db import session
from app.kernel.http import page
from app.trail.models import Block, Entry


def of_citizen(citizen_id: uuid.UUID, args: dict[str, Any]) -> tuple[list[Entry], str | None]:
    """One page of a citizen's entries, newest first, and the next cursor; `args` as PageArgs loads them."""
    return page(select(Entry).where(Entry.citizen_id == citizen_id), (Entry.at, Entry.id), args)


def all_of(citizen_id: uuid.UUID) -> Iterator[Entry]:
    """Every entry of a citizen, oldest first."""
    return iter(session().scalars(select(Entry).where(Entry.citizen_id == citizen_id)
                                  .order_by(Entry.at, Entry.id)))


def every() -> Select[Any]:
    """All entries, for who audits them."""
    return select(Entry)


def own(citizen_id: uuid.UUID, entry_id: uuid.UUID) -> Entry | None:
    """The citizen's entry of this id; None where there is none, or it is somebody else's."""
    return session().scalar(select(Entry).where(Entry.citizen_id == citizen_id, Entry.id == entry_id))


def newest_sealed(citizen_id: uuid.UUID) -> Entry | None:
    """The citizen's latest entry that stands in a block."""
    return session().scalar(select(Entry).where(Entry.citizen_id == citizen_id, Entry.block_no.is_not(None))
                            .order_by(Entry.at.desc(), Entry.id.desc()).limit(1))


def count_since(citizen_id: uuid.UUID, what: str, since: datetime) -> int:
    """How many entries of this kind a citizen has since then."""
    return session().execute(select(func.count()).select_from(Entry).where(
        Entry.citizen_id == citizen_id, Entry.at >= since, Entry.what == what)).scalar_one()


def head() -> Block | None:
    """The newest block."""
    return session().scalar(select(Block).order_by(Block.no.desc()).limit(1))
