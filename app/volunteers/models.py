"""The League's volunteers and their service. Owner of sealed values: `volunteer:<id>`.

`organisation_path` is a copy of the organisation's path, for the scopes of staff (app/staff/scoping.py); `/` where
there is no organisation yet.
"""

import uuid
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel import clock
from app.kernel.db import Base
from app.kernel.ids import Id


class Volunteer(Base):
    """A registered (or applying) volunteer; meets a citizen by the same keyed identity index."""

    __tablename__ = "volunteers"
    __table_args__ = (
        CheckConstraint("state IN ('applied', 'refused', 'registered', 'left')", name="state"),
        CheckConstraint("(state = 'left') = (left_cause IS NOT NULL)", name="left"),
        CheckConstraint("left_cause IN ('own_wish', 'cause')", name="left_cause"),
        CheckConstraint("state <> 'refused' OR reason IS NOT NULL", name="refused"),
        CheckConstraint("real_name_state IN ('unchecked', 'waiting', 'matched', 'mismatched')", name="real_name_state"),
        CheckConstraint("(real_name_state = 'matched') = (real_name_by IS NOT NULL)", name="real_name_by"),
        CheckConstraint("real_name_by IN ('citizen', 'platform', 'paper')", name="real_name_by_whom"),
        CheckConstraint("real_name_state <> 'waiting' OR (real_name_agreed_on IS NOT NULL AND real_name_due_at IS NOT"
                        " NULL)", name="real_name_agreed"),
        Index("ix_volunteers_name", "name_index"),
        Index("ix_volunteers_real_name_due", "real_name_due_at", postgresql_where="real_name_state = 'waiting'"),
        Index("ix_volunteers_open", "organisation_path", "applied_at",
              postgresql_where="state = 'applied' OR real_name_state = 'mismatched'"),
    )
    id: Mapped[Id]
    volunteer_no: Mapped[str] = mapped_column(unique=True)
    identity_index: Mapped[bytes] = mapped_column(unique=True)
    data_key: Mapped[bytes | None]
    name_sealed: Mapped[bytes | None]
    name_index: Mapped[bytes | None]  # keyed, of the whole name
    id_number_sealed: Mapped[bytes | None]
    phone_sealed: Mapped[bytes | None]
    guardian_sealed: Mapped[bytes | None]
    own_income: Mapped[bool] = mapped_column(default=False)  # lives mainly on own earnings, as the law says it
    region: Mapped[str]
    organisation_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("organisations.id"))
    organisation_path: Mapped[str] = mapped_column(String(collation="C"), default="/", index=True)
    state: Mapped[str] = mapped_column(default="registered")
    applied_at: Mapped[datetime] = mapped_column(default=clock.now)
    registered_at: Mapped[datetime | None]
    changed_at: Mapped[datetime] = mapped_column(default=clock.now)
    reason: Mapped[str | None]  # of the refusal or the leaving, for the person to read
    left_cause: Mapped[str | None]
    real_name_state: Mapped[str] = mapped_column(default="unchecked")
    real_name_by: Mapped[str | None]  # whose word it is: the person's own check, the platform's, papers seen
    real_name_at: Mapped[datetime | None]
    real_name_agreed_on: Mapped[date | None]  # the person agreed to be checked: nobody is asked about without it
    real_name_due_at: Mapped[datetime | None]

    @property
    def owner(self) -> str:
        return f"volunteer:{self.id}"


