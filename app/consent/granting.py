"""Agreeing to one thing, for one scenario and recipient, for a limited time."""

from datetime import datetime, timedelta

from sqlalchemy import select

from app.consent.errors import ConsentTextChanged
from app.consent.models import Consent
from app.consent.needs import PLATFORM_SCOPES, Need
from app.identity import queries as citizens
from app.identity.errors import Unauthenticated
from app.identity.queries import Citizen
from app.kernel import clock
from app.kernel.db import session, transaction
from app.kernel.ids import new_id
from app.kernel.settings import settings
from app.outbox import putting
from app.trail import writing as trail


def grant(citizen: Citizen, need: Need, text_version: str, text_digest: str) -> Consent:
    """The citizen's consent to what `need` says; the one that is live already, where it is to the same text.

    Version and digest are of the text that the citizen read. Raises ConsentTextChanged, Unauthenticated.
    """
    if (text_version, text_digest) != (need.text_version, need.text_digest):
        raise ConsentTextChanged
    with transaction() as s:
        if citizens.lock(citizen.id) is None:
            raise Unauthenticated  # deleted in the meantime
        moment = clock.now()
        before = _unended(citizen, need)
        if before is not None:
            if before.live(moment) and before.text_digest == need.text_digest:
                return before
            _replace(before, moment)
        consent = _made(citizen, need, moment)
        s.add(consent)
        s.flush()
        trail.record(citizen.id, actor="citizen", who="本人", what="consent.grant", purpose=need.purpose,
                     consent_id=consent.id, about=f"consent:{consent.id}")
        if consent.authorization_no is not None:
            putting.put("authorization.register", key=consent.authorization_no,
                        payload={"consent_id": str(consent.id)})
    return consent


def _made(citizen: Citizen, need: Need, moment: datetime) -> Consent:
    """In whole seconds, as the platform is told; 365 days at most never reach beyond a calendar year."""
    identity, start = new_id(), moment.replace(microsecond=0)
    return Consent(
        id=identity, citizen_id=citizen.id, scope=need.scope, purpose=need.purpose, scenario=need.scenario,
        recipient_id=need.recipient_id, recipient=need.recipient, text_version=need.text_version,
        text_digest=need.text_digest, text=need.text, valid_from=start,
        valid_to=start + timedelta(days=settings().CONSENT_DAYS),
        authorization_no=f"C{identity.hex}" if need.scope in PLATFORM_SCOPES else None)


def _unended(citizen: Citizen, need: Need) -> Consent | None:
    """What stands in the unique index, also where its time has run out and nobody has noted it yet."""
    return session().scalar(
        select(Consent)
        .where(Consent.citizen_id == citizen.id, Consent.scope == need.scope, Consent.scenario == need.scenario,
               Consent.recipient_id == need.recipient_id, Consent.withdrawn_at.is_(None), Consent.ended_at.is_(None))
        .with_for_update(key_share=True).execution_options(populate_existing=True))


def _replace(before: Consent, moment: datetime) -> None:
    """The newer text stands in the older one's place; an expired one is only noted as ended."""
    still_known = before.live(moment)
    before.ended_at = moment
    session().flush()
    if still_known and before.authorization_no is not None:
        putting.put("authorization.revoke", key=before.authorization_no, payload={"consent_id": str(before.id)})
