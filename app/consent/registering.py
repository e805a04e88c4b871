"""Telling the platform of a consent (授权书, platform.md 4.2), and of its end.

The content comes from the row alone, so that every attempt is the same: the platform answers the same id.
Messages of different topics keep no order among themselves; each handler does what the other may not have done.
"""

import uuid

import structlog
from sqlalchemy import select, update

from app.consent import queries, withdrawing
from app.consent.errors import ConsentRequired
from app.consent.models import Consent
from app.gateways.access import platform
from app.gateways.platform.answers import RegisteredAuthorization
from app.gateways.platform.failures import FINAL, Permanent
from app.gateways.platform.forms import AuthorizationForm
from app.identity import queries as citizens
from app.identity import sealing
from app.kernel import clock
from app.kernel.db import refuse_inside_transaction, session, transaction
from app.outbox.sending import Message, handles
from app.scenario.facts import USAGE_SCOPE

log = structlog.get_logger()
NOBODY = "SUBJECT_GONE"
ABOUT_THIS_ONE = {"BAD_REQUEST", "SUBJECT_NOT_FOUND", "AUTHORIZATION_NO_REUSED", "SCOPE_DENIED"}  # not keys or clocks


def ensure_registered(consent_id: uuid.UUID, *, ended_too: bool = False, anew: bool = False) -> str:
    """The platform's id of this consent, registering it where that hasn't been done. Remote: not in transactions.

    `ended_too`: also for one that has ended. `anew`: staff mended what a final refusal was about, where it wasn't
    about the paper. Raises ConsentRequired (not live, or withdrawn at the platform), Passing, Permanent (also one
    that was given before: it is not sent again).
    """
    refuse_inside_transaction()
    consent = queries.get(consent_id)
    if not ended_too and not consent.live(clock.now()):
        raise ConsentRequired(scope=consent.scope)
    if consent.authorization_id is not None:
        return consent.authorization_id
    if consent.refused_code is not None and (not anew or consent.refused_code in ABOUT_THIS_ONE):
        raise _refused(consent.refused_code)
    consent = _begin(consent_id, ended_too)
    answer = _register(consent)
    _note(consent.id, authorization_id=answer.authorization_id, registered_at=clock.now(), refused_code=None)
    if answer.status != "active" and not ended_too:
        withdrawing.by_platform(answer.authorization_id, clock.now())
        raise ConsentRequired(scope=consent.scope)
    return answer.authorization_id


@handles("authorization.register")
def send_registration(message: Message) -> None:
    """Outbox: register. A consent that ended before is left alone, except that uses may still be owed under it.

    A refusal that wasn't about the paper parks the message: staff mend its cause and send the message on.
    """
    consent = queries.get(uuid.UUID(message.payload["consent_id"]))
    if consent.refused_code not in ABOUT_THIS_ONE and _wanted(consent):
        ensure_registered(consent.id, ended_too=True, anew=_sent_on(message, consent))


@handles("authorization.revoke")
def send_revocation(message: Message) -> None:
    """Outbox: revoke what the platform knows, or may know: a registration that began is finished first."""
    consent = queries.get(uuid.UUID(message.payload["consent_id"]))
    if consent.authorization_id is None and consent.registering_at is None and not _wanted(consent):
        return
    try:
        authorization_id = ensure_registered(consent.id, ended_too=True, anew=_sent_on(message, consent))
    except Permanent:
        if queries.get(consent.id).refused_code not in ABOUT_THIS_ONE:
            raise
        return  # the platform would not have it: there is nothing to take back
    platform().revoke_authorization(authorization_id, consent.withdrawn_at or consent.ended_at or clock.now())


def _sent_on(message: Message, consent: Consent) -> bool:
    """Whether it was parked by this refusal before, so that somebody has looked."""
    return message.last_error is not None and message.last_error == consent.refused_code


def _wanted(consent: Consent) -> bool:
    """Live ones; and ended ones to reporting, since a use before the end is reported after it (decision 0061)."""
    if consent.live(clock.now()):
        return True
    return consent.scope == USAGE_SCOPE and consent.withdrawn_by != "erasure" and clock.now() < consent.valid_to


def _begin(consent_id: uuid.UUID, ended_too: bool) -> Consent:
    """Note, before the first call, that the platform may know of it from now on."""
    with transaction():
        consent = session().execute(
            select(Consent).where(Consent.id == consent_id).with_for_update(key_share=True)
            .execution_options(populate_existing=True)).scalar_one()
        if not ended_too and not consent.live(clock.now()):
            raise ConsentRequired(scope=consent.scope)
        if consent.registering_at is None:
            consent.registering_at = clock.now()
    return consent


def _register(consent: Consent) -> RegisteredAuthorization:
    citizen = citizens.get(consent.citizen_id)
    if citizen is None:
        raise Permanent(NOBODY, "本人已注销，无法再向省平台登记")
    assert consent.authorization_no is not None  # noqa: S101 (only platform scopes come here)
    form = AuthorizationForm(
        authorization_no=consent.authorization_no, subject=sealing.subject_of(citizen), scopes=(consent.scope,),
        purpose=consent.purpose, scenarios=(consent.scenario,), document_text=consent.text,
        signed_at=consent.valid_from, expires_at=consent.valid_to)
    try:
        return platform().register_authorization(form)
    except Permanent as final:
        log.error("authorization_refused", code=final.code, consent_id=str(consent.id))
        _note(consent.id, refused_code=final.code)
        raise


def _note(consent_id: uuid.UUID, **values: object) -> None:
    """Conditional: of two that registered at once, both got the same id and the first writes it."""
    with transaction() as s:
        s.execute(update(Consent).where(Consent.id == consent_id, Consent.authorization_id.is_(None))
                  .values(**values).execution_options(synchronize_session=False))


def _refused(code: str) -> Permanent:
    return Permanent(code, FINAL[code][1] if code in FINAL else "省平台未登记这份授权书，请撤回后重新授权")
