"""Who an account is, for guards and pages; lists for administrators."""

import re
import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select

from app.kernel.db import session
from app.staff.errors import RoleMissing
from app.staff.models import (
    ADMINISTRATORS,
    ROLES,
    Account,
    Invitation,
    LoggedIn,
    Organisation,
    RoleHeld,
    RoleRequest,
)
from app.staff.scoping import Scope

LEVELS = {"province": "省", "city": "市", "county": "县", "unit": "单位"}
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
REALMS = {"operations": "平台运营", "league": "共青团组织", "merchant": "商户"}
ROLE_NAMES = {"operator": "运营人员", "system_admin": "系统管理员", "security_admin": "安全管理员",
              "audit_admin": "审计管理员", "registrar": "登记员", "hours_officer": "时长管理员", "reviewer": "审核员",
              "list_officer": "名单管理员", "viewer": "查看员", "manager": "管理员", "clerk": "店员"}


@dataclass(frozen=True)
class Who:
    """Who is at the console: what pages and guards may know. `merchant_id` and `store_id` come from here only."""

    id: uuid.UUID
    login: str
    name: str = field(repr=False)
    realm: str
    roles: frozenset[str]
    merchant_id: uuid.UUID | None
    store_id: uuid.UUID | None
    organisation_id: uuid.UUID | None
    session_id: uuid.UUID
    stage: str
    proven_at: datetime

    @property
    def actor(self) -> str:
        """For verbs' `actor`: merchant:<id> for a merchant's people, staff:<id> for ours and the League's."""
        return f"{'merchant' if self.realm == 'merchant' else 'staff'}:{self.id}"

    @property
    def role_names(self) -> list[str]:
        return [ROLE_NAMES[role] for role in ROLES[self.realm] if role in self.roles]


def who(row: LoggedIn, account: Account) -> Who:
    """The session's account with its roles as they are now."""
    held = list(session().scalars(select(RoleHeld).where(RoleHeld.account_id == account.id)))
    store = next((role.store_id for role in held if role.store_id), None)
    return Who(account.id, account.login, account.display_name, account.realm, frozenset(role.role for role in held),
               account.merchant_id, store, account.organisation_id, row.id, row.stage, row.proven_at)


def scope(who: Who) -> Scope:
    """What this member of the League's staff sees. Raises RoleMissing for anybody else."""
    own = who.organisation_id and session().get(Organisation, who.organisation_id, populate_existing=True)
    if not own:
        raise RoleMissing
    path = "/" if own.level == "province" else own.path
    return Scope(who.id, own.id, path, own.level, who.roles, who.actor)


def organisation(organisation_id: uuid.UUID | None) -> Organisation | None:
    return None if organisation_id is None else session().get(Organisation, organisation_id)


def organisations() -> Select[Any]:
    """The whole tree, for who tends it."""
    return select(Organisation)


def children(organisation_id: uuid.UUID) -> list[Organisation]:
    """Those right below, by region."""
    return list(session().scalars(select(Organisation).where(Organisation.parent_id == organisation_id)
                                  .order_by(Organisation.region, Organisation.created_at)))


def above(organisation: Organisation) -> list[Organisation]:
    """From the province down to the one above this."""
    ids = [uuid.UUID(each) for each in organisation.path.strip("/").split("/")[:-1]]
    return list(session().scalars(select(Organisation).where(Organisation.id.in_(ids)).order_by(Organisation.path)))


def by_login(login: str) -> Account | None:
    return session().scalar(select(Account).where(Account.login == login).execution_options(populate_existing=True))


def get(account_id: uuid.UUID) -> Account | None:
    return session().get(Account, account_id, populate_existing=True)


def roles(account_id: uuid.UUID) -> list[str]:
    return list(session().scalars(select(RoleHeld.role).where(RoleHeld.account_id == account_id)
                                  .order_by(RoleHeld.role)))


