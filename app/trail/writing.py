"""Adding to the trail: in the same transaction as what it tells of, or not at all."""

import uuid
from collections.abc import Sequence

from sqlalchemy import text

from app.kernel import clock
from app.kernel.db import append, need_transaction, session
from app.kernel.ids import new_id
from app.trail.models import Entry

# arrays: a statement that doesn't grow with its rows
EACH = text("INSERT INTO trail_entries (id, about, at, actor, who, what, purpose) SELECT id, about, :at, :actor, :who,"
            " :what, :purpose FROM unnest(CAST(:ids AS uuid[]), CAST(:about AS text[])) AS each(id, about)")


def record(citizen_id: uuid.UUID | None, *, actor: str, who: str, what: str, purpose: str,
           consent_id: uuid.UUID | None = None, about: str | None = None) -> uuid.UUID:
    """Write that `who` did `what` with a citizen's data, and why; the entry's id.

    `actor`: citizen, system, platform, merchant:<mchid> or staff:<id>. `who`: the name that the citizen reads.
    `what`: dotted, e.g. grade.query. `about`: "<kind>:<id>". None of them ever holds identity data: the trail
    outlives the person's key. Raises RuntimeError outside of a transaction.
    """
    entry_id = new_id()
    append(Entry, id=entry_id, citizen_id=citizen_id, actor=actor, who=who, what=what, purpose=purpose,
           consent_id=consent_id, about=about)
    return entry_id


def record_each(about: Sequence[str], *, actor: str, who: str, what: str, purpose: str) -> None:
    """As `record`, once for each of these, which may be thousands: found by what they are about
    (`app.identity.belonging`), of no citizen. Raises RuntimeError outside of a transaction.
    """
    need_transaction()
    if about:
        session().execute(EACH, {"ids": [new_id() for _ in about], "about": list(about), "at": clock.now(),
                                 "actor": actor, "who": who, "what": what, "purpose": purpose})
