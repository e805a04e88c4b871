"""Campaigns, quotas, nominations with their story, objections and hearings. The database keeps the promises.

Sealed: an evaluation's facts under the citizen's key, an objection's and an answer's words under the service's.
"""

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Sequence, String, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel import clock
from app.kernel.db import Base
from app.kernel.ids import Id

NUMBERS = Sequence("nomination_numbers", metadata=Base.metadata)
STATES = ("draft", "at_county", "at_city", "at_province", "approved", "publicised", "objected", "cleared", "listed",
          "hearing", "refused", "withdrawn", "expired", "left", "removed")
SIGNED = ("nominated_by", "submitted_by", "county_by", "city_by", "province_by", "listed_by")
OTHERS = " AND ".join(f"{later} <> {sooner}" for place, later in enumerate(SIGNED) if place > 1
                      for sooner in SIGNED[:place])  # who nominates may submit


class Campaign(Base):
    """One year's evaluation, made by a province (so its row is everybody's to read). `terms` and the conditions that
    follow from them never change afterwards.
    """

    __tablename__ = "campaigns"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'closed')", name="state"),
        CheckConstraint("opens_on <= closes_on", name="days"),
        CheckConstraint("publicity_days BETWEEN 5 AND 60", name="publicity_days"),
        UniqueConstraint("organisation_id", "year", "name"),
    )
    id: Mapped[Id]
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisations.id"))
    organisation_path: Mapped[str] = mapped_column(String(collation="C"))
    recipient: Mapped[str]  # the organisation's name, as consents name it
    year: Mapped[int]
    name: Mapped[str]
    state: Mapped[str] = mapped_column(default="open")
    opens_on: Mapped[date]
    closes_on: Mapped[date]
    terms: Mapped[dict[str, Any]] = mapped_column(JSONB)
    conditions: Mapped[list[Any]] = mapped_column(JSONB)
    rule_version: Mapped[str]
    publicity_days: Mapped[int]
    created_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff_accounts.id"))
    created_at: Mapped[datetime] = mapped_column(default=clock.now)


class Quota(Base):
    """How many a county (or a city) may forward; `taken` are those that are forwarded now."""

    __tablename__ = "campaign_quotas"
    __table_args__ = (CheckConstraint("taken >= 0 AND taken <= quota", name="taken"),)
    campaign_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("campaigns.id"), primary_key=True)
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisations.id"), primary_key=True)
    organisation_path: Mapped[str] = mapped_column(String(collation="C"), index=True)
    quota: Mapped[int]
    taken: Mapped[int] = mapped_column(default=0)


class Nomination(Base):
    """A volunteer on the way to the list. Publicity: `days_owed` working days from `running_from` on, which itself
    doesn't count; while an objection is open nothing runs and nothing is shown.
    """

    __tablename__ = "nominations"
    __table_args__ = (
        CheckConstraint("state IN (" + ", ".join(f"'{each}'" for each in STATES) + ")", name="state"),
        CheckConstraint(OTHERS, name="others"),
        CheckConstraint("(state = 'publicised') = (running_from IS NOT NULL)", name="running"),
        CheckConstraint("state <> 'publicised' OR (publicised_from IS NOT NULL AND publicised_to IS NOT NULL "
                        "AND days_owed IS NOT NULL)", name="publicity"),
        CheckConstraint("state NOT IN ('cleared', 'listed', 'hearing', 'expired', 'left', 'removed') "
                        "OR days_owed = 0", name="served"),
        CheckConstraint("(entry_no IS NULL) = (document_no IS NULL) AND (entry_no IS NULL) = (valid_from IS NULL) "
                        "AND (entry_no IS NULL) = (valid_to IS NULL)", name="entry"),
        CheckConstraint("(state IN ('listed', 'hearing', 'expired', 'left', 'removed')) = (entry_no IS NOT NULL)",
                        name="listed"),
        CheckConstraint("valid_from <= valid_to AND publicised_to <= valid_from", name="validity"),
        Index("uq_nominations_one", "campaign_id", "volunteer_id", unique=True,
              postgresql_where="state <> 'withdrawn'"),
        Index("ix_nominations_state", "state", "publicised_to"),
        Index("ix_nominations_newest", "created_at", "id"),
    )
    id: Mapped[Id]
    nomination_no: Mapped[str] = mapped_column(unique=True)
    campaign_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("campaigns.id"), index=True)
    volunteer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("volunteers.id"), index=True)
    identity_index: Mapped[bytes] = mapped_column(index=True)  # as the volunteer's and the citizen's
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisations.id"))
    organisation_path: Mapped[str] = mapped_column(String(collation="C"), index=True)
    county_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisations.id"))
    city_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisations.id"))
    region: Mapped[str]
    state: Mapped[str] = mapped_column(default="draft")
    deeds: Mapped[str] = mapped_column(Text)
    nominated_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff_accounts.id"))  # whose words the deeds are
    submitted_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("staff_accounts.id"))
    county_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("staff_accounts.id"))
    city_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("staff_accounts.id"))
    province_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("staff_accounts.id"))
    listed_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("staff_accounts.id"))
    publicised_from: Mapped[date | None]
    publicised_to: Mapped[date | None]  # the last day; open while the clock is stopped
    running_from: Mapped[date | None]
    days_owed: Mapped[int | None]
    entry_no: Mapped[str | None] = mapped_column(unique=True)
    document_no: Mapped[str | None]
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    unpublished_at: Mapped[datetime | None]  # the person took the consent to being shown back
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    changed_at: Mapped[datetime] = mapped_column(default=clock.now)


