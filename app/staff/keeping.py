"""An account over its life: another password, another second factor, unlocking, closing."""

import uuid

from sqlalchemy import delete, update

from app.kernel import clock
from app.kernel.db import transaction
from app.staff import codes, passwords, queries, sessions, signing_in, tries
from app.staff.errors import AccountUnknown, AdministratorProtected, OrganisationUnknown, RequestOpen
from app.staff.models import Account, Invitation, RoleHeld
from app.staff.telling import tell


def change_password(account_id: uuid.UUID, old: str, new: str, *, session_id: uuid.UUID) -> str:
    """The session's new token; all other sessions end. Raises PasswordWrong, PasswordWeak, LockedOut."""
    account = _account(account_id)
    signing_in.check_password(account, old)
    hashed = passwords.hashed(new, account.login)
    with transaction() as s:
        s.refresh(account, with_for_update=True)
        account.password_hash, account.password_at = hashed, clock.now()
        sessions.end_all(account_id, "password", but=session_id)
        tell("staff.password_changed", account_id, actor=f"staff:{account_id}")
        return sessions.advance(session_id, "full")


def reset_code(account_id: uuid.UUID, *, actor: str) -> None:
    """Away with the second factor: it has to be set up anew at the next log-in.

    Raises AccountUnknown, AdministratorProtected.
    """
    _account(account_id)
    if queries.protected(account_id, actor):
        raise AdministratorProtected
    with transaction():
        codes.forget(account_id)
        sessions.end_all(account_id, "totp_reset")
        tell("staff.totp_reset", account_id, actor=actor)


def unlock(account_id: uuid.UUID, *, actor: str) -> None:
    """Forget the wrong tries. Raises AccountUnknown."""
    account = _account(account_id)
    with transaction():
        tries.forget("login", account.login)
        tries.forget("code", str(account_id))
        tell("staff.unlocked", account_id, actor=actor)


def close(account_id: uuid.UUID, *, actor: str) -> None:
    """For good: no role, no session, no link is left; what was done keeps its author.

    Raises AccountUnknown, AdministratorProtected.
    """
    if queries.protected(account_id, actor):
        raise AdministratorProtected
    with transaction() as s:
        closed = s.execute(update(Account).where(Account.id == account_id, Account.state != "closed").values(
            state="closed", password_hash=None, phone_sealed=None).returning(Account.id)).first()
        if closed is None:
            raise AccountUnknown
        s.execute(delete(RoleHeld).where(RoleHeld.account_id == account_id))
        s.execute(update(Invitation).where(Invitation.account_id == account_id, Invitation.ended_at.is_(None))
                  .values(ended_at=clock.now()))
        codes.forget(account_id)
        sessions.end_all(account_id, "closed")
        tell("staff.closed", account_id, actor=actor)


def move(login: str, organisation_id: uuid.UUID, *, actor: str) -> Account:
    """Somebody of the League works at another organisation from now on: no role goes along, since two persons gave it
    for the old place, and no session. Raises AccountUnknown, OrganisationUnknown, RequestOpen (decide that first).
    """
    account = queries.by_login(login)
    if account is None or account.realm != "league" or account.state == "closed":
        raise AccountUnknown
    if queries.organisation(organisation_id) is None:
        raise OrganisationUnknown
    with transaction() as s:
        s.refresh(account, with_for_update=True)
        if queries.asked_of(account.id):
            raise RequestOpen
        account.organisation_id = organisation_id
        s.execute(delete(RoleHeld).where(RoleHeld.account_id == account.id))
        sessions.end_all(account.id, "moved")
        tell("staff.moved", account.id, actor=actor)
    return account


def end_session(account_id: uuid.UUID, session_id: uuid.UUID, *, actor: str) -> None:
    """One place less where the account is logged in; nothing where it has ended."""
    with transaction():
        if sessions.end(account_id, session_id, "ended"):
            tell("staff.session_ended", account_id, actor=actor)


def end_sessions(account_id: uuid.UUID, *, actor: str, but: uuid.UUID | None = None) -> int:
    """Log the account out everywhere, but perhaps here; how many sessions ended. Raises AccountUnknown."""
    _account(account_id)
    with transaction():
        ended = sessions.end_all(account_id, "ended", but=but)
        tell("staff.session_ended", account_id, actor=actor)
    return ended


def _account(account_id: uuid.UUID) -> Account:
    account = queries.get(account_id)
    if account is None or account.state == "closed":
        raise AccountUnknown
    return account
