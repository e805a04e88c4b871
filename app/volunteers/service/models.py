"""Activities, who was there, what is odd about it, and what was looked at afterwards.

All of it belongs to the organisation that held the activity and answers for its record (谁记录谁证明).
"""

import uuid
from datetime import date, datetime

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel import clock
from app.kernel.db import Base
from app.kernel.ids import Id


class Activity(Base):
    """What volunteers were asked to: by whom, where, when, at what risk, how insured (志愿服务条例 12、17)."""

    __tablename__ = "service_activities"
    __table_args__ = (
        CheckConstraint("begins_at < ends_at AND ends_at - begins_at <= interval '366 days'", name="period"),
        CheckConstraint("unpaid", name="unpaid"),
        CheckConstraint("source IN ('console', 'import')", name="source"),
        CheckConstraint("source = 'import' OR risk IS NOT NULL", name="risk"),
        CheckConstraint("NOT dangerous OR insurance IS NOT NULL", name="insurance"),
        Index("ix_service_activities_scope", "organisation_path", "begins_at"),
        Index("uq_service_activities_imported", "organisation_id", "title", "place", "begins_at", unique=True,
              postgresql_where="source = 'import'"),
    )
    id: Mapped[Id]
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisations.id"))
    organisation_path: Mapped[str] = mapped_column(String(collation="C"))
    organiser: Mapped[str]  # the organisation's name, or the partner's
    region: Mapped[str]
    title: Mapped[str]
    place: Mapped[str]
    begins_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    description: Mapped[str]
    risk: Mapped[str | None]
    dangerous: Mapped[bool] = mapped_column(default=False)
    insurance: Mapped[str | None]
    unpaid: Mapped[bool] = mapped_column(default=True)
    source: Mapped[str] = mapped_column(default="console")
    made_by: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    cancelled_at: Mapped[datetime | None]
    suspected_at: Mapped[datetime | None]  # a sample was found wrong: all of it is looked at, and nothing confirmed


class Attendance(Base):
    """Somebody at an activity on a day. `minutes` is what the records add up to, once it is confirmed."""

    __tablename__ = "attendances"
    __table_args__ = (
        CheckConstraint("source IN ('qr', 'hand', 'import')", name="source"),
        CheckConstraint("state IN ('present', 'waiting', 'confirmed', 'refused', 'withdrawn')", name="state"),
        CheckConstraint("state IN ('present', 'refused', 'withdrawn') OR minutes IS NOT NULL", name="ended"),
        CheckConstraint("minutes BETWEEN 0 AND 1440", name="minutes"),
        CheckConstraint("began_at < ended_at", name="times"),
        CheckConstraint("state <> 'confirmed' OR (confirmed_by IS NOT NULL AND confirmed_at IS NOT NULL"
                        " AND confirmation_id IS NOT NULL)", name="confirmed"),
        CheckConstraint("state <> 'refused' OR reason IS NOT NULL", name="refused"),
        UniqueConstraint("activity_id", "volunteer_id", "in_step"),
        Index("uq_attendances_present", "activity_id", "volunteer_id", unique=True,
              postgresql_where="state = 'present'"),
        Index("ix_attendances_day", "volunteer_id", "served_on"),
        Index("ix_attendances_activity", "activity_id", "state"),
        Index("ix_attendances_scope", "organisation_path", "confirmed_at"),
        Index("ix_attendances_confirmation", "confirmation_id", postgresql_where="confirmation_id IS NOT NULL"),
    )
    id: Mapped[Id]
    activity_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("service_activities.id"))
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisations.id"))
    organisation_path: Mapped[str] = mapped_column(String(collation="C"))
    volunteer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("volunteers.id"))
    volunteer_no: Mapped[str]
    served_on: Mapped[date]
    began_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    minutes: Mapped[int | None]
    source: Mapped[str]
    state: Mapped[str]
    in_step: Mapped[int | None]  # of the codes that were scanned: each says the same once only
    out_step: Mapped[int | None]
    entered_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("staff_accounts.id"))  # by hand or import
    note: Mapped[str | None]  # why it was entered by hand
    reason: Mapped[str | None]  # why it isn't counted
    round: Mapped[int] = mapped_column(default=1)  # a confirmation taken back and made anew is the next one
    confirmation_id: Mapped[uuid.UUID | None]
    confirmed_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("staff_accounts.id"))
    confirmed_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)


