"""Notifications, every attempt at one, and the lane in which each merchant's go out one after the other."""

import uuid
from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel import clock
from app.kernel.db import Base
from app.kernel.ids import Id


class Notification(Base):
    """`pending` until it is `delivered` (200 or 204), or `undelivered` when the schedule has run out.

    `resource_sealed` is sealed by the service at `notification:<id>`. Those of one merchant and `subject` go in the
    order of `position`.
    """

    __tablename__ = "notifications"
    __table_args__ = (
        CheckConstraint("state IN ('pending', 'delivered', 'undelivered')", name="state"),
        CheckConstraint("(state = 'pending') = (next_at IS NOT NULL)", name="due"),
        Index("ix_notifications_due", "merchant_id", "next_at", postgresql_where=text("state = 'pending'")),
        Index("ix_notifications_order", "merchant_id", "subject", "position",
              postgresql_where=text("state = 'pending'")),
        Index("ix_notifications_listed", "merchant_id", "created_at", "id"),
    )
    id: Mapped[Id]
    notification_no: Mapped[str] = mapped_column(unique=True)  # the envelope's id
    position: Mapped[int] = mapped_column(BigInteger, Identity(), unique=True)
    merchant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("merchants.id"))
    event_type: Mapped[str]
    subject: Mapped[str]  # what it is about, e.g. an out_order_no: its order is kept
    original_type: Mapped[str]
    summary: Mapped[str]
    notify_url: Mapped[str]
    resource_sealed: Mapped[bytes]
    state: Mapped[str] = mapped_column(default="pending")
    failures: Mapped[int] = mapped_column(default=0)  # how far the schedule has come
    next_at: Mapped[datetime | None]
    probe: Mapped[bool] = mapped_column(default=False)  # a wrong signature is to be tried first
    asked_by: Mapped[str | None]  # who wants it sent again, until it is
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    delivered_at: Mapped[datetime | None]


class Attempt(Base):
    """One try, written before it is made: one without an end is one whose worker died."""

    __tablename__ = "notification_attempts"
    __table_args__ = (UniqueConstraint("notification_id", "ordinal"),
                      CheckConstraint("kind IN ('schedule', 'hand', 'probe')", name="kind"))
    id: Mapped[Id]
    notification_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("notifications.id", ondelete="CASCADE"))
    ordinal: Mapped[int]
    kind: Mapped[str]
    actor: Mapped[str | None]  # who sent it by hand
    at: Mapped[datetime] = mapped_column(default=clock.now)
    duration_ms: Mapped[int | None]
    status: Mapped[int | None]  # HTTP's, where there was an answer
    body_head: Mapped[str | None]
    failure: Mapped[str | None]  # a fixed word; empty where it was taken


class Lane(Base):
    """One merchant's way out: at most one notification of theirs is on its way, held until `lease_until`.

    `slow`: the last one took long or came to nothing; slow lanes share a part of the places only.
    """

    __tablename__ = "notification_lanes"
    __table_args__ = (CheckConstraint("(attempt_id IS NULL) = (lease_until IS NULL)", name="lease"),)
    merchant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("merchants.id"), primary_key=True)
    attempt_id: Mapped[uuid.UUID | None]  # the one that is on its way
    lease_until: Mapped[datetime | None]
    served_at: Mapped[datetime] = mapped_column(default=clock.now)
    slow: Mapped[bool] = mapped_column(default=False)
    probe_taken_at: Mapped[datetime | None]  # when the merchant last took a wrong signature for ours
    probes_sent: Mapped[int] = mapped_column(default=0)
    probes_taken: Mapped[int] = mapped_column(default=0)
