"""What the end of a consent stops here: kept grade and reports go, and looks under way are waited for."""

import uuid

from app.consent import checking, withdrawing
from app.consent.queries import Consent
from app.credit import asking, keeping, reports
from app.scenario.facts import GRADE_SCOPE, REPORT_SCOPE


@withdrawing.after("credit")
def drop_grade(consent: Consent) -> None:
    """Within the transaction of the end: no other consent to reading the grade, no grade."""
    if consent.scope == GRADE_SCOPE and checking.any_live(consent.citizen_id, GRADE_SCOPE) is None:
        keeping.drop(keeping.locked(consent.citizen_id))


@withdrawing.after("credit.reports")
def drop_reports(consent: Consent) -> None:
    """Within the transaction of the end: without the consent to asking for reports none is kept."""
    if consent.scope == REPORT_SCOPE and checking.any_live(consent.citizen_id, REPORT_SCOPE) is None:
        reports.drop_all(consent.citizen_id)


@withdrawing.quiet("credit")
def none_under_way(consent_id: uuid.UUID) -> bool:
    return not asking.unsettled(consent_id)
