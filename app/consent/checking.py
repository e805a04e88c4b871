"""Whether there is a live consent, at this instant."""

import uuid
from collections.abc import Sequence

from sqlalchemy import ColumnElement, Select, bindparam, select, tuple_

from app.consent.models import Consent
from app.consent.needs import Need
from app.kernel import clock
from app.kernel.db import need_transaction, session

LIVE = (Consent.withdrawn_at.is_(None), Consent.ended_at.is_(None), Consent.valid_from <= bindparam("moment"),
        Consent.valid_to > bindparam("moment"))


def _newest(*conditions: ColumnElement[bool]) -> Select[Consent]:
    """The newest live consent among these at `moment`."""
    return (select(Consent)
            .where(*conditions, *LIVE).order_by(Consent.id.desc()).limit(1).execution_options(populate_existing=True))


# made once, since making a statement costs more than sending it
ANY = _newest(Consent.citizen_id == bindparam("citizen_id"), Consent.scope == bindparam("scope"))
KINDS = tuple_(Consent.scope, Consent.scenario, Consent.recipient_id)
OF_KINDS = (select(Consent).where(Consent.citizen_id == bindparam("citizen_id"),
                                  KINDS.in_(bindparam("kinds", expanding=True)), *LIVE)
            .order_by(Consent.id).execution_options(populate_existing=True))
OF_KINDS_HELD = OF_KINDS.with_for_update(read=True)
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


def meeting(citizen_id: uuid.UUID, needs: Sequence[Need], *, lock: bool = False) -> list[Consent | None]:
    """For each need the live consent to the same purpose, where there is one; `lock` as in `live`.

    A newer text alone doesn't undo what was agreed to; another purpose does (decision 0062).
    """
    if lock:
        need_transaction()
    kinds = [(need.scope, need.scenario, need.recipient_id) for need in needs]
    found = session().scalars(OF_KINDS_HELD if lock else OF_KINDS,
                              {"citizen_id": citizen_id, "kinds": kinds, "moment": clock.now()})
    newest = {(each.scope, each.scenario, each.recipient_id): each for each in found}
    return [consent if (consent := newest.get(kind)) and consent.purpose == need.purpose else None
            for kind, need in zip(kinds, needs, strict=True)]


def missing(citizen_id: uuid.UUID, needs: Sequence[Need]) -> list[Need]:
    """Those needs that no live consent meets."""
    return [need for need, consent in zip(needs, meeting(citizen_id, needs), strict=True) if consent is None]


def _first(query: Select[Consent], **values: object) -> Consent | None:
    return session().scalar(query, {"moment": clock.now(), **values})
