"""What the end of a consent stops here: the kept grade goes, and looks under way are waited for."""

import uuid

from app.consent import checking, withdrawing
from app.consent.queries import Consent
from app.credit import asking, keeping
from app.scenario.facts import GRADE_SCOPE


@withdrawing.after("credit")
def drop_grade(consent: Consent) -> None:
    """Within the transaction of the end: no other consent to reading the grade, no grade."""
    if consent.scope == GRADE_SCOPE and checking.any_live(consent.citizen_id, GRADE_SCOPE) is None:
        keeping.drop(keeping.locked(consent.citizen_id))


@withdrawing.quiet("credit")
def none_may_leave(consent_id: uuid.UUID) -> bool:
    return not asking.may_still_leave(consent_id)
