"""The real-name check: our own rule, the platform's word, and one citizen per identity."""

import uuid
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy.exc import IntegrityError

from app.gateways.access import platform, wechat
from app.gateways.platform.failures import PlatformFailure
from app.gateways.platform.sealing import Subject
from app.gateways.wechat.errors import WechatAway, WechatRefused
from app.identity import numbers, queries, sealing
from app.identity.errors import (
    GuardianNeeded,
    IdentityBound,
    IdentityMismatch,
    IdentityTaken,
    PhoneCodeInvalid,
    PhoneNotMainland,
    PlatformUnavailable,
    TriesUsedUp,
    Unauthenticated,
    WechatUnavailable,
)
from app.identity.models import Citizen
from app.kernel import clock
from app.kernel.db import broke, transaction
from app.trail import queries as trail
from app.trail import writing

ADULT_ENOUGH = 14  # PIPL art. 31: below, a guardian has to consent
WHAT, PURPOSE = "identity.verify", "核对姓名与身份证号是否一致（实名认证）"


@dataclass(frozen=True)
class Papers:
    """What the citizen typed, and the code of their phone where they gave one."""

    name: str = field(repr=False)
    id_number: str = field(repr=False)
    phone_code: str | None = field(default=None, repr=False)


def verify(citizen: Citizen, papers: Papers, tries_a_day: int) -> Citizen:
    """Bind the citizen to the identity, once the platform says that name and number (and phone) fit.

    Saying the same again is fine. Raises the refusals of identity/errors.py by name; nothing is written then but
    the look itself. Whether a number is taken is told only to who knows the name that goes with it.
    """
    number = numbers.read(papers.id_number, clock.today())
    if _same(citizen, papers.name, number) and papers.phone_code is None:
        return citizen
    if numbers.age_on(number, clock.today()) < ADULT_ENOUGH:
        raise GuardianNeeded
    phone = None if papers.phone_code is None else _phone(papers.phone_code)
    subject = Subject(name=papers.name, id_number=number)
    _note_look(citizen.id, number, tries_a_day)
    verification_no = _ask(subject, phone)
    return _bind(citizen.id, subject, phone, verification_no)


def _same(citizen: Citizen, name: str, number: str) -> bool:
    """Whether this is what is bound already. Raises IdentityBound for another number."""
    if not citizen.verified:
        return False
    if citizen.identity_index != sealing.identity_index(number):
        raise IdentityBound
    return sealing.name_of(citizen) == name


def _phone(code: str) -> str:
    try:
        return wechat().phone_number(code)
    except WechatRefused as refused:
        if refused.meaning == "PHONE_NOT_MAINLAND":
            raise PhoneNotMainland from None
        raise (PhoneCodeInvalid if refused.meaning.startswith("CODE_") else WechatUnavailable) from None
    except WechatAway:
        raise WechatUnavailable(retry_after=30) from None


def _note_look(citizen_id: uuid.UUID, number: str, tries_a_day: int) -> None:
    """Written before the platform is asked, so that no look goes unseen; counted here, so that it's exact."""
    with transaction():
        locked = queries.lock(citizen_id)
        if locked is None:
            raise Unauthenticated
        _same(locked, "", number)
        start = clock.day_start(clock.today())
        if trail.count_since(citizen_id, WHAT, start) >= tries_a_day:
            raise TriesUsedUp(retry_after=int((start + timedelta(days=1) - clock.now()).total_seconds()) + 1)
        writing.record(citizen_id, actor="citizen", who="本人", what=WHAT, purpose=PURPOSE)


def _ask(subject: Subject, phone: str | None) -> str:
    """The platform's number of a match. An unknown number and a wrong name are answered alike."""
    try:
        answer = platform().verify_identity(subject, phone)
    except PlatformFailure as failure:
        raise PlatformUnavailable(retry_after=getattr(failure, "retry_after_s", None) or 30) from None
    if answer.result != "match":
        raise IdentityMismatch
    return answer.verification_no


def _bind(citizen_id: uuid.UUID, subject: Subject, phone: str | None, verification_no: str) -> Citizen:
    try:
        with transaction() as s:
            citizen = queries.lock(citizen_id)
            if citizen is None:
                raise Unauthenticated
            _same(citizen, "", subject.id_number)
            _write(citizen, subject, phone, verification_no)
            s.flush()
            writing.record(citizen_id, actor="citizen", who="本人", what="identity.bind", purpose="完成实名认证")
            return citizen
    except IntegrityError as wrong:
        if broke(wrong, "uq_citizens_identity_index"):  # the database has the last word on one citizen per identity
            raise IdentityTaken from None
        raise


def _write(citizen: Citizen, subject: Subject, phone: str | None, verification_no: str) -> None:
    citizen.identity_index = sealing.identity_index(subject.id_number)
    citizen.name_sealed = sealing.seal_for(citizen, sealing.NAME, subject.name.encode())
    citizen.id_number_sealed = sealing.seal_for(citizen, sealing.ID_NUMBER, subject.id_number.encode())
    if phone is not None:
        citizen.phone_sealed = sealing.seal_for(citizen, sealing.PHONE, phone.encode())
    citizen.verified_at, citizen.verification_no = clock.now(), verification_no
