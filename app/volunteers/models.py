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
    __table_args__ = (CheckConstraint("state IN ('applied', 'registered', 'left')", name="state"),)
    id: Mapped[Id]
    volunteer_no: Mapped[str] = mapped_column(unique=True)
    identity_index: Mapped[bytes] = mapped_column(unique=True)
    data_key: Mapped[bytes | None]
    name_sealed: Mapped[bytes | None]
    region: Mapped[str]
    organisation_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("organisations.id"))
    organisation_path: Mapped[str] = mapped_column(String(collation="C"), default="/", index=True)
    state: Mapped[str] = mapped_column(default="registered")
    applied_at: Mapped[datetime] = mapped_column(default=clock.now)
    registered_at: Mapped[datetime | None]

    @property
    def owner(self) -> str:
        return f"volunteer:{self.id}"


class ServiceRecord(Base):
    """Minutes of confirmed service; corrections are new rows, which may be negative."""

    __tablename__ = "service_records"
    __table_args__ = (CheckConstraint("minutes <> 0", name="minutes"),)
    id: Mapped[Id]
    volunteer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("volunteers.id"), index=True)
    activity: Mapped[str]
    served_on: Mapped[date]
    minutes: Mapped[int]
    source: Mapped[str]
    organisation_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("organisations.id"))
    organisation_path: Mapped[str] = mapped_column(String(collation="C"), default="/", index=True)
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
