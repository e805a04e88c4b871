"""Whether there is a live consent, at this instant."""

import uuid
from collections.abc import Iterable

from sqlalchemy import ColumnElement, Select, bindparam, select

from app.consent.models import Consent
from app.consent.needs import Need
from app.kernel import clock
from app.kernel.db import need_transaction, session


def _newest(*conditions: ColumnElement[bool]) -> Select[Consent]:
    """The newest live consent among these at `moment`."""
    return (select(Consent)
            .where(*conditions, Consent.withdrawn_at.is_(None), Consent.ended_at.is_(None),
                   Consent.valid_from <= bindparam("moment"), Consent.valid_to > bindparam("moment"))
            .order_by(Consent.id.desc()).limit(1).execution_options(populate_existing=True))


# made once, since making a statement costs more than sending it
ANY = _newest(Consent.citizen_id == bindparam("citizen_id"), Consent.scope == bindparam("scope"))
OF_KIND = ANY.where(Consent.scenario == bindparam("scenario"), Consent.recipient_id == bindparam("recipient_id"))
THIS = _newest(Consent.id == bindparam("consent_id"))
OF_KIND_HELD, THIS_HELD = OF_KIND.with_for_update(read=True), THIS.with_for_update(read=True)


def live(citizen_id: uuid.UUID, scope: str, scenario: str, recipient_id: str, *,
         lock: bool = False) -> Consent | None:
    """The live consent of exactly this kind. `lock` (needs a transaction) holds off its withdrawal till the commit."""
    if lock:
        need_transaction()
    return _first(OF_KIND_HELD if lock else OF_KIND, citizen_id=citizen_id, scope=scope, scenario=scenario,
                  recipient_id=recipient_id)


def still_live(consent_id: uuid.UUID, *, lock: bool = False) -> Consent | None:
    """This consent, where it is live."""
    if lock:
        need_transaction()
    return _first(THIS_HELD if lock else THIS, consent_id=consent_id)


def any_live(citizen_id: uuid.UUID, scope: str) -> Consent | None:
    """The newest live consent for a scope, whatever the scenario and recipient."""
    return _first(ANY, citizen_id=citizen_id, scope=scope)


def missing(citizen_id: uuid.UUID, needs: Iterable[Need]) -> list[Need]:
    """Those needs for which there is no live consent to the same purpose.

    A newer text alone doesn't undo what was agreed to; another purpose does (decision 0062).
    """
    return [need for need in needs if not _met(citizen_id, need)]


def _met(citizen_id: uuid.UUID, need: Need) -> bool:
    consent = live(citizen_id, need.scope, need.scenario, need.recipient_id)
    return consent is not None and consent.purpose == need.purpose


def _first(query: Select[Consent], **values: object) -> Consent | None:
    return session().scalar(query, {"moment": clock.now(), **values})
