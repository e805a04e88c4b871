"""Providers, known by their USCC, with the keys that their requests are signed with."""

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel import clock
from app.kernel.db import Base
from app.kernel.ids import Id


class Merchant(Base):
    """A merchant or a public body. `apiv3_key_sealed` is sealed by the service at `merchant:<id>|apiv3`."""

    __tablename__ = "merchants"
    __table_args__ = (
        CheckConstraint("mchid ~ '^[0-9]{8,10}$'", name="mchid"),
        CheckConstraint("uscc ~ '^[0-9A-HJ-NPQRTUWXY]{18}$'", name="uscc"),
        CheckConstraint("kind IN ('merchant', 'public_body')", name="kind"),
        CheckConstraint("state IN ('active', 'paused', 'closed')", name="state"),
    )
    id: Mapped[Id]
    mchid: Mapped[str] = mapped_column(unique=True)
    appid: Mapped[str]
    name: Mapped[str]
    kind: Mapped[str] = mapped_column(default="merchant")
    uscc: Mapped[str] = mapped_column(unique=True)
    uscc_let_through: Mapped[str | None]  # why an operator accepted a number that fails the check
    apiv3_key_sealed: Mapped[bytes]
    state: Mapped[str] = mapped_column(default="active")
    created_at: Mapped[datetime] = mapped_column(default=clock.now)


class MerchantKey(Base):
    """A public key that signs a merchant's requests; two may be live at once."""

    __tablename__ = "merchant_keys"
    __table_args__ = (UniqueConstraint("merchant_id", "serial_no"),)
    id: Mapped[Id]
    merchant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("merchants.id"))
    serial_no: Mapped[str]
    public_key_pem: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    revoked_at: Mapped[datetime | None]


class Store(Base):
    """A place of a merchant. `code` is the merchant's own `store_id`."""

    __tablename__ = "stores"
    __table_args__ = (UniqueConstraint("merchant_id", "code"),)
    id: Mapped[Id]
    merchant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("merchants.id"))
    code: Mapped[str]
    name: Mapped[str]
    region: Mapped[str]  # GB/T 2260, 6 digits
    address: Mapped[str]
