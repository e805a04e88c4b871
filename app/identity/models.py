"""Citizens and their sessions. Everything that names a person is sealed under the person's own data key."""

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel import clock
from app.kernel.db import Base
from app.kernel.ids import Id


class Citizen(Base):
    """A WeChat user; *verified* after the real-name check. Owner of sealed values: `citizen:<id>`."""

    __tablename__ = "citizens"
    __table_args__ = (
        Index("uq_citizens_openid_index", "openid_index", unique=True,
              postgresql_where=text("deleted_at IS NULL")),
        Index("uq_citizens_identity_index", "identity_index", unique=True,
              postgresql_where=text("deleted_at IS NULL")),
        CheckConstraint("(verified_at IS NULL) = (identity_index IS NULL)", name="verified"),
        CheckConstraint("deleted_at IS NULL OR data_key IS NULL", name="erased"),
    )
    id: Mapped[Id]
    openid_index: Mapped[bytes]
    openid_sealed: Mapped[bytes | None]
    data_key: Mapped[bytes | None]  # wrapped; destroyed on erasure
    identity_index: Mapped[bytes | None]
    name_sealed: Mapped[bytes | None]
    id_number_sealed: Mapped[bytes | None]
    phone_sealed: Mapped[bytes | None]
    verified_at: Mapped[datetime | None]
    verification_no: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    deleted_at: Mapped[datetime | None]

    @property
    def owner(self) -> str:
        return f"citizen:{self.id}"

    @property
    def verified(self) -> bool:
        return self.verified_at is not None


class LoginFamily(Base):
    """One log-in and all refresh tokens that came from it; ended once, for good."""

    __tablename__ = "login_families"
    id: Mapped[Id]
    citizen_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("citizens.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None]  # logout | reuse | erased | moved


class RefreshToken(Base):
    """The digest of one refresh token; good once."""

    __tablename__ = "refresh_tokens"
    digest: Mapped[bytes] = mapped_column(primary_key=True)
    family_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("login_families.id"), index=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None]
