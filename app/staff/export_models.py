"""Exports of the League's tables: who took what for which purpose, and whose yes the larger ones have."""

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel import clock
from app.kernel.db import Base
from app.kernel.ids import Id

ALONE = 500  # rows that one person may take in a day without a second one


class ExportRequest(Base):
    """Asked, decided by somebody else where it is large, taken once. `asked_sealed` holds filters, order and their
    words, which may name a person; `number` stands in the file on every row.
    """

    __tablename__ = "export_requests"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'approved', 'refused', 'taken')", name="state"),
        CheckConstraint("decided_by <> asked_by", name="second_person"),
        CheckConstraint("(decided_by IS NULL) = (decided_at IS NULL)", name="decided"),
        CheckConstraint("state = 'taken' OR (state = 'open') = (decided_by IS NULL)", name="decision"),
        CheckConstraint("(state = 'taken') = (taken_at IS NOT NULL)", name="taken"),
        CheckConstraint(f"state <> 'taken' OR decided_by IS NOT NULL OR rows <= {ALONE}", name="alone"),
        Index("ix_export_requests_asked_by", "asked_by", "taken_at"),
    )
    id: Mapped[Id]
    number: Mapped[str] = mapped_column(unique=True)
    table_id: Mapped[str]
    title: Mapped[str]
    address: Mapped[str]
    asked_sealed: Mapped[bytes]
    purpose: Mapped[str]
    rows: Mapped[int]
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisations.id"))
    organisation_path: Mapped[str] = mapped_column(String(collation="C"), index=True)
    state: Mapped[str] = mapped_column(default="open")
    asked_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff_accounts.id"))
    asked_at: Mapped[datetime] = mapped_column(default=clock.now)
    decided_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("staff_accounts.id"))
    decided_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    taken_at: Mapped[datetime | None]

    @property
    def place(self) -> str:
        return f"export:{self.id}|asked"
