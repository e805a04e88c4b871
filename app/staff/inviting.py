"""Accounts begin with an invitation: a link that works once, by which its holder sets a password nobody else knows."""

import re
import secrets
import uuid
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from app.kernel import clock
from app.kernel.db import broke, session, transaction
from app.kernel.ids import new_id
from app.kernel.sealing import sealer
from app.kernel.settings import settings
from app.staff import passwords, queries, sessions
from app.staff.errors import AccountRefused, AccountUnknown, AdministratorProtected, InvitationInvalid, LoginTaken
from app.staff.models import Account, Invitation
from app.staff.telling import tell

LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{2,39}")
PHONE = re.compile(r"1[3-9][0-9]{9}")
TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True)
class Newcomer:
    """Who is invited. A merchant's people have a `merchant_id`, the League's an `organisation_id`."""

    login: str
    name: str = field(repr=False)
    realm: str
    merchant_id: uuid.UUID | None = None
    organisation_id: uuid.UUID | None = None
    phone: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Invited:
    """The account, and what its link ends with: told this once."""

    account: Account
    token: str = field(repr=False)


def invite(new: Newcomer, *, actor: str) -> Invited:
    """Make an account that nobody can use but by the link. Raises AccountRefused, LoginTaken."""
    if (not LOGIN.fullmatch(new.login) or not re.fullmatch(r"\S(?:.{0,38}\S)?", new.name)
            or (new.phone is not None and not PHONE.fullmatch(new.phone))):
        raise AccountRefused
    account_id = new_id()
    phone = None if new.phone is None else sealer().seal_service(_place(account_id), new.phone.encode())
    account = Account(id=account_id, login=new.login, display_name=new.name, realm=new.realm,
                      merchant_id=new.merchant_id, organisation_id=new.organisation_id, phone_sealed=phone)
    with transaction() as s:
        s.add(account)
        try:
            s.flush()
        except IntegrityError as wrong:
            raise (LoginTaken if broke(wrong, "uq_staff_accounts_login") else AccountRefused) from None
        token = _link(account_id, actor)
        tell("staff.invited", account_id, actor=actor)
    return Invited(account, token)


def invite_again(account_id: uuid.UUID, *, actor: str) -> Invited:
    """A new link, also for a forgotten password; the one before and all sessions are dead. Raises AccountUnknown,
    AdministratorProtected.
    """
    with transaction() as s:
        account = s.get(Account, account_id, with_for_update=True, populate_existing=True)
        if account is None or account.state == "closed":
            raise AccountUnknown
        if queries.protected(account_id, actor):
            raise AdministratorProtected
        token = _link(account_id, actor)
        tell("staff.invited", account_id, actor=actor)
    return Invited(account, token)


def opened(token: str) -> Account:
    """Whom this link invites. Raises InvitationInvalid."""
    return _open(token)[1]


def accept(token: str, password: str) -> Account:
    """The link is used up, the password is the account's. Raises InvitationInvalid, PasswordWeak."""
    hashed = passwords.hashed(password, _open(token)[1].login)
    with transaction() as s:
        invitation, account = _open(token)
        used = s.execute(update(Invitation).where(Invitation.id == invitation.id, Invitation.ended_at.is_(None))
                         .values(ended_at=clock.now()).returning(Invitation.id)).first()
        if used is None:  # somebody else was faster
            raise InvitationInvalid
        s.refresh(account, with_for_update=True)
        account.password_hash, account.password_at, account.state = hashed, clock.now(), "active"
        sessions.end_all(account.id, "password")
        tell("staff.joined", account.id, actor=f"staff:{account.id}")
    return account


def phone_of(account: Account) -> str | None:
    """The number that a clerk was invited by."""
    if account.phone_sealed is None:
        return None
    return sealer().open_service(_place(account.id), account.phone_sealed).decode()


def _open(token: str) -> tuple[Invitation, Account]:
    found = None
    if TOKEN.fullmatch(token):
        found = session().execute(
            select(Invitation, Account).join(Account, Account.id == Invitation.account_id)
            .where(Invitation.digest == sessions.digest(token), Invitation.ended_at.is_(None),
                   Invitation.expires_at > clock.now(),
                   Account.state != "closed")).first()
    if found is None:
        raise InvitationInvalid
    return found[0], found[1]


def _link(account_id: uuid.UUID, actor: str) -> str:
    token, moment = secrets.token_urlsafe(32), clock.now()
    s = session()
    s.execute(update(Invitation).where(Invitation.account_id == account_id, Invitation.ended_at.is_(None))
              .values(ended_at=moment))
    s.add(Invitation(account_id=account_id, digest=sessions.digest(token), invited_by=actor,
                     expires_at=moment + timedelta(hours=settings().STAFF_INVITATION_HOURS)))
    s.flush()
    return token


def _place(account_id: uuid.UUID) -> str:
    return f"staff:{account_id}|phone"
