"""A check lives for minutes: asked for by a public body, met by the citizen who scans, answered by yes and no."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Uuid

from app.kernel import clock
from app.kernel.db import Base
from app.kernel.ids import Id


class Check(Base):
    """`answers`: [{"service_id", "title", "eligible", "decision_id"}], there once `evaluated_at` is, and with them the
    citizen who scanned. The response (which incentive was applied, or none) is said once.
    """

    __tablename__ = "checks"
    __table_args__ = (
        UniqueConstraint("merchant_id", "out_check_no"),
        CheckConstraint("expires_at > created_at AND ends_at >= expires_at", name="life"),
        CheckConstraint("(evaluated_at IS NULL) = (answers IS NULL)", name="evaluated"),
        CheckConstraint("evaluated_at IS NULL OR citizen_id IS NOT NULL", name="citizen"),
        CheckConstraint("(responded_at IS NULL) = (response IS NULL)", name="responded"),
        CheckConstraint("response IN ('applied', 'none')", name="response"),
        CheckConstraint("(applied_offer_id IS NOT NULL) = (response IS NOT NULL AND response = 'applied')",
                        name="applied"),
        Index("ix_checks_citizen", "citizen_id", "created_at"),
    )
    id: Mapped[Id]
    check_no: Mapped[str] = mapped_column(unique=True)
    merchant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("merchants.id"))
    out_check_no: Mapped[str]
    content_digest: Mapped[str]
    matter: Mapped[str]
    offer_ids: Mapped[list[uuid.UUID]] = mapped_column(ARRAY(Uuid))
    citizen_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("citizens.id"))
    answers: Mapped[list[Any] | None] = mapped_column(JSONB(none_as_null=True))
    response: Mapped[str | None]
    applied_offer_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("offers.id"))
    officer: Mapped[str | None]  # the body's own number of the officer, never a name
    note: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    expires_at: Mapped[datetime]  # until then it can be scanned
    ends_at: Mapped[datetime]  # until then the widget's token opens it
    evaluated_at: Mapped[datetime | None]
    responded_at: Mapped[datetime | None]


class CheckOrigin(Base):
    """A web origin whose pages may frame the widget of this body."""

    __tablename__ = "check_origins"
    merchant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("merchants.id"), primary_key=True)
    origin: Mapped[str] = mapped_column(primary_key=True)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
