"""Reads that doors and neighbours share."""

import uuid
from typing import Any

from sqlalchemy import bindparam, or_, select

from app.consent.models import Consent
from app.consent.needs import PLATFORM
from app.kernel.db import session
from app.kernel.http import page
from app.scenario.facts import USAGE_SCOPE

AT: Any = bindparam("granted_at")
# the consent to reporting uses that was live at `granted_at`, for another's INSERT; it need not be live any more
REPORTING = (
    select(Consent.id)
    .where(Consent.citizen_id == bindparam("granted_to"), Consent.scope == USAGE_SCOPE,
           Consent.scenario == bindparam("granted_scenario"), Consent.recipient_id == PLATFORM,
           Consent.valid_from <= AT, Consent.valid_to > AT,
           or_(Consent.withdrawn_at.is_(None), Consent.withdrawn_at > AT),
           or_(Consent.ended_at.is_(None), Consent.ended_at > AT))
    .order_by(Consent.id.desc()).limit(1).scalar_subquery())

# the platform's id of each consent (none where it doesn't know it yet), to be joined by consent_id
AUTHORIZED = select(Consent.id.label("consent_id"), Consent.authorization_id).subquery("authorized")


def get(consent_id: uuid.UUID) -> Consent:
    """As it is in the database now. Raises NoResultFound."""
    return session().execute(select(Consent).where(Consent.id == consent_id)
                             .execution_options(populate_existing=True)).scalar_one()


def of_citizen(citizen_id: uuid.UUID, args: dict[str, Any]) -> tuple[list[Consent], str | None]:
    """One page of a citizen's consents, newest first; `args` as PageArgs loads them."""
    return page(select(Consent).where(Consent.citizen_id == citizen_id), (Consent.id,), args)


def all_of(citizen_id: uuid.UUID) -> list[Consent]:
    """Every consent of a citizen, oldest first."""
    return list(session().scalars(select(Consent).where(Consent.citizen_id == citizen_id).order_by(Consent.id)))


def by_authorization(authorization_id: str) -> Consent | None:
    """The consent that the platform knows by this id."""
    return session().scalar(select(Consent).where(Consent.authorization_id == authorization_id)
                            .execution_options(populate_existing=True))
