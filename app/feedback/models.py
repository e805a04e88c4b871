"""Batches are written whole before they are sent, so that the same bytes go out again after any crash."""

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel import clock
from app.kernel.db import Base


class Batch(Base):
    """≤ 500 records, ≤ 1 MiB. `ready` → `sending` (held until lease) → `settled`, or `parked`."""

    __tablename__ = "feedback_batches"
    __table_args__ = (
        CheckConstraint("state IN ('ready', 'sending', 'settled', 'parked')", name="state"),
        Index("ix_feedback_batches_open", "next_at", postgresql_where="state IN ('ready', 'sending')"),
    )
    batch_no: Mapped[str] = mapped_column(primary_key=True)
    body: Mapped[bytes]  # sent again unchanged: the platform compares bytes
    records: Mapped[int]
    state: Mapped[str] = mapped_column(default="ready")
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime] = mapped_column(default=clock.now)
    lease_until: Mapped[datetime | None]
    last_error: Mapped[str | None]
    receipt_no: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    settled_at: Mapped[datetime | None]


class Feedback(Base):
    """One usage on its way: `sent` in a batch, then `accepted` (a duplicate too), `rejected` or `parked`."""

    __tablename__ = "feedbacks"
    __table_args__ = (
        CheckConstraint("state IN ('sent', 'accepted', 'rejected', 'parked')", name="state"),
        CheckConstraint("(state = 'accepted') = (receipt_no IS NOT NULL)", name="receipt"),
    )
    record_no: Mapped[str] = mapped_column(primary_key=True)
    usage_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("usages.id"), unique=True)
    batch_no: Mapped[str] = mapped_column(ForeignKey("feedback_batches.batch_no"), index=True)
    state: Mapped[str] = mapped_column(default="sent")
    receipt_no: Mapped[str | None]
    reason: Mapped[str | None]
    settled_at: Mapped[datetime | None] = mapped_column(index=True)
    settlement_day: Mapped[date | None] = mapped_column(index=True)  # the day on which the platform counts it


class Reconciliation(Base):
    """A settlement day compared: counts, sums, digests, and the rows that differ."""

    __tablename__ = "reconciliations"
    day: Mapped[date] = mapped_column(primary_key=True)
    state: Mapped[str]  # agreed | differs | incomplete
    ours_count: Mapped[int]
    theirs_count: Mapped[int]
    ours_fen: Mapped[int]
    theirs_fen: Mapped[int]
    ours_digest: Mapped[str]
    theirs_digest: Mapped[str]
    differences: Mapped[list[Any]] = mapped_column(JSONB)
    checked_at: Mapped[datetime] = mapped_column(default=clock.now)
