"""Adding to the trail: in the same transaction as what it tells of, or not at all."""

import uuid

from app.kernel.db import need_transaction, session
from app.trail.models import Entry


def record(citizen_id: uuid.UUID | None, *, actor: str, who: str, what: str, purpose: str,
           consent_id: uuid.UUID | None = None, about: str | None = None) -> Entry:
    """Write that `who` did `what` with a citizen's data, and why.

    `actor`: citizen, system, platform, merchant:<mchid> or staff:<id>. `who`: the name that the citizen reads.
    `what`: dotted, e.g. grade.query. `about`: "<kind>:<id>". None of them ever holds identity data: the trail
    outlives the person's key. Raises RuntimeError outside of a transaction.
    """
    need_transaction()
    entry = Entry(citizen_id=citizen_id, actor=actor, who=who, what=what, purpose=purpose, consent_id=consent_id,
                  about=about)
    session().add(entry)
    session().flush()
    return entry
