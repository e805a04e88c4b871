"""Service orders and permissions. Sums, ceilings and states are kept by the database itself."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel import clock
from app.kernel.db import Base
from app.kernel.ids import Id

FINAL = ("DONE", "REVOKED", "EXPIRED")
COMPLETE = "(state = 'DONE' OR coalesce(state_description, '') = 'MCH_COMPLETE')"


class ServiceOrder(Base):
    """One order of a merchant's; whose it is is known from the confirmation on.

    `content` is what the merchant told at the creation, as told, `ending` what it told at the completion or the last
    modification; a trigger keeps `payments_fen` and `discounts_fen` equal to the sums in it, and final states final.
    """

    __tablename__ = "service_orders"
    __table_args__ = (
        UniqueConstraint("merchant_id", "out_order_no"),
        Index("ix_service_orders_merchant", "merchant_id", "created_at", "id"),
        Index("ix_service_orders_citizen", "citizen_id", "created_at", "id"),
        Index("ix_service_orders_created", "created_at", postgresql_where=text("state = 'CREATED'")),
        Index("ix_service_orders_settled", "merchant_id", "offer_id", "settled_at",
              postgresql_where=text("settled_at IS NOT NULL")),
        CheckConstraint("state IN ('CREATED', 'DOING', 'DONE', 'REVOKED', 'EXPIRED')", name="state"),
        CheckConstraint("state_description IN ('USER_CONFIRM', 'MCH_COMPLETE')", name="state_description"),
        CheckConstraint("(state = 'DOING') = (state_description IS NOT NULL)", name="doing"),
        CheckConstraint("(citizen_id IS NULL) = (redemption_id IS NULL) AND (citizen_id IS NULL) = (openid IS NULL) "
                        "AND (citizen_id IS NULL) = (entitlement_id IS NULL) "
                        "AND (citizen_id IS NULL) = (begun_at IS NULL)", name="begun"),
        CheckConstraint("state NOT IN ('DOING', 'DONE') OR citizen_id IS NOT NULL", name="whose"),
        CheckConstraint("state NOT IN ('CREATED', 'EXPIRED') OR citizen_id IS NULL", name="nobodys"),
        CheckConstraint(f"{COMPLETE} = (total_fen IS NOT NULL)", name="complete"),
        CheckConstraint("(total_fen IS NULL) = (payments_fen IS NULL) "
                        "AND (total_fen IS NULL) = (discounts_fen IS NULL) "
                        "AND (total_fen IS NULL) = (ending IS NULL)", name="ending"),
        CheckConstraint("total_fen = payments_fen - discounts_fen", name="sum"),
        CheckConstraint("total_fen >= 0 AND payments_fen >= 0 AND discounts_fen >= 0", name="amounts"),
        CheckConstraint("risk_fund_fen > 0 AND risk_fund_fen <= ceiling_fen", name="ceiling"),
        CheckConstraint("total_fen <= coalesce(risk_fund_fen, ceiling_fen)", name="total"),
        CheckConstraint("state <> 'DONE' OR total_fen = 0 OR paid_at IS NOT NULL", name="paid"),
        CheckConstraint("(state = 'DONE') = (settled_at IS NOT NULL)", name="settled"),
        CheckConstraint("(state = 'REVOKED') = (cancelled_at IS NOT NULL)", name="cancelled"),
    )
    id: Mapped[Id]
    merchant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("merchants.id"))
    out_order_no: Mapped[str]
    appid: Mapped[str]
    offer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("offers.id"), index=True)
    content_digest: Mapped[str]
    content: Mapped[dict[str, Any]] = mapped_column(JSONB)
    need_user_confirm: Mapped[bool]
    notify_url: Mapped[str | None]  # a direct completion that comes to nothing needs none
    ceiling_fen: Mapped[int]  # the offer's, when the order was made
    risk_fund_fen: Mapped[int | None]  # the deposit that is waived; a direct completion waives none
    state: Mapped[str]
    state_description: Mapped[str | None]
    citizen_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("citizens.id"))
    openid: Mapped[str | None]  # pairwise
    entitlement_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("entitlements.id"), unique=True)
    redemption_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("redemptions.id"), unique=True)
    begun_at: Mapped[datetime | None]
    ending: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    ending_digest: Mapped[str | None]  # of the completion, so that it is known again
    modify_digest: Mapped[str | None]
    payments_fen: Mapped[int | None]
    discounts_fen: Mapped[int | None]
    total_fen: Mapped[int | None]
    completed_at: Mapped[datetime | None]
    paid_at: Mapped[datetime | None]  # as the merchant told
    settled_at: Mapped[datetime | None]
    reminded_at: Mapped[datetime | None]  # the citizen, by the merchant's `pay`
    breached_at: Mapped[datetime | None]
    cancel_reason: Mapped[str | None]
    cancelled_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)

    @property
    def order_id(self) -> str:
        """Our number of it, as merchants are told."""
        return f"S{self.id.hex}"

    @property
    def query_id(self) -> str:
        """Another number of ours, which a phone carries back to the merchant's page."""
        return f"Q{self.id.hex}"


class ServicePermission(Base):
    """A citizen lets one merchant open orders of one service without being asked each time.

    Nobody's until it is opened. `text` is what was agreed to, exactly as it was shown.
    """

    __tablename__ = "service_permissions"
    __table_args__ = (
        UniqueConstraint("merchant_id", "authorization_code"),
        Index("uq_service_permissions_live", "offer_id", "citizen_id", unique=True,
              postgresql_where=text("state = 'AVAILABLE'")),
        Index("ix_service_permissions_openid", "merchant_id", "offer_id", "openid"),
        Index("ix_service_permissions_citizen", "citizen_id", "opened_at", "id"),
        CheckConstraint("state IN ('UNAVAILABLE', 'AVAILABLE', 'UNBINDUSER')", name="state"),
        CheckConstraint("(state = 'UNAVAILABLE') = (citizen_id IS NULL)", name="whose"),
        CheckConstraint("(citizen_id IS NULL) = (openid IS NULL) AND (citizen_id IS NULL) = (opened_at IS NULL) "
                        "AND (citizen_id IS NULL) = (text IS NULL)", name="opened"),
        CheckConstraint("(state = 'UNBINDUSER') = (closed_at IS NOT NULL) "
                        "AND (closed_at IS NULL) = (closed_by IS NULL)", name="closed"),
        CheckConstraint("closed_by IN ('citizen', 'merchant', 'erasure')", name="closed_by"),
    )
    id: Mapped[Id]
    merchant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("merchants.id"))
    authorization_code: Mapped[str]
    appid: Mapped[str]
    offer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("offers.id"), index=True)
    notify_url: Mapped[str | None]
    state: Mapped[str]
    citizen_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("citizens.id"))
    openid: Mapped[str | None]  # pairwise
    text: Mapped[str | None]
    text_version: Mapped[str | None]
    text_digest: Mapped[str | None]
    applied_at: Mapped[datetime] = mapped_column(default=clock.now)
    opened_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str | None]
    close_reason: Mapped[str | None]
