"""Whether there is a live consent, at this instant."""

import uuid
from collections.abc import Iterable

from sqlalchemy import ColumnElement, select

from app.consent.models import Consent
from app.consent.needs import Need
from app.kernel import clock
from app.kernel.db import need_transaction, session


def live(citizen_id: uuid.UUID, scope: str, scenario: str, recipient_id: str, *,
         lock: bool = False) -> Consent | None:
    """The live consent of exactly this kind. `lock` (needs a transaction) holds off its withdrawal till the commit."""
    return _first(Consent.citizen_id == citizen_id, Consent.scope == scope, Consent.scenario == scenario,
                  Consent.recipient_id == recipient_id, lock=lock)


def still_live(consent_id: uuid.UUID, *, lock: bool = False) -> Consent | None:
    """This consent, where it is live."""
    return _first(Consent.id == consent_id, lock=lock)


def any_live(citizen_id: uuid.UUID, scope: str) -> Consent | None:
    """The newest live consent for a scope, whatever the scenario and recipient."""
    return _first(Consent.citizen_id == citizen_id, Consent.scope == scope)


def missing(citizen_id: uuid.UUID, needs: Iterable[Need]) -> list[Need]:
    """Those needs for which there is no live consent to the same purpose.

    A newer text alone doesn't undo what was agreed to; another purpose does (decision 0062).
    """
    return [need for need in needs if not _met(citizen_id, need)]


def _met(citizen_id: uuid.UUID, need: Need) -> bool:
    consent = live(citizen_id, need.scope, need.scenario, need.recipient_id)
    return consent is not None and consent.purpose == need.purpose


def _first(*conditions: ColumnElement[bool], lock: bool = False) -> Consent | None:
    moment = clock.now()
    query = (select(Consent)
             .where(*conditions, Consent.withdrawn_at.is_(None), Consent.ended_at.is_(None),
                    Consent.valid_from <= moment, Consent.valid_to > moment)
             .order_by(Consent.id.desc()).limit(1).execution_options(populate_existing=True))
    if lock:
        need_transaction()
        query = query.with_for_update(read=True)
    return session().scalar(query)
