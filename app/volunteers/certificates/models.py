"""Certificates of service (志愿服务记录证明), who issues them, with which seal. Owner of texts: `volunteer:<id>`."""

import uuid
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel import clock
from app.kernel.db import Base
from app.kernel.ids import Id

SAID = "state IN ('issued', 'voided', 'superseded')"  # there is, or was, a paper
PAPER = ("certificate_no", "text_sealed", "digest", "signature", "key_id", "seal_id", "issued_at", "issued_by",
         "minutes")


class OrganisationSeal(Base):
    """The picture of an organisation's seal, as PNG made anew by us. Kept after it was replaced: papers bear it."""

    __tablename__ = "organisation_seals"
    __table_args__ = (
        Index("uq_organisation_seals_live", "organisation_id", unique=True, postgresql_where="retired_at IS NULL"),)
    id: Mapped[Id]
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisations.id"))
    organisation_path: Mapped[str] = mapped_column(String(collation="C"), index=True)
    png_sealed: Mapped[bytes]  # by the service: whoever has the picture could stamp with it
    digest: Mapped[str]  # SHA-256 of the PNG
    put_by: Mapped[str]
    put_at: Mapped[datetime] = mapped_column(default=clock.now)
    retired_at: Mapped[datetime | None]


class CertificateIssuer(Base):
    """Who answers for an organisation's certificates. `self_service`: what citizens ask for is issued at once."""

    __tablename__ = "certificate_issuers"
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisations.id"), primary_key=True)
    organisation_path: Mapped[str] = mapped_column(String(collation="C"), index=True)
    responsible: Mapped[str]
    handler: Mapped[str]
    contact: Mapped[str]
    self_service: Mapped[bool]
    said_by: Mapped[str]
    said_at: Mapped[datetime] = mapped_column(default=clock.now)


class Certificate(Base):
    """What was asked for, and the paper that came of it: `text_sealed` is all that it says, which never changes.

    `organisation_*`: who is asked, and issues. `digest` is SHA-256 over the text, which holds a random salt;
    `signature` is over number and digest: what was altered is no certificate any more.
    """

    __tablename__ = "certificates"
    __table_args__ = (
        CheckConstraint("state IN ('asked', 'refused', 'issued', 'voided', 'superseded')", name="state"),
        CheckConstraint("source IN ('citizen', 'staff')", name="source"),
        CheckConstraint("period_from <= period_to", name="period"),
        CheckConstraint(" AND ".join(f"({SAID}) = ({name} IS NOT NULL)" for name in PAPER)
                        + f" AND (NOT ({SAID}) OR organisation_id IS NOT NULL)", name="said"),
        CheckConstraint("minutes > 0", name="minutes"),
        CheckConstraint("(state IN ('refused', 'voided', 'superseded')) = (ended_at IS NOT NULL) AND "
                        "(ended_at IS NULL) = (ended_by IS NULL) AND (ended_at IS NULL) = (end_reason IS NULL)",
                        name="ended"),
        CheckConstraint("replaces_id <> id", name="replaces"),
        Index("uq_certificates_asked", "volunteer_id", "period_from", "period_to", unique=True,
              postgresql_where="state = 'asked'"),
        Index("ix_certificates_path", "organisation_path", "created_at"),
    )
    id: Mapped[Id]
    volunteer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("volunteers.id"), index=True)
    organisation_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("organisations.id"))
    organisation_path: Mapped[str] = mapped_column(String(collation="C"))
    state: Mapped[str]
    source: Mapped[str]
    period_from: Mapped[date]
    period_to: Mapped[date]
    note: Mapped[str] = mapped_column(default="")
    certificate_no: Mapped[str | None] = mapped_column(unique=True)
    minutes: Mapped[int | None]
    text_sealed: Mapped[bytes | None]
    digest: Mapped[str | None]
    signature: Mapped[bytes | None]
    key_id: Mapped[str | None]
    seal_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("organisation_seals.id"))
    issued_by: Mapped[str | None]  # staff:<id>, or citizen where the issuer lets the system hand it out
    issued_at: Mapped[datetime | None]
    replaces_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("certificates.id"), unique=True)
    ended_by: Mapped[str | None]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
