"""Adding to the trail: in the same transaction as what it tells of, or not at all."""

import uuid
from collections.abc import Sequence

from sqlalchemy import insert

from app.kernel.db import append, need_transaction, session
from app.kernel.ids import new_id
from app.trail.models import Entry


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
        told = {"citizen_id": None, "actor": actor, "who": who, "what": what, "purpose": purpose, "consent_id": None}
        session().execute(insert(Entry), [{"id": new_id(), "about": each, **told} for each in about])
