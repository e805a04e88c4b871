"""What of the trail is a citizen's to see. Others' entries are as good as absent.

`records`: "<kind>:<id>" of what is the citizen's by its identity (`app.identity.belonging`). Looks at them are written
with no citizen, since there may be no account yet.
"""

import uuid
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from app.kernel.db import session
from app.kernel.http import page
from app.trail.models import Block, Entry


def of_citizen(citizen_id: uuid.UUID, args: dict[str, Any],
               records: Sequence[str] = ()) -> tuple[list[Entry], str | None]:
    """One page of a citizen's entries, newest first, and the next cursor; `args` as PageArgs loads them."""
    return page(select(Entry).where(_theirs(citizen_id, records)), (Entry.at, Entry.id), args)


def all_of(citizen_id: uuid.UUID, records: Sequence[str] = ()) -> Iterator[Entry]:
    """Every entry of a citizen, oldest first."""
    return iter(session().scalars(select(Entry).where(_theirs(citizen_id, records)).order_by(Entry.at, Entry.id)))


def done_to(about: str, but: Sequence[str], limit: int) -> list[Entry]:
    """The newest of what was done to a thing ("<kind>:<id>") in nobody's account, without what is named in `but`."""
    return list(session().scalars(select(Entry).where(Entry.citizen_id.is_(None), Entry.about == about,
                                                      Entry.what.not_in(but))
                                  .order_by(Entry.at.desc(), Entry.id.desc()).limit(limit)))


def every() -> Select[Any]:
    """All entries, for who audits them."""
    return select(Entry)


def own(citizen_id: uuid.UUID, entry_id: uuid.UUID, records: Sequence[str] = ()) -> Entry | None:
    """The citizen's entry of this id; None where there is none, or it is somebody else's."""
    return session().scalar(select(Entry).where(_theirs(citizen_id, records), Entry.id == entry_id))


def newest_sealed(citizen_id: uuid.UUID, records: Sequence[str] = ()) -> Entry | None:
    """The citizen's latest entry that stands in a block."""
    return session().scalar(select(Entry).where(_theirs(citizen_id, records), Entry.block_no.is_not(None))
                            .order_by(Entry.at.desc(), Entry.id.desc()).limit(1))


def count_since(citizen_id: uuid.UUID, what: str, since: datetime) -> int:
    """How many entries of this kind a citizen has since then."""
    return session().execute(select(func.count()).select_from(Entry).where(
        Entry.citizen_id == citizen_id, Entry.at >= since, Entry.what == what)).scalar_one()


def head() -> Block | None:
    """The newest block."""
    return session().scalar(select(Block).order_by(Block.no.desc()).limit(1))


def _theirs(citizen_id: uuid.UUID, records: Sequence[str]) -> ColumnElement[bool]:
    own = Entry.citizen_id == citizen_id
    return or_(own, and_(Entry.citizen_id.is_(None), Entry.about.in_(records))) if records else own