class Flag(Base):
    """Something odd: nothing is confirmed before somebody else has said why it is right. `told`: what was seen."""

    __tablename__ = "attendance_flags"
    __table_args__ = (
        CheckConstraint("kind IN ('overlap', 'long_day', 'future')", name="kind"),
        CheckConstraint("(cleared_by IS NULL) = (cleared_at IS NULL) AND (cleared_by IS NULL) = (reason IS NULL)",
                        name="cleared"),
        CheckConstraint("cleared_by <> entered_by", name="second_person"),
        UniqueConstraint("attendance_id", "kind"),
        Index("ix_attendance_flags_scope", "organisation_path", "raised_at"),
    )
    id: Mapped[Id]
    attendance_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("attendances.id", ondelete="CASCADE"))
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisations.id"))
    organisation_path: Mapped[str] = mapped_column(String(collation="C"))
    kind: Mapped[str]
    told: Mapped[str]
    entered_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("staff_accounts.id"))
    raised_at: Mapped[datetime] = mapped_column(default=clock.now)
    cleared_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("staff_accounts.id"))
    cleared_at: Mapped[datetime | None]
    reason: Mapped[str | None]


class Sample(Base):
    """What was drawn from what was confirmed: from the seed anybody can draw the same again.

    `activity_id`: not drawn, but all of an activity in which something was found wrong.
    """

    __tablename__ = "hour_samples"
    __table_args__ = (
        CheckConstraint("percent BETWEEN 1 AND 100", name="percent"),
        CheckConstraint("confirmed_from <= confirmed_to", name="period"),
        Index("ix_hour_samples_scope", "organisation_path", "drawn_at"),
        Index("uq_hour_samples_whole", "activity_id", unique=True,
              postgresql_where="activity_id IS NOT NULL AND ended_at IS NULL"),
    )
    id: Mapped[Id]
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisations.id"))
    organisation_path: Mapped[str] = mapped_column(String(collation="C"))
    activity_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("service_activities.id"))
    confirmed_from: Mapped[date]
    confirmed_to: Mapped[date]
    percent: Mapped[int]
    least: Mapped[int]
    seed: Mapped[str]
    population: Mapped[int]
    population_ids: Mapped[list[uuid.UUID]] = mapped_column(ARRAY(Uuid))  # what could be drawn
    drawn_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff_accounts.id"))
    drawn_at: Mapped[datetime] = mapped_column(default=clock.now)
    ended_at: Mapped[datetime | None]


class SampleItem(Base):
    """One drawn attendance and what its look found; never by who entered or confirmed it."""

    __tablename__ = "hour_sample_items"
    __table_args__ = (
        CheckConstraint("outcome IN ('right', 'wrong')", name="outcome"),
        CheckConstraint("(outcome IS NULL) = (found_by IS NULL) AND (outcome IS NULL) = (found_at IS NULL)",
                        name="found"),
        CheckConstraint("outcome <> 'wrong' OR note IS NOT NULL", name="note"),
        CheckConstraint("found_by <> confirmed_by AND found_by <> entered_by", name="second_person"),
        UniqueConstraint("sample_id", "attendance_id"),
        Index("ix_hour_sample_items_attendance", "attendance_id"),
        Index("ix_hour_sample_items_scope", "organisation_path"),
    )
    id: Mapped[Id]
    sample_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("hour_samples.id"))
    attendance_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("attendances.id"))
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisations.id"))
    organisation_path: Mapped[str] = mapped_column(String(collation="C"))
    place: Mapped[int]  # in the order of the draw
    confirmed_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff_accounts.id"))
    entered_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("staff_accounts.id"))
    outcome: Mapped[str | None]
    note: Mapped[str | None]
    found_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("staff_accounts.id"))
    found_at: Mapped[datetime | None]


class OwnNumber(Base):
    """What an account said of itself: its own volunteer, or none; nobody confirms their own hours."""

    __tablename__ = "officer_volunteers"
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff_accounts.id"), primary_key=True)
    volunteer_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("volunteers.id"))
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisations.id"))
    organisation_path: Mapped[str] = mapped_column(String(collation="C"))
    told_at: Mapped[datetime] = mapped_column(default=clock.now)