class Step(Base):
    """One move of a nomination, for ever. `account_id` is empty for the person's own moves and the clock's."""

    __tablename__ = "nomination_steps"
    id: Mapped[Id]
    nomination_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("nominations.id"), index=True)
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisations.id"))
    organisation_path: Mapped[str] = mapped_column(String(collation="C"), index=True)
    move: Mapped[str]
    source: Mapped[str]
    target: Mapped[str]
    actor: Mapped[str]
    account_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("staff_accounts.id"))
    reason: Mapped[str | None] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(default=clock.now)


class Evaluation(Base):
    """The conditions held against the facts of one moment; what it takes to say it again is kept."""

    __tablename__ = "nomination_evaluations"
    __table_args__ = (CheckConstraint("eligible = (cardinality(unmet) = 0)", name="eligible"),)
    id: Mapped[Id]
    nomination_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("nominations.id"), index=True)
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisations.id"))
    organisation_path: Mapped[str] = mapped_column(String(collation="C"), index=True)
    citizen_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("citizens.id"))
    consent_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("consents.id"))
    conditions: Mapped[list[Any]] = mapped_column(JSONB)
    rule_version: Mapped[str]
    scale: Mapped[list[str]] = mapped_column(ARRAY(Text))
    facts_sealed: Mapped[bytes]
    eligible: Mapped[bool]
    unmet: Mapped[list[str]] = mapped_column(ARRAY(Text))
    made_by: Mapped[str]
    made_at: Mapped[datetime] = mapped_column(default=clock.now)


class Objection(Base):
    """Somebody objects to a publicity. `raised_by` is empty for the public. Words and contact are sealed."""

    __tablename__ = "nomination_objections"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'upheld', 'dismissed', 'moot')", name="state"),
        CheckConstraint("(state = 'open') = (settled_at IS NULL)", name="settled"),
        CheckConstraint("state NOT IN ('upheld', 'dismissed') OR (settled_by IS NOT NULL AND answer IS NOT NULL)",
                        name="answer"),
        CheckConstraint("settled_by <> raised_by", name="second_person"),
        Index("ix_nomination_objections_open", "nomination_id", postgresql_where="state = 'open'"),
    )
    id: Mapped[Id]
    nomination_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("nominations.id"), index=True)
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisations.id"))
    organisation_path: Mapped[str] = mapped_column(String(collation="C"), index=True)
    text_sealed: Mapped[bytes]
    contact_sealed: Mapped[bytes | None]
    raised_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("staff_accounts.id"))
    raised_at: Mapped[datetime] = mapped_column(default=clock.now)
    settle_by: Mapped[date]
    state: Mapped[str] = mapped_column(default="open")
    answer: Mapped[str | None] = mapped_column(Text)
    settled_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("staff_accounts.id"))
    settled_at: Mapped[datetime | None]


class Hearing(Base):
    """Before anybody is taken off the list for cause: notice, days to answer, and somebody else's decision."""

    __tablename__ = "nomination_hearings"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'removed', 'kept', 'moot')", name="state"),
        CheckConstraint("(state = 'open') = (decided_at IS NULL)", name="decided"),
        CheckConstraint("state NOT IN ('removed', 'kept') OR (decided_by IS NOT NULL AND decision IS NOT NULL)",
                        name="decision"),
        CheckConstraint("decided_by <> opened_by", name="second_person"),
        CheckConstraint("(answer_sealed IS NULL) = (answered_at IS NULL)", name="answered"),
        Index("uq_nomination_hearings_open", "nomination_id", unique=True, postgresql_where="state = 'open'"),
    )
    id: Mapped[Id]
    nomination_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("nominations.id"), index=True)
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisations.id"))
    organisation_path: Mapped[str] = mapped_column(String(collation="C"), index=True)
    cause: Mapped[str] = mapped_column(Text)
    legal_ground: Mapped[str]
    opened_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff_accounts.id"))
    opened_at: Mapped[datetime] = mapped_column(default=clock.now)
    answer_by: Mapped[date]
    answer_sealed: Mapped[bytes | None]
    answered_at: Mapped[datetime | None]
    answered_how: Mapped[str | None]  # citizen, or staff:<id> who wrote down what came on paper
    state: Mapped[str] = mapped_column(default="open")
    decision: Mapped[str | None] = mapped_column(Text)
    decided_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("staff_accounts.id"))
    decided_at: Mapped[datetime | None]
