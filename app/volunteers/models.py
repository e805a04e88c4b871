"""The League's side, small for now. Owner of sealed values: `volunteer:<id>`."""

import uuid
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey
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
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
