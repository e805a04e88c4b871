"""What the platform initiated (发起), our answer (响应), what each month brought (反馈), and warnings."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from app.kernel import clock
from app.kernel.db import Base


class Initiative(Base):
    """The platform's word as it stands. `differing`: other content that came under the same `issued_at`, for staff."""

    __tablename__ = "initiatives"
    __table_args__ = (Index("ix_initiatives_due", "respond_by", "initiative_no"),
                      Index("ix_initiatives_newest", "issued_at", "initiative_no"))
    initiative_no: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str]
    document_no: Mapped[str]
    red_list: Mapped[str | None]
    grades: Mapped[list[str]] = mapped_column(ARRAY(Text))
    measures: Mapped[list[str]] = mapped_column(ARRAY(Text))
    regions: Mapped[list[str]] = mapped_column(ARRAY(Text))
    issued_at: Mapped[datetime]
    respond_by: Mapped[datetime]
    ends_at: Mapped[datetime]
    differing: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    taken_at: Mapped[datetime] = mapped_column(default=clock.now)


class InitiativePoll(Base):
    """One row: how far we have read (`cursor` is the next `since`), and when we look again."""

    __tablename__ = "initiative_polls"
    __table_args__ = (CheckConstraint("id = 1", name="one"),)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    cursor: Mapped[str | None]
    next_at: Mapped[datetime] = mapped_column(default=clock.now)
    polled_at: Mapped[datetime | None]  # the last time that we read to the end
    last_error: Mapped[str | None]


class InitiativeResponse(Base):
    """Our one answer. `owed` → `answered` (with the platform's `status`) or `refused` (with its code)."""

    __tablename__ = "initiative_responses"
    __table_args__ = (
        CheckConstraint("response IN ('accepted', 'declined')", name="response"),
        CheckConstraint("(response = 'accepted') = (cardinality(measures) > 0)", name="measures"),
        CheckConstraint("response = 'accepted' OR reason IS NOT NULL", name="reason"),
        CheckConstraint("state IN ('owed', 'answered', 'refused')", name="state"),
    )
    initiative_no: Mapped[str] = mapped_column(ForeignKey("initiatives.initiative_no"), primary_key=True)
    response: Mapped[str]
    reason: Mapped[str | None]
    measures: Mapped[list[str]] = mapped_column(ARRAY(Text))
    responded_at: Mapped[datetime]  # whole seconds: every attempt says the same
    responded_by: Mapped[str]
    state: Mapped[str] = mapped_column(default="owed")
    sending_at: Mapped[datetime | None]  # written before the first attempt: from then on the platform may have it
    status: Mapped[str | None]
    code: Mapped[str | None]
    answered_at: Mapped[datetime | None]


class InitiativeFeedback(Base):
    """What a closed month brought. `revision` counts the figures, `answered_revision` says which the platform has."""

    __tablename__ = "initiative_feedbacks"
    __table_args__ = (
        CheckConstraint("period ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'", name="period"),
        CheckConstraint("beneficiaries >= 0 AND usages >= 0 AND waived_fen >= 0", name="figures"),
        Index("ix_initiative_feedbacks_period", "period", "initiative_no"),
    )
    initiative_no: Mapped[str] = mapped_column(ForeignKey("initiatives.initiative_no"), primary_key=True)
    period: Mapped[str] = mapped_column(primary_key=True)
    beneficiaries: Mapped[int]
    usages: Mapped[int]
    waived_fen: Mapped[int]
    note: Mapped[str | None]
    revision: Mapped[int] = mapped_column(default=1)
    answered_revision: Mapped[int] = mapped_column(default=0)
    status: Mapped[str | None]
    code: Mapped[str | None]
    computed_at: Mapped[datetime] = mapped_column(default=clock.now)
    answered_at: Mapped[datetime | None]


class InitiativeWarning(Base):
    """Staff were warned once, so many working days before this day, that a response is due."""

    __tablename__ = "initiative_warnings"
    __table_args__ = (CheckConstraint("days IN (1, 3)", name="days"),)
    initiative_no: Mapped[str] = mapped_column(ForeignKey("initiatives.initiative_no"), primary_key=True)
    due_on: Mapped[date] = mapped_column(primary_key=True)
    days: Mapped[int] = mapped_column(primary_key=True)
    warned_at: Mapped[datetime] = mapped_column(default=clock.now)