class Transfer(Base):
    """A volunteer's way from one organisation to another. `organisation_path` is the one that gives, `to_path` the one
    that asks: both see it, and no third.
    """

    __tablename__ = "volunteer_transfers"
    __table_args__ = (
        CheckConstraint("state IN ('asked', 'agreed', 'declined', 'withdrawn', 'expired')", name="state"),
        CheckConstraint("(state = 'asked') = (ended_at IS NULL)", name="ended"),
        CheckConstraint("state NOT IN ('agreed', 'declined') OR decided_by <> asked_by", name="second_person"),
        CheckConstraint("(state = 'declined') = (answer IS NOT NULL)", name="answer"),
        Index("uq_volunteer_transfers_open", "volunteer_id", unique=True, postgresql_where="state = 'asked'"),
        Index("ix_volunteer_transfers_to", "to_path", "asked_at"),
    )
    id: Mapped[Id]
    volunteer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("volunteers.id"), index=True)
    organisation_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("organisations.id"))
    organisation_path: Mapped[str] = mapped_column(String(collation="C"), index=True)
    to_organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisations.id"))
    to_path: Mapped[str] = mapped_column(String(collation="C"))
    state: Mapped[str] = mapped_column(default="asked")
    name_same: Mapped[bool]  # whether the name that was given is the one that is registered
    shown_sealed: Mapped[bytes]  # who it is about, masked, for who asked: sealed by the service
    reason: Mapped[str]
    asked_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff_accounts.id"))
    asked_at: Mapped[datetime] = mapped_column(default=clock.now)
    expires_at: Mapped[datetime] = mapped_column(index=True)
    decided_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("staff_accounts.id"))
    ended_at: Mapped[datetime | None]
    answer: Mapped[str | None]


class ServiceRecord(Base):
    """Minutes of confirmed service; corrections are new rows, which may be negative. Rows never change (0026)."""

    __tablename__ = "service_records"
    __table_args__ = (
        CheckConstraint("minutes <> 0", name="minutes"),
        CheckConstraint("corrects_id IS NULL OR (reason IS NOT NULL AND author IS NOT NULL)", name="correction"),
        CheckConstraint("(attendance_id IS NULL) = (round IS NULL)", name="round"),
        Index("uq_service_records_confirmed", "attendance_id", "round", unique=True,
              postgresql_where="corrects_id IS NULL"),
        Index("ix_service_records_served", "volunteer_id", postgresql_include=["served_on", "minutes"]),
        Index("ix_service_records_corrects", "corrects_id", postgresql_where="corrects_id IS NOT NULL"),
    )
    id: Mapped[Id]
    volunteer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("volunteers.id"), index=True)
    activity: Mapped[str]
    served_on: Mapped[date]
    minutes: Mapped[int]
    source: Mapped[str]
    organisation_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("organisations.id"))
    organisation_path: Mapped[str] = mapped_column(String(collation="C"), default="/", index=True)
    attendance_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("attendances.id"))
    round: Mapped[int | None]  # of the attendance's confirmations
    corrects_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("service_records.id"))
    reason: Mapped[str | None]
    author: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)


class RedListEntry(Base):
    """A person on the League's red list as we owe it to the platform (platform.md 4.7). Owner: `red_list_entry:<id>`.

    `revision` counts what was said here; `answered_revision` is the one that the platform has answered for,
    `platform_status` its answer. `sending_at` is written before the first attempt: until then the platform can't know.
    """

    __tablename__ = "red_list_entries"
    __table_args__ = (
        CheckConstraint("state IN ('listed', 'delisted')", name="state"),
        CheckConstraint("platform_status IN ('listed', 'delisted')", name="platform_status"),
        CheckConstraint("publicised_from <= publicised_to AND publicised_to <= valid_from AND valid_from <= valid_to",
                        name="days"),
        CheckConstraint("(state = 'delisted') = (delist_reason IS NOT NULL)", name="reason"),
        Index("ix_red_list_entries_identity", "identity_index"),
        Index("ix_red_list_entries_newest", "created_at", "entry_no"),
    )
    id: Mapped[Id]
    entry_no: Mapped[str] = mapped_column(unique=True)
    list_code: Mapped[str]
    identity_index: Mapped[bytes]
    data_key: Mapped[bytes]
    name_sealed: Mapped[bytes]
    id_number_sealed: Mapped[bytes]
    cited_by: Mapped[str]
    document_no: Mapped[str]
    publicised_from: Mapped[date]
    publicised_to: Mapped[date]
    valid_from: Mapped[date]
    valid_to: Mapped[date]
    state: Mapped[str] = mapped_column(default="listed")
    delist_reason: Mapped[str | None]
    said_by: Mapped[str]  # who said the latest
    revision: Mapped[int] = mapped_column(default=1)
    sending_at: Mapped[datetime | None]
    answered_revision: Mapped[int] = mapped_column(default=0)
    platform_status: Mapped[str | None]
    refused_code: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    answered_at: Mapped[datetime | None]

    @property
    def owner(self) -> str:
        return f"red_list_entry:{self.id}"
