"""What operators do with applications to join: look, ask for more, approve, refuse, and think again."""

import secrets
import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, func, select, update

from app.kernel import clock
from app.kernel.db import session, transaction
from app.kernel.sealing import sealer
from app.kernel.settings import settings
from app.merchants import enrolling, joining
from app.merchants.errors import ApplicationStateWrong, ApplicationUnknown, FieldRefused
from app.merchants.joining import Contact
from app.merchants.models import ApplicationDocument, Merchant, MerchantApplication
from app.staff import granting, inviting
from app.staff import queries as staff
from app.staff.inviting import Invited, Newcomer
from app.trail import writing

WAITING = ("submitted", "asked")
LONGEST = 500


@dataclass(frozen=True)
class Admitted:
    """The new merchant, and its first manager's link, told this once."""

    merchant: Merchant
    invited: Invited


def get(application_id: uuid.UUID) -> MerchantApplication:
    """As it is now. Raises ApplicationUnknown."""
    found = session().get(MerchantApplication, application_id, populate_existing=True)
    if found is None:
        raise ApplicationUnknown
    return found


def others(application: MerchantApplication) -> list[MerchantApplication]:
    """Other applications of the same USCC, newest first."""
    return list(session().scalars(select(MerchantApplication).where(
        MerchantApplication.uscc == application.uscc, MerchantApplication.id != application.id)
        .order_by(MerchantApplication.id.desc()).limit(20)))


def first_manager(application_id: uuid.UUID) -> Any:
    """The account that was invited when it was approved; None before."""
    merchant_id = get(application_id).merchant_id
    return None if merchant_id is None else staff.first_of_role(merchant_id, "manager")


def contact(application_id: uuid.UUID, *, actor: str) -> Contact:
    """Whom to call; each look is in the trail. Raises ApplicationUnknown, also where it was forgotten."""
    told = joining.contact(get(application_id))
    with transaction():
        _tell(application_id, actor, "joining.contact_read", "联系入驻申请人")
    return told


def papers(application_id: uuid.UUID) -> list[ApplicationDocument]:
    """Its papers, oldest first."""
    return list(session().scalars(select(ApplicationDocument).where(
        ApplicationDocument.application_id == application_id).order_by(ApplicationDocument.id)))


def read(application_id: uuid.UUID, paper_id: uuid.UUID, *, actor: str) -> tuple[ApplicationDocument, bytes]:
    """A paper and its content; each look is in the trail. Raises ApplicationUnknown."""
    found = session().scalar(select(ApplicationDocument).where(
        ApplicationDocument.id == paper_id, ApplicationDocument.application_id == application_id))
    if found is None:
        raise ApplicationUnknown
    with transaction():
        _tell(application_id, actor, "joining.paper_read", "审核入驻材料")
    return found, sealer().open_service(joining.paper_place(paper_id), found.content_sealed)


def ask_more(application_id: uuid.UUID, words: str, *, actor: str) -> None:
    """The applicant is to add something. Raises ApplicationUnknown, ApplicationStateWrong, FieldRefused."""
    with transaction():
        _turn(application_id, ("submitted",), state="asked", said=_said(words))
        _tell(application_id, actor, "joining.asked", "要求补充入驻材料")


def refuse(application_id: uuid.UUID, reason: str, *, actor: str) -> None:
    """No, with a reason that the applicant reads. Raises ApplicationUnknown, ApplicationStateWrong, FieldRefused."""
    with transaction():
        _turn(application_id, WAITING, state="refused", said=_said(reason), decided_by=actor)
        _tell(application_id, actor, "joining.refused", "不同意入驻")


def reopen(application_id: uuid.UUID, *, actor: str) -> None:
    """Second thoughts on a refusal: it waits again. Raises ApplicationUnknown, ApplicationStateWrong."""
    with transaction():
        if get(application_id).contact_sealed is None:
            raise ApplicationStateWrong  # it was forgotten meanwhile
        _turn(application_id, ("refused",), state="submitted", decided_by=None)
        _tell(application_id, actor, "joining.reopened", "重新审核入驻申请")


def approve(application_id: uuid.UUID, *, actor: str, login: str | None = None,
            let_through: str | None = None) -> Admitted:
    """The merchant is enrolled and its contact invited as the first manager, all or nothing.

    `let_through`: why a USCC that fails its check is taken. Raises ApplicationUnknown, ApplicationStateWrong,
    UsccInvalid, MerchantExists, AccountRefused, LoginTaken.
    """
    with transaction():
        application = session().get(MerchantApplication, application_id, with_for_update=True, populate_existing=True)
        if application is None:
            raise ApplicationUnknown
        if application.state not in WAITING:
            raise ApplicationStateWrong
        new = enrolling.NewMerchant(application.name, application.uscc, application.kind)
        merchant = enrolling.enrol(new, let_through=let_through)
        invited = _manager(merchant, application, login, actor)
        _turn(application_id, WAITING, state="approved", merchant_id=merchant.id, decided_by=actor)
        _tell(application_id, actor, "joining.approved", "同意入驻")
    return Admitted(merchant, invited)


def invite_again(application_id: uuid.UUID, *, actor: str) -> Invited:
    """Another link for a first manager who hasn't taken up the one before. Raises ApplicationUnknown,
    ApplicationStateWrong.
    """
    account = first_manager(application_id)
    if account is None or account.state != "invited":
        raise ApplicationStateWrong
    return inviting.invite_again(account.id, actor=actor)


def forget() -> int:
    """Names, phones and papers of those who were refused, or never answered, long ago; how many applications."""
    before, gone = clock.now() - timedelta(days=settings().JOINING_KEEP_DAYS), 0
    old = select(MerchantApplication.id).where(
        MerchantApplication.state.in_(("asked", "refused")), MerchantApplication.changed_at < before,
        MerchantApplication.contact_sealed.is_not(None))
    with transaction() as s:
        for identity in s.scalars(old.with_for_update(skip_locked=True)).all():
            s.execute(delete(ApplicationDocument).where(ApplicationDocument.application_id == identity))
            s.execute(update(MerchantApplication).where(MerchantApplication.id == identity).values(
                state="refused", contact_sealed=None,
                decided_by=func.coalesce(MerchantApplication.decided_by, "system")))
            gone += 1
    return gone


def _manager(merchant: Merchant, application: MerchantApplication, login: str | None, actor: str) -> Invited:
    told = joining.contact(application)
    name = login or f"manager.{merchant.mchid}.{secrets.token_hex(2)}"
    invited = inviting.invite(Newcomer(name, told.name, "merchant", merchant.id, phone=told.phone), actor=actor)
    granting.grant(invited.account.id, "manager", actor=actor)
    return invited


def _turn(application_id: uuid.UUID, sources: tuple[str, ...], **values: object) -> None:
    turned = session().execute(
        update(MerchantApplication).where(MerchantApplication.id == application_id,
                                          MerchantApplication.state.in_(sources))
        .values(changed_at=clock.now(), **values).returning(MerchantApplication.id)).first()
    if turned is None:
        get(application_id)
        raise ApplicationStateWrong


def _said(words: str) -> str:
    if not 1 <= len(words.strip()) <= LONGEST:
        raise FieldRefused(field="said")
    return words.strip()


def _tell(application_id: uuid.UUID, actor: str, what: str, purpose: str) -> None:
    writing.record(None, actor=actor, who="信易+ 运营方", what=what, purpose=purpose,
                   about=f"merchant_application:{application_id}")
