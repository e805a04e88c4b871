"""Entries are written in the caller's transaction; blocks chain them soon after, by one writer."""

import uuid
from datetime import datetime

from sqlalchemy import BigInteger, Identity, Index, LargeBinary
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel import clock
from app.kernel.db import Base
from app.kernel.ids import Id


class Entry(Base):
    """Who looked at or changed what of a citizen, when, why, by which consent. No identity data."""

    __tablename__ = "trail_entries"
    __table_args__ = (Index("ix_trail_entries_citizen", "citizen_id", "at", "id"),
                      Index("ix_trail_entries_about", "about", "at", "id", postgresql_where="citizen_id IS NULL"),
                      Index("ix_trail_entries_unsealed", "id", postgresql_where="block_no IS NULL"))
    id: Mapped[Id]
    at: Mapped[datetime] = mapped_column(default=clock.now)
    citizen_id: Mapped[uuid.UUID | None]
    actor: Mapped[str]  # citizen | system | merchant:<mchid> | staff:<id> | platform
    who: Mapped[str]  # the name shown to the citizen, e.g. a merchant's name
    what: Mapped[str]  # grade.query, eligibility.verify, identity.verify, …
    purpose: Mapped[str]
    consent_id: Mapped[uuid.UUID | None]
    about: Mapped[str | None]  # "<kind>:<id>" of the thing
    block_no: Mapped[int | None] = mapped_column(BigInteger)
    place: Mapped[int | None]


class Block(Base):
    """A run of entries: the Merkle root over their leaves, chained to the block before (RFC 9162 2.1)."""

    __tablename__ = "trail_blocks"
    no: Mapped[int] = mapped_column(BigInteger, Identity(always=False), primary_key=True)
    leaves: Mapped[list[bytes]] = mapped_column(ARRAY(LargeBinary))
    root: Mapped[bytes]
    before: Mapped[bytes]
    digest: Mapped[bytes] = mapped_column(unique=True)
    sealed_at: Mapped[datetime] = mapped_column(default=clock.now)
    signature: Mapped[bytes]
    key_id: Mapped[str]
