"""Noting that consents have run out. They end by their date; this frees their place and what hung on them."""

import uuid

from sqlalchemy import select

from app.consent import withdrawing
from app.consent.models import Consent
from app.identity import queries as citizens
from app.kernel import clock
from app.kernel.db import session, transaction


def run_due(limit: int = 500) -> int:
    """Job: note the end of up to `limit` consents whose time is over; how many."""
    due = session().execute(
        select(Consent.id, Consent.citizen_id)
        .where(Consent.valid_to <= clock.now(), Consent.withdrawn_at.is_(None), Consent.ended_at.is_(None))
        .limit(limit)).all()
    return sum(_end(consent_id, citizen_id) for consent_id, citizen_id in due)


def _end(consent_id: uuid.UUID, citizen_id: uuid.UUID) -> bool:
    with transaction():
        citizens.lock(citizen_id)
        consent = session().scalar(
            select(Consent).where(Consent.id == consent_id, Consent.withdrawn_at.is_(None),
                                  Consent.ended_at.is_(None))
            .with_for_update(key_share=True).execution_options(populate_existing=True))
        if consent is None:
            return False
        consent.ended_at = consent.valid_to
        session().flush()
        withdrawing.ended(consent)
    return True
