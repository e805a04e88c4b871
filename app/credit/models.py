"""Queries (each a look that the citizen sees), the kept grade and reports (sealed), and the platform's events."""

import uuid
from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel import clock
from app.kernel.db import Base
from app.kernel.ids import Id


class CreditQuery(Base):
    """One attempt to ask the platform: written, with its live consent locked, before the call is made."""

    __tablename__ = "credit_queries"
    __table_args__ = (
        CheckConstraint("state IN ('asking', 'answered', 'failed')", name="state"),
        CheckConstraint("kind IN ('grade', 'report')", name="kind"),
        Index("ix_credit_queries_asking", "consent_id", postgresql_where="state = 'asking'"),
    )
    id: Mapped[Id]
    kind: Mapped[str] = mapped_column(default="grade")
    citizen_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("citizens.id"), index=True)
    consent_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("consents.id"))
    authorization_id: Mapped[str]
    scenario: Mapped[str]
    purpose: Mapped[str]
    operator: Mapped[str] = mapped_column(default="system")
    state: Mapped[str] = mapped_column(default="asking")
    asked_at: Mapped[datetime] = mapped_column(default=clock.now)
    answered_at: Mapped[datetime | None]
    query_no: Mapped[str | None]
    failure: Mapped[str | None]


class CreditGrade(Base):
    """The latest word about a citizen, one row each. `sealed` holds {grade, red_lists, restricted, list_seqs}.

    `said_at` is the platform's time of the answer that is kept; `event_at` the platform's time of the latest
    event applied, `grade_seq` the largest number of those about the grade, and `revision` counts them, so that
    an answer notices that an event overtook it. `dropped_at` says that it must be asked for again, `repaired_at`
    when the platform last repaired the record: what was refused before may be decided anew.
    """

    __tablename__ = "credit_grades"
    citizen_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("citizens.id"), primary_key=True)
    sealed: Mapped[bytes | None]
    as_of: Mapped[date | None]
    valid_until: Mapped[date | None]  # inclusive, Asia/Shanghai
    said_at: Mapped[datetime | None]
    kept_until: Mapped[datetime | None]
    query_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("credit_queries.id"))
    grade_seq: Mapped[int] = mapped_column(BigInteger, default=0)
    event_at: Mapped[datetime | None]
    revision: Mapped[int] = mapped_column(default=0)
    dropped_at: Mapped[datetime | None]
    repaired_at: Mapped[datetime | None]


class CreditReport(Base):
    """A report that its citizen asked for: the PDF sealed, until its last valid day or the consent's end.

    `sha256` (hex) and `size` are of the PDF as it came; the row stays as the proof of what was handed out.
    """

    __tablename__ = "credit_reports"
    __table_args__ = (
        UniqueConstraint("citizen_id", "report_no"),
        CheckConstraint("(pdf_sealed IS NULL) = (dropped_at IS NOT NULL)", name="dropped"),
        Index("ix_credit_reports_kept", "valid_until", postgresql_where="dropped_at IS NULL"),
    )
    id: Mapped[Id]
    citizen_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("citizens.id"))
    consent_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("consents.id"))
    query_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("credit_queries.id"))
    report_no: Mapped[str]
    sha256: Mapped[str]
    size: Mapped[int]
    pages: Mapped[int]
    valid_until: Mapped[date]  # inclusive, Asia/Shanghai
    received_at: Mapped[datetime] = mapped_column(default=clock.now)
    pdf_sealed: Mapped[bytes | None]
    dropped_at: Mapped[datetime | None]


class PlatformEvent(Base):
    """An event taken in once. What was refused is kept for staff (`state` = refused; `refusal`: the code answered).

    `digest`: SHA-256 hex of the event as it came, without its signature. `body_sealed` is kept of refused ones that
    aren't too large, since nobody knows what an unknown type holds.
    """

    __tablename__ = "platform_events"
    __table_args__ = (
        CheckConstraint("state IN ('processed', 'stale', 'refused')", name="state"),
        Index("ix_platform_events_received", "received_at", "event_id"),
        Index("ix_platform_events_refused", "received_at", postgresql_where="state = 'refused'"),
    )
    event_id: Mapped[str] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger)
    type: Mapped[str]
    occurred_at: Mapped[datetime]
    received_at: Mapped[datetime] = mapped_column(default=clock.now)
    state: Mapped[str]  # processed | stale | refused
    refusal: Mapped[str | None]
    digest: Mapped[str | None]
    body_sealed: Mapped[bytes | None]
