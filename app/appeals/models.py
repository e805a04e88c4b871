"""An appeal and its clocks, and what merchants say of it. Texts are sealed under the citizen's key, as `appeal.text`,
`appeal.answer`, `appeal.statement`.
"""

import uuid
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel import clock
from app.kernel.db import Base
from app.kernel.ids import Id


class Appeal(Base):
    """`opened` → `marked` (within 1 working day) → `settled` (within 5)."""

    __tablename__ = "appeals"
    __table_args__ = (
        CheckConstraint("state IN ('opened', 'marked', 'settled')", name="state"),
        CheckConstraint("(state = 'settled') = (settled_at IS NOT NULL AND outcome IS NOT NULL)", name="settled"),
        CheckConstraint("text_check IN ('pass', 'review', 'unchecked')", name="text_check"),
        CheckConstraint("outcome IN ('upheld', 'dismissed', 'withdrawn')", name="outcome"),
        CheckConstraint("opened_by IN ('citizen', 'platform')", name="opened_by"),
        Index("uq_appeals_disputed", "about_id", unique=True,
              postgresql_where="opened_by = 'platform' AND state <> 'settled'"),
        Index("ix_appeals_open", "settle_by", postgresql_where="state <> 'settled'"),
    )
    id: Mapped[Id]
    appeal_no: Mapped[str] = mapped_column(unique=True)
    citizen_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("citizens.id"), index=True)
    opened_by: Mapped[str] = mapped_column(default="citizen")  # or platform: it disputes a usage
    about_kind: Mapped[str]
    about_id: Mapped[str]
    text_sealed: Mapped[bytes]
    text_check: Mapped[str]  # pass | review, or unchecked where WeChat couldn't be asked: staff look first
    state: Mapped[str] = mapped_column(default="opened")
    opened_at: Mapped[datetime] = mapped_column(default=clock.now)
    mark_by: Mapped[date]
    settle_by: Mapped[date]
    marked_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    outcome: Mapped[str | None]  # upheld | dismissed, or withdrawn where the citizen left
    answer_sealed: Mapped[bytes | None]
    idempotency_key: Mapped[str | None]


class Statement(Base):
    """A merchant's account of what an appeal is about."""

    __tablename__ = "appeal_statements"
    id: Mapped[Id]
    appeal_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("appeals.id"), index=True)
    merchant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("merchants.id"))
    text_sealed: Mapped[bytes]
    actor: Mapped[str]
    at: Mapped[datetime] = mapped_column(default=clock.now)
