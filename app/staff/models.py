"""Accounts, roles, invitations, sessions, tries. What one person may hold is the database's to say."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, LargeBinary, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel import clock
from app.kernel.db import Base
from app.kernel.ids import Id

ROLES = {"operations": ("operator", "system_admin", "security_admin", "audit_admin"),
         "league": ("registrar", "hours_officer", "reviewer", "list_officer", "viewer"),
         "merchant": ("manager", "clerk")}
ADMINISTRATORS = ("system_admin", "security_admin", "audit_admin")


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(f"'{name}'" for name in names)


class Organisation(Base):
    """A knot of the League's tree. `path` is the ids from the root down between slashes: a subtree is a prefix."""

    __tablename__ = "organisations"
    __table_args__ = (
        CheckConstraint("level IN ('province', 'city', 'county', 'unit')", name="level"),
        CheckConstraint("(level = 'province') = (parent_id IS NULL)", name="root"),
        CheckConstraint("path LIKE '/%/'", name="path"),
        CheckConstraint("region ~ '^[0-9]{6}$'", name="region"),
        UniqueConstraint("parent_id", "name"),
        Index("uq_organisations_root", "level", unique=True, postgresql_where="level = 'province'"),
    )
    id: Mapped[Id]
    parent_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("organisations.id"))
    level: Mapped[str]
    name: Mapped[str]
    region: Mapped[str]  # GB/T 2260
    path: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)


class Account(Base):
    """One person in one realm. Nobody has a password before the invitation is taken up."""

    __tablename__ = "staff_accounts"
    __table_args__ = (
        CheckConstraint("login ~ '^[a-z0-9][a-z0-9._-]{2,39}$'", name="login"),
        CheckConstraint(f"realm IN ({_listed(tuple(ROLES))})", name="realm"),
        CheckConstraint("state IN ('invited', 'active', 'closed')", name="state"),
        CheckConstraint("state <> 'active' OR password_hash IS NOT NULL", name="active"),
        CheckConstraint("(realm = 'merchant') = (merchant_id IS NOT NULL)", name="merchant"),
        CheckConstraint("(realm = 'league') = (organisation_id IS NOT NULL)", name="organisation"),
        UniqueConstraint("id", "realm"),
        UniqueConstraint("id", "merchant_id"),
        Index("ix_staff_accounts_merchant", "merchant_id"),
    )
    id: Mapped[Id]
    login: Mapped[str] = mapped_column(unique=True)
    display_name: Mapped[str]
    realm: Mapped[str]
    merchant_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("merchants.id"))
    organisation_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("organisations.id"))
    phone_sealed: Mapped[bytes | None]
    password_hash: Mapped[str | None]
    password_at: Mapped[datetime | None]
    totp_sealed: Mapped[bytes | None]
    totp_next_sealed: Mapped[bytes | None]  # shown, and not yet proven
    totp_step: Mapped[int | None]  # the last step that was used: never again, nor any before it
    state: Mapped[str] = mapped_column(default="invited")
    created_at: Mapped[datetime] = mapped_column(default=clock.now)


class RoleHeld(Base):
    """What an account may do. Composite keys keep realm, merchant and store the account's own."""

    __tablename__ = "staff_roles"
    __table_args__ = (
        CheckConstraint(" OR ".join(f"(realm = '{realm}' AND role IN ({_listed(names)}))"
                                    for realm, names in ROLES.items()), name="role"),
        CheckConstraint("(realm = 'merchant') = (merchant_id IS NOT NULL)", name="merchant"),
        CheckConstraint("(role = 'clerk') = (store_id IS NOT NULL)", name="store"),
        ForeignKeyConstraint(["account_id", "realm"], ["staff_accounts.id", "staff_accounts.realm"]),
        ForeignKeyConstraint(["account_id", "merchant_id"], ["staff_accounts.id", "staff_accounts.merchant_id"],
                             name="fk_staff_roles_merchant"),
        ForeignKeyConstraint(["store_id", "merchant_id"], ["stores.id", "stores.merchant_id"],
                             name="fk_staff_roles_store"),
        Index("uq_staff_roles_one_administrator", "account_id", unique=True,
              postgresql_where=f"role IN ({_listed(ADMINISTRATORS)})"),
        Index("uq_staff_roles_one_at_merchant", "account_id", unique=True, postgresql_where="realm = 'merchant'"),
    )
    account_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    role: Mapped[str] = mapped_column(primary_key=True)
    realm: Mapped[str]
    merchant_id: Mapped[uuid.UUID | None]
    store_id: Mapped[uuid.UUID | None]
    granted_by: Mapped[str]  # staff:<id>, merchant:<id> or operator:<name>
    granted_at: Mapped[datetime] = mapped_column(default=clock.now)


class RoleRequest(Base):
    """A change of roles that one person asks for and another one decides; nobody decides on their own."""

    __tablename__ = "staff_role_requests"
    __table_args__ = (
        CheckConstraint("change IN ('grant', 'take')", name="change"),
        CheckConstraint("state IN ('open', 'approved', 'refused')", name="state"),
        CheckConstraint("(state = 'open') = (decided_by IS NULL AND decided_at IS NULL)", name="decided"),
        CheckConstraint("decided_by <> asked_by AND decided_by <> account_id", name="second_person"),
        Index("uq_staff_role_requests_open", "account_id", "role", unique=True, postgresql_where="state = 'open'"),
    )
    id: Mapped[Id]
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff_accounts.id"))
    role: Mapped[str]
    change: Mapped[str]
    reason: Mapped[str]
    state: Mapped[str] = mapped_column(default="open")
    asked_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff_accounts.id"))
    asked_at: Mapped[datetime] = mapped_column(default=clock.now)
    decided_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("staff_accounts.id"))
    decided_at: Mapped[datetime | None]


class Invitation(Base):
    """A link that works once. Only its digest is kept."""

    __tablename__ = "staff_invitations"
    id: Mapped[Id]
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff_accounts.id"), index=True)
    digest: Mapped[bytes] = mapped_column(unique=True)
    invited_by: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]  # taken up, or replaced


class RecoveryCode(Base):
    """Instead of a code of the second factor, once. Only its keyed digest is kept."""

    __tablename__ = "staff_recovery_codes"
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff_accounts.id"), primary_key=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    used_at: Mapped[datetime | None]


class LoggedIn(Base):
    """A session: the browser holds a random token, we its digest. `stage` says what is still to be proven."""

    __tablename__ = "staff_sessions"
    __table_args__ = (CheckConstraint("stage IN ('code', 'enrol', 'full')", name="stage"),
                      Index("ix_staff_sessions_account", "account_id", postgresql_where="ended_at IS NULL"))
    id: Mapped[Id]
    digest: Mapped[bytes] = mapped_column(unique=True)
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff_accounts.id"))
    stage: Mapped[str]
    began_at: Mapped[datetime] = mapped_column(default=clock.now)
    seen_at: Mapped[datetime] = mapped_column(default=clock.now)
    proven_at: Mapped[datetime] = mapped_column(default=clock.now)  # the last time that a secret was asked and given
    expires_at: Mapped[datetime] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None]
    network: Mapped[str]  # 198.51.100.x: enough to know one's own
    agent: Mapped[str]  # Chrome · Windows
    notices: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)


class Tries(Base):
    """Wrong passwords and codes, by login or by network address (keyed digests of both)."""

    __tablename__ = "staff_tries"
    kind: Mapped[str] = mapped_column(primary_key=True)
    who: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    failures: Mapped[int]
    last_at: Mapped[datetime] = mapped_column(index=True)
    closed_until: Mapped[datetime]
