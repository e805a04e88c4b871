"""An appeal and its clocks. The text is sealed under the citizen's key, column `appeal.text`."""

import uuid
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel import clock
from app.kernel.db import Base
from app.kernel.ids import Id


class Appeal(Base):
    """`opened` → `marked` (within 1 working day) → `settled` (within 5)."""

    __tablename__ = "appeals"
    __table_args__ = (CheckConstraint("state IN ('opened', 'marked', 'settled')", name="state"),)
    id: Mapped[Id]
    appeal_no: Mapped[str] = mapped_column(unique=True)
    citizen_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("citizens.id"), index=True)
    about_kind: Mapped[str]
    about_id: Mapped[str]
    text_sealed: Mapped[bytes]
    state: Mapped[str] = mapped_column(default="opened")
    opened_at: Mapped[datetime] = mapped_column(default=clock.now)
    mark_by: Mapped[date]
    settle_by: Mapped[date]
    marked_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    outcome: Mapped[str | None]  # upheld | dismissed
    answer: Mapped[str | None]
    idempotency_key: Mapped[str | None]
