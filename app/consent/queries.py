"""Shared reads of consents."""

import uuid
from collections.abc import Collection

from sqlalchemy import select

from app.consent.models import Consent
from app.kernel.db import session


def authorization_ids(consent_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, str]:
    """The platform's authorization_id of each of these consents that it knows by now."""
    rows = session().execute(select(Consent.id, Consent.authorization_id)
                             .where(Consent.id.in_(consent_ids), Consent.authorization_id.is_not(None)))
    return {consent_id: authorization_id for consent_id, authorization_id in rows if authorization_id}
