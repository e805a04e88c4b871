"""Roles: one asks, another decides. A merchant's own people, and the first ones, are granted theirs directly."""

import uuid

from sqlalchemy import delete, update
from sqlalchemy.exc import IntegrityError

from app.kernel import clock
from app.kernel.db import broke, session, transaction
from app.staff import queries, sessions
from app.staff.errors import (
    AccountUnknown,
    RequestOpen,
    RequestUnknown,
    RoleExclusive,
    RoleRefused,
    SecondPerson,
)
from app.staff.models import ADMINISTRATORS, ROLES, Account, RoleHeld, RoleRequest
from app.staff.telling import tell


def ask(account_id: uuid.UUID, role: str, change: str, reason: str, *, by: uuid.UUID) -> RoleRequest:
    """Ask that a role be granted (`grant`) or taken (`take`). Raises AccountUnknown, RoleRefused, RoleExclusive,
    RequestOpen.
    """
    account = _account(account_id)
    held = queries.roles(account_id)
    if account.realm == "merchant" or role not in ROLES[account.realm] or (role in held) != (change == "take"):
        raise RoleRefused
    if change == "grant" and role in ADMINISTRATORS and set(held) & set(ADMINISTRATORS):
        raise RoleExclusive
    made = RoleRequest(account_id=account_id, role=role, change=change, reason=reason, asked_by=by)
    with transaction() as s:
        s.add(made)
        try:
            s.flush()
        except IntegrityError:
            raise RequestOpen from None
        tell("staff.role_asked", account_id, actor=f"staff:{by}", purpose=f"{change} {role}")
    return made


def decide(request_id: uuid.UUID, approve: bool, *, by: uuid.UUID) -> RoleRequest:
    """Carry the change out, or refuse it. Raises RequestUnknown, SecondPerson, RoleExclusive."""
    asked = queries.request(request_id)
    if asked is None or asked.state != "open":
        raise RequestUnknown
    if by in (asked.asked_by, asked.account_id):
        raise SecondPerson
    with transaction() as s:
        won = s.execute(update(RoleRequest).where(RoleRequest.id == request_id, RoleRequest.state == "open").values(
            state="approved" if approve else "refused", decided_by=by, decided_at=clock.now())
            .returning(RoleRequest.id)).first()
        if won is None:
            raise RequestUnknown
        if approve:
            _change(asked, f"staff:{by}")
        tell("staff.role_decided", asked.account_id, actor=f"staff:{by}",
             purpose=f"{'approve' if approve else 'refuse'} {asked.change} {asked.role}")
    return asked


def grant(account_id: uuid.UUID, role: str, *, actor: str, store_id: uuid.UUID | None = None) -> None:
    """At once: for a merchant's people by who may, and for the first ones by whoever runs the machine.

    Raises AccountUnknown, RoleRefused (another's store, another realm's role), RoleExclusive.
    """
    account = _account(account_id)
    if role not in ROLES[account.realm]:
        raise RoleRefused
    with transaction():
        _grant(account, role, actor, store_id)
        tell("staff.role_granted", account_id, actor=actor, purpose=f"grant {role}")


def move_clerk(account_id: uuid.UUID, store_id: uuid.UUID, *, actor: str) -> None:
    """A clerk works at another store from now on; has to log in again. Raises AccountUnknown, RoleRefused."""
    _account(account_id)
    with transaction() as s:
        try:
            moved = s.execute(update(RoleHeld).where(RoleHeld.account_id == account_id, RoleHeld.role == "clerk")
                              .values(store_id=store_id).returning(RoleHeld.account_id)).first()
        except IntegrityError:
            raise RoleRefused from None
        if moved is None:
            raise RoleRefused
        sessions.end_all(account_id, "role")
        tell("staff.role_granted", account_id, actor=actor, purpose="move clerk")


def _change(asked: RoleRequest, actor: str) -> None:
    if asked.change == "grant":
        _grant(_account(asked.account_id), asked.role, actor, None)
        return
    session().execute(delete(RoleHeld).where(RoleHeld.account_id == asked.account_id, RoleHeld.role == asked.role))
    sessions.end_all(asked.account_id, "role")


def _grant(account: Account, role: str, actor: str, store_id: uuid.UUID | None) -> None:
    """In the caller's transaction; with other rights comes a new log-in."""
    session().add(RoleHeld(account_id=account.id, role=role, realm=account.realm, merchant_id=account.merchant_id,
                           store_id=store_id, granted_by=actor))
    try:
        session().flush()
    except IntegrityError as wrong:
        exclusive = broke(wrong, "uq_staff_roles_one_administrator")
        raise (RoleExclusive if exclusive else RoleRefused) from None
    sessions.end_all(account.id, "role")


def _account(account_id: uuid.UUID) -> Account:
    account = queries.get(account_id)
    if account is None or account.state == "closed":
        raise AccountUnknown
    return account
