"""Which consent a report of a use stands on: the one under which the benefit was granted."""

import uuid
from datetime import datetime

from sqlalchemy import select

from app.consent.models import Consent
from app.kernel.db import session


def consent_of(citizen_id: uuid.UUID, scenario: str, granted_at: datetime) -> uuid.UUID:
    """The id of the usage.report consent that was given last before `granted_at`.

    Claiming needed it live, so it is there; it may have been withdrawn since (platform.md 4.5 takes reports
    under an authorisation that is no longer live). Raises LookupError where a claim was made without one.
    """
    found = session().scalar(
        select(Consent.id).where(Consent.citizen_id == citizen_id, Consent.scope == "usage.report",
                                 Consent.scenario == scenario, Consent.recipient_id == "platform",
                                 Consent.valid_from <= granted_at)
        .order_by(Consent.valid_from.desc(), Consent.id.desc()).limit(1))
    if found is None:
        raise LookupError("a benefit was granted without the consent to report its use")
    return found