def protected(account_id: uuid.UUID, actor: str) -> bool:
    """Whether the account is an administrator's and `actor` isn't who runs the machine: one person who could reset
    another's password and second factor would be both of the two that a change of roles asks for.
    """
    return not actor.startswith("operator:") and bool(set(roles(account_id)) & set(ADMINISTRATORS))


def roles_of(accounts: list[Account]) -> dict[uuid.UUID, list[str]]:
    """Roles by account, in one read."""
    found: dict[uuid.UUID, list[str]] = {account.id: [] for account in accounts}
    for held in session().scalars(select(RoleHeld).where(RoleHeld.account_id.in_(found)).order_by(RoleHeld.role)):
        found[held.account_id].append(held.role)
    return found


def accounts(realm: str | None = None) -> Select[Any]:
    """All accounts, perhaps of one realm."""
    every = select(Account)
    return every if realm is None else every.where(Account.realm == realm)


def every() -> list[Account]:
    """All accounts by login, for a terminal."""
    return list(session().scalars(select(Account).order_by(Account.login)))


def of_organisation(organisation_id: uuid.UUID) -> Select[Any]:
    """The accounts at one organisation, not of those below it."""
    return select(Account).where(Account.organisation_id == organisation_id)


def of_merchant(merchant_id: uuid.UUID) -> Select[Any]:
    """The accounts of one merchant."""
    return select(Account).where(Account.merchant_id == merchant_id)


def merchants_account(merchant_id: uuid.UUID, account_id: uuid.UUID) -> Account | None:
    """An account of this merchant; another's is as good as absent."""
    return session().scalar(of_merchant(merchant_id).where(Account.id == account_id))


def clerks(merchant_id: uuid.UUID) -> Any:
    """The clerks of one merchant: id, login, display_name, state, created_at, store_id."""
    return (select(Account.id, Account.login, Account.display_name, Account.state, Account.created_at,
                   RoleHeld.store_id)
            .join(RoleHeld, RoleHeld.account_id == Account.id)
            .where(Account.merchant_id == merchant_id, RoleHeld.role == "clerk"))


def clerks_of_store(store_id: uuid.UUID) -> int:
    """How many accounts are bound to this store."""
    return session().scalar(select(func.count()).select_from(RoleHeld).where(RoleHeld.store_id == store_id)) or 0


def first_of_role(merchant_id: uuid.UUID, role: str) -> Account | None:
    """The oldest account of this merchant that holds the role."""
    return session().scalar(of_merchant(merchant_id).join(RoleHeld, RoleHeld.account_id == Account.id)
                            .where(RoleHeld.role == role).order_by(Account.created_at, Account.id).limit(1))


def requests() -> Select[Any]:
    """All role changes that were asked for."""
    return select(RoleRequest)


def request(request_id: uuid.UUID) -> RoleRequest | None:
    return session().get(RoleRequest, request_id, populate_existing=True)


def login_of(account_id: uuid.UUID | None) -> str:
    """A login for a page; a request reads each account once."""
    found = None if account_id is None else session().get(Account, account_id)
    return "" if found is None else found.login


def named(actor: str) -> str:
    """An actor of the trail for a page: staff:<id> with the login in place of the id."""
    kind, _, rest = actor.partition(":")
    if kind not in {"staff", "merchant"} or not UUID.fullmatch(rest):
        return actor
    return f"{kind}:{login_of(uuid.UUID(rest)) or rest}"


def asked_of(account_id: uuid.UUID) -> int:
    """How many changes of this account's roles wait for a decision."""
    return session().scalar(select(func.count()).select_from(RoleRequest).where(
        RoleRequest.account_id == account_id, RoleRequest.state == "open")) or 0


def waiting_requests() -> int:
    return session().scalar(select(func.count()).select_from(RoleRequest).where(RoleRequest.state == "open")) or 0


def invitation_open_until(account_id: uuid.UUID) -> datetime | None:
    """Until when the account's newest link works."""
    return session().scalar(select(func.max(Invitation.expires_at)).where(
        Invitation.account_id == account_id, Invitation.ended_at.is_(None)))
