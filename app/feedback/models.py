"""Batches are written whole before they are sent, so that the same bytes go out again after any crash."""

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel import clock
from app.kernel.db import Base
from app.kernel.ids import Id


class Batch(Base):
    """≤ 500 records, ≤ 1 MiB. `ready` → `sending` (held until lease) → `settled`, `parked`, or `undone`.

    `undone`: surely never taken, and unmade since a record in it had grown too old to be sent.
    """

    __tablename__ = "feedback_batches"
    __table_args__ = (
        CheckConstraint("state IN ('ready', 'sending', 'settled', 'parked', 'undone')", name="state"),
        Index("ix_feedback_batches_open", "batch_no", postgresql_where=text("state IN ('ready', 'sending')")),
        Index("ix_feedback_batches_parked", "batch_no", postgresql_where=text("state = 'parked'")),
    )
    batch_no: Mapped[str] = mapped_column(primary_key=True)  # in order of making, which is the order of sending
    body: Mapped[bytes]  # sent again unchanged: the platform compares bytes
    records: Mapped[int]
    oldest_at: Mapped[datetime]  # when the oldest of its uses occurred
    repairs_on: Mapped[date | None]  # the settlement day for which records are told once more
    state: Mapped[str] = mapped_column(default="ready")
    doubtful: Mapped[bool] = mapped_column(default=False)  # an attempt may have been taken without our knowing
    aside: Mapped[bool] = mapped_column(default=False)  # failed so often that later ones no longer wait for it
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime] = mapped_column(default=clock.now)
    lease_until: Mapped[datetime | None]
    last_error: Mapped[str | None]
    last_tried_at: Mapped[datetime | None]
    receipt_no: Mapped[str | None]
    parked_by: Mapped[str | None]  # who of the staff did; empty where the platform's final no did
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    settled_at: Mapped[datetime | None]


class Feedback(Base):
    """One usage on its way: `sent` in a batch, then `accepted` (a duplicate too), `rejected` or `parked`.

    Without a batch it was parked before it could come into one, since the platform could only have said no.
    """

    __tablename__ = "feedbacks"
    __table_args__ = (
        CheckConstraint("state IN ('sent', 'accepted', 'rejected', 'parked')", name="state"),
        CheckConstraint("(state = 'accepted') = (receipt_no IS NOT NULL)", name="receipt"),
        CheckConstraint("batch_no IS NOT NULL OR state = 'parked' AND reason IS NOT NULL", name="batch"),
        Index("ix_feedbacks_wrong", "record_no",
              postgresql_where=text("state = 'rejected' OR state = 'parked' AND batch_no IS NULL")),
        Index("ix_feedbacks_settled_at", "settled_at", postgresql_using="brin"),
        Index("ix_feedbacks_settlement_day", "settlement_day"),
    )
    record_no: Mapped[str] = mapped_column(primary_key=True)
    usage_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("usages.id"), unique=True)
    batch_no: Mapped[str | None] = mapped_column(ForeignKey("feedback_batches.batch_no"), index=True)
    state: Mapped[str] = mapped_column(default="sent")
    receipt_no: Mapped[str | None]
    reason: Mapped[str | None]
    settled_at: Mapped[datetime | None]
    settlement_day: Mapped[date | None]  # the day on which the platform counts it


class Correction(Base):
    """Who put which record right by which new one: once each, which the keys hold."""

    __tablename__ = "corrections"
    corrected_no: Mapped[str] = mapped_column(ForeignKey("feedbacks.record_no"), primary_key=True)
    record_no: Mapped[str] = mapped_column(ForeignKey("usages.usage_no"), unique=True)
    actor: Mapped[str]
    note: Mapped[str]
    changes: Mapped[dict[str, Any]] = mapped_column(JSONB)  # field → [before, after]; none where the cause was
    made_at: Mapped[datetime] = mapped_column(default=clock.now)


class Reconciliation(Base):
    """A settlement day compared: counts, sums, digests. `fetching` until all their pages are here (`cursor`)."""

    __tablename__ = "reconciliations"
    __table_args__ = (
        CheckConstraint("state IN ('fetching', 'agreed', 'differs', 'incomplete')", name="state"),)
    day: Mapped[date] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(default="fetching")
    attempts: Mapped[int] = mapped_column(default=0)  # fences off whoever held it before
    failures: Mapped[int] = mapped_column(default=0)  # in a row
    next_at: Mapped[datetime] = mapped_column(default=clock.now)
    lease_until: Mapped[datetime | None]
    last_error: Mapped[str | None]
    cursor: Mapped[str | None]
    fetched: Mapped[int] = mapped_column(default=0)  # their rows that are here
    complete: Mapped[bool] = mapped_column(default=False)  # as the platform says
    theirs_count: Mapped[int | None]
    theirs_fen: Mapped[int | None]
    theirs_digest: Mapped[str | None]
    ours_count: Mapped[int | None]
    ours_fen: Mapped[int | None]
    ours_digest: Mapped[str | None]
    checked_at: Mapped[datetime | None]


class Listed(Base):
    """A row of theirs while its day is being compared; gone when that is done."""

    __tablename__ = "reconciliation_rows"
    day: Mapped[date] = mapped_column(ForeignKey("reconciliations.day"), primary_key=True)
    record_no: Mapped[str] = mapped_column(primary_key=True)
    receipt_no: Mapped[str]


class Difference(Base):
    """What differed on a day, until it is `closed_at`; kept, so that the report can say what became of it.

    `kind`: ours_only, theirs_only, receipt, state; and of the whole day, without a record: count, fen, digest.
    `repair`: `sent` (told once more), then what the platform said; `taken`: their word was taken over.
    """

    __tablename__ = "reconciliation_differences"
    __table_args__ = (
        CheckConstraint("kind IN ('ours_only', 'theirs_only', 'receipt', 'state', 'count', 'fen', 'digest')",
                        name="kind"),
        CheckConstraint("repair IN ('sent', 'accepted', 'duplicate', 'rejected', 'parked', 'too_old', 'taken')",
                        name="repair"),
        Index("ix_reconciliation_differences_open", "day", postgresql_where=text("closed_at IS NULL")),
        Index("ix_reconciliation_differences_repair", "repair_batch_no"),
    )
    day: Mapped[date] = mapped_column(ForeignKey("reconciliations.day"), primary_key=True)
    record_no: Mapped[str] = mapped_column(primary_key=True)  # empty where the whole day is meant
    kind: Mapped[str] = mapped_column(primary_key=True)
    ours: Mapped[str | None]
    theirs: Mapped[str | None]
    repair: Mapped[str | None]
    repair_batch_no: Mapped[str | None] = mapped_column(ForeignKey("feedback_batches.batch_no"))
    found_at: Mapped[datetime] = mapped_column(default=clock.now)
    closed_at: Mapped[datetime | None]


class Report(Base):
    """A day's comparison as a signed file; the newest one of a day counts."""

    __tablename__ = "reconciliation_reports"
    __table_args__ = (Index("ix_reconciliation_reports_day", "day", "id"),)
    id: Mapped[Id]
    day: Mapped[date] = mapped_column(ForeignKey("reconciliations.day"))
    content: Mapped[bytes]
    key_id: Mapped[str]
    signature: Mapped[bytes]
    made_at: Mapped[datetime] = mapped_column(default=clock.now)
