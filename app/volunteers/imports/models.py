"""Imports of spreadsheets. Owner of sealed values: `import:<id>`; its key goes when the import is forgotten."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel import clock
from app.kernel.db import Base
from app.kernel.ids import Id

STATES = ("reading", "refused", "mapping", "checking", "ready", "writing", "done", "undoing", "undone", "dropped")
UNDER_WAY = ("reading", "checking", "writing", "undoing")
WAITING = ("mapping", "ready")


class Import(Base):
    """One file on its way. Chunks below `checked`, `written`, `undone` are through with that step."""

    __tablename__ = "imports"
    __table_args__ = (
        CheckConstraint(f"state IN ({', '.join(repr(state) for state in STATES)})", name="state"),
        CheckConstraint("choice IN ('all', 'valid')", name="choice"),
        CheckConstraint("(state = 'refused') = (refusal IS NOT NULL)", name="refusal"),
        CheckConstraint("state NOT IN ('writing', 'done') OR choice IS NOT NULL", name="chosen"),
        CheckConstraint("checked <= chunks AND written <= chunks AND undone <= written", name="cursors"),
        Index("ix_imports_organisation", "organisation_path", "began_at"),
        Index("ix_imports_kept", "ended_at", postgresql_where="data_key IS NOT NULL"),
    )
    id: Mapped[Id]
    kind: Mapped[str]
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisations.id"))
    organisation_path: Mapped[str] = mapped_column(String(collation="C"))
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff_accounts.id"))  # whose scope it has
    level: Mapped[str]
    state: Mapped[str] = mapped_column(default="reading")
    data_key: Mapped[bytes | None]
    file_name_sealed: Mapped[bytes | None]
    file_sealed: Mapped[bytes | None] = mapped_column(deferred=True)  # until it is read
    head_sealed: Mapped[bytes | None]  # a sheet without a head begins with somebody's row
    fingerprint: Mapped[bytes | None]
    mapping: Mapped[dict[str, int] | None] = mapped_column(JSONB)  # by column key: the sheet's column, from 0
    choice: Mapped[str | None]
    refusal: Mapped[str | None]  # code
    refused_row: Mapped[int | None]
    work_id: Mapped[uuid.UUID | None]
    counts: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)  # seen, became: rows by outcome; left: rows
    chunks: Mapped[int] = mapped_column(default=0)
    rows: Mapped[int] = mapped_column(default=0)
    checked: Mapped[int] = mapped_column(default=0)
    written: Mapped[int] = mapped_column(default=0)
    undone: Mapped[int] = mapped_column(default=0)
    began_at: Mapped[datetime] = mapped_column(default=clock.now)
    ended_at: Mapped[datetime | None]

    @property
    def owner(self) -> str:
        return f"import:{self.id}"

    @property
    def under_way(self) -> bool:
        """A job is at it."""
        return self.state in UNDER_WAY


class ImportChunk(Base):
    """Some hundred rows of a file, in its order. `seen` and `became` have a letter for each row: n(ew), c(hanged),
    s(ame), w(rong). By row number: `words` {"outcome", "words"} where there is something to say, `left` why it stays.
    """

    __tablename__ = "import_chunks"
    import_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("imports.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisations.id"))
    organisation_path: Mapped[str] = mapped_column(String(collation="C"))
    rows_sealed: Mapped[bytes]
    seen: Mapped[str | None]
    became: Mapped[str | None]
    words: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    left: Mapped[dict[str, str]] = mapped_column(JSONB, default=dict)
    effects_sealed: Mapped[bytes | None]
    written_at: Mapped[datetime | None]


class ImportMapping(Base):
    """How an organisation's sheets with a head of this fingerprint are read."""

    __tablename__ = "import_mappings"
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisations.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[bytes] = mapped_column(primary_key=True)
    organisation_path: Mapped[str] = mapped_column(String(collation="C"))
    mapping: Mapped[dict[str, int]] = mapped_column(JSONB)
    used_at: Mapped[datetime] = mapped_column(default=clock.now)
