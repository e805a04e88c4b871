"""A merchant's places over their life, and the clerks who work there."""

import secrets
import uuid
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, and_, update

from app.kernel import clock
from app.kernel.db import session, transaction
from app.merchants import enrolling, queries
from app.merchants.errors import StoreStaffed, StoreUnknown
from app.merchants.models import Store
from app.staff import granting, inviting, keeping
from app.staff import queries as staff
from app.staff.errors import AccountUnknown
from app.staff.inviting import Invited, Newcomer
from app.trail import writing


@dataclass(frozen=True)
class NewClerk:
    """Who is to work at a store. A login is made where none is given."""

    name: str = field(repr=False)
    phone: str = field(repr=False)
    store_id: uuid.UUID
    login: str | None = None


def add(merchant_id: uuid.UUID, code: str, place: tuple[str, str, str], *, actor: str) -> Store:
    """A new place; `place` is name, region, address. Raises FieldRefused, StoreExists."""
    with transaction():
        store = enrolling.add_store(merchant_id, code, *place)
        _tell(store.id, actor, "store.add", "登记门店")
    return store


def change(merchant_id: uuid.UUID, store_id: uuid.UUID, place: tuple[str, str, str], *, actor: str) -> None:
    """Another name, region, address; its code stays. Raises StoreUnknown, FieldRefused."""
    name, region, address = place
    enrolling.check_place(name, region, address)
    with transaction() as s:
        done = s.execute(update(Store).where(_own(merchant_id, store_id), Store.closed_at.is_(None))
                         .values(name=name, region=region, address=address).returning(Store.id)).first()
        if done is None:
            raise StoreUnknown
        _tell(store_id, actor, "store.change", "修改门店")


def close(merchant_id: uuid.UUID, store_id: uuid.UUID, *, actor: str) -> None:
    """Nothing is used there from now on; what was used there stays. Raises StoreUnknown, StoreStaffed."""
    with transaction() as s:
        store = s.get(Store, store_id, with_for_update=True, populate_existing=True)
        if store is None or store.merchant_id != merchant_id or store.closed_at is not None:
            raise StoreUnknown
        if staff.clerks_of_store(store_id):
            raise StoreStaffed
        store.closed_at = clock.now()
        _tell(store_id, actor, "store.close", "关闭门店")


def reopen(merchant_id: uuid.UUID, store_id: uuid.UUID, *, actor: str) -> None:
    """Raises StoreUnknown."""
    with transaction() as s:
        done = s.execute(update(Store).where(_own(merchant_id, store_id), Store.closed_at.is_not(None))
                         .values(closed_at=None).returning(Store.id)).first()
        if done is None:
            raise StoreUnknown
        _tell(store_id, actor, "store.reopen", "重新启用门店")


def invite_clerk(merchant_id: uuid.UUID, new: NewClerk, *, actor: str) -> Invited:
    """An account of this merchant, bound to one of its open stores; its link is told this once.

    Raises StoreUnknown, AccountRefused, LoginTaken.
    """
    with transaction():
        _open(merchant_id, new.store_id)
        login = new.login or f"clerk.{queries.get(merchant_id).mchid}.{secrets.token_hex(2)}"
        invited = inviting.invite(Newcomer(login, new.name, "merchant", merchant_id, phone=new.phone), actor=actor)
        granting.grant(invited.account.id, "clerk", actor=actor, store_id=new.store_id)
    return invited


def invite_clerk_again(merchant_id: uuid.UUID, account_id: uuid.UUID, *, actor: str) -> Invited:
    """Another link; the one before and the clerk's sessions are dead. Raises AccountUnknown."""
    _clerk(merchant_id, account_id)
    return inviting.invite_again(account_id, actor=actor)


def move_clerk(merchant_id: uuid.UUID, account_id: uuid.UUID, store_id: uuid.UUID, *, actor: str) -> None:
    """Works at another store from now on. Raises AccountUnknown, StoreUnknown."""
    _clerk(merchant_id, account_id)
    with transaction():
        _open(merchant_id, store_id)
        granting.move_clerk(account_id, store_id, actor=actor)


def end_clerk(merchant_id: uuid.UUID, account_id: uuid.UUID, *, actor: str) -> None:
    """Logged out and gone at once; what was done keeps its author. Raises AccountUnknown."""
    _clerk(merchant_id, account_id)
    keeping.close(account_id, actor=actor)


def _own(merchant_id: uuid.UUID, store_id: uuid.UUID) -> ColumnElement[bool]:
    return and_(Store.id == store_id, Store.merchant_id == merchant_id)


def _open(merchant_id: uuid.UUID, store_id: uuid.UUID) -> None:
    """Held open until the commit, so that no clerk comes to a store while it is closed."""
    store = session().get(Store, store_id, with_for_update={"read": True}, populate_existing=True)
    if store is None or store.merchant_id != merchant_id or store.closed_at is not None:
        raise StoreUnknown


def _clerk(merchant_id: uuid.UUID, account_id: uuid.UUID) -> None:
    account = staff.merchants_account(merchant_id, account_id)
    if account is None or "clerk" not in staff.roles(account_id):
        raise AccountUnknown


def _tell(store_id: uuid.UUID, actor: str, what: str, purpose: str) -> None:
    writing.record(None, actor=actor, who="商户控制台", what=what, purpose=purpose, about=f"store:{store_id}")
