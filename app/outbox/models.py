"""One row for each message owed. The row is the truth; workers only carry it."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Identity, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel import clock
from app.kernel.db import Base


class Message(Base):
    """`pending` → `sending` (held until `lease_until`) → `done`, or `parked` where staff must look.

    Messages of one `key` are sent in order of `id`. `payload` holds ids only, never identity data.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        CheckConstraint("state IN ('pending', 'sending', 'done', 'parked')", name="state"),
        CheckConstraint("(state = 'sending') = (lease_until IS NOT NULL)", name="lease"),
        Index("ix_outbox_due", "topic", "next_at", "id", postgresql_where=text("state = 'pending'")),
        Index("ix_outbox_held", "lease_until", postgresql_where=text("state = 'sending'")),
        Index("ix_outbox_order", "topic", "key", "id", postgresql_where=text("state <> 'done'")),
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    topic: Mapped[str]
    key: Mapped[str]
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB)
    state: Mapped[str] = mapped_column(default="pending")
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime] = mapped_column(default=clock.now)
    lease_until: Mapped[datetime | None]
    last_error: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    settled_at: Mapped[datetime | None]
