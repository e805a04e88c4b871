"""Offers and what citizens get from them. Quotas, one-use codes and usages are kept by the database itself."""

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from app.kernel import clock
from app.kernel.db import Base
from app.kernel.ids import Id


class Offer(Base):
    """A benefit of a scenario by one provider: who may have it, how many, where, when, worth what."""

    __tablename__ = "offers"
    __table_args__ = (
        CheckConstraint("granted >= 0 AND (quota_total IS NULL OR granted <= quota_total)", name="quota"),
        CheckConstraint("state IN ('draft', 'review', 'live', 'paused', 'ended')", name="state"),
        CheckConstraint("closes_at > opens_at", name="period"),
        CheckConstraint("value_fen >= 0", name="value"),
        CheckConstraint("period_kind IN ('week', 'month', 'year')", name="period_kind"),
        CheckConstraint("(initiative_no IS NULL) = (audience IS NULL)", name="audience"),
        Index("ix_offers_live", "scenario", "id", postgresql_where=text("state = 'live'")),
        Index("ix_offers_review", "id", postgresql_where=text("state = 'review'")),
    )
    id: Mapped[Id]  # its 32 hex digits are the merchants' service_id
    code: Mapped[str] = mapped_column(unique=True)  # "benefit" in the platform's feedback
    scenario: Mapped[str]
    merchant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("merchants.id"), index=True)
    title: Mapped[str]
    summary: Mapped[str]
    terms: Mapped[dict[str, Any]] = mapped_column(JSONB)  # the scenario's own, by its schema
    region: Mapped[str]  # GB/T 2260; 360000 is the whole province
    store_codes: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)  # empty: all stores
    opens_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    valid_days: Mapped[int]  # life of what is claimed, in days
    value_fen: Mapped[int]  # what one use waives; an order's ceiling (risk fund)
    reversal_days: Mapped[int | None]
    quota_total: Mapped[int | None]
    quota_per_day: Mapped[int | None]
    quota_per_person: Mapped[int | None]
    quota_per_period: Mapped[int | None]  # for one person in each `period_kind`
    period_kind: Mapped[str] = mapped_column(default="month")
    granted: Mapped[int] = mapped_column(default=0)
    state: Mapped[str] = mapped_column(default="live")
    initiative_no: Mapped[str | None] = mapped_column(ForeignKey("initiatives.initiative_no"), index=True)
    audience: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))  # an initiative's limits, kept
    created_at: Mapped[datetime] = mapped_column(default=clock.now)

    @property
    def service_id(self) -> str:
        return self.id.hex


class OfferStep(Base):
    """Who did what with an offer, when, and why."""

    __tablename__ = "offer_steps"
    id: Mapped[Id]
    offer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("offers.id"), index=True)
    move: Mapped[str]
    source: Mapped[str | None]  # none where it was made
    target: Mapped[str]
    actor: Mapped[str]
    note: Mapped[str | None]
    at: Mapped[datetime] = mapped_column(default=clock.now)


class QuotaCount(Base):
    """How many were granted in one bucket: `day:2026-11-23`, `person:<id>`, `month:2026-11:<id>`."""

    __tablename__ = "quota_counts"
    __table_args__ = (CheckConstraint("granted >= 0 AND granted <= lim", name="quota"),)
    offer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("offers.id"), primary_key=True)
    bucket: Mapped[str] = mapped_column(primary_key=True)
    granted: Mapped[int]
    lim: Mapped[int]


class Decision(Base):
    """An eligibility answer, with all that is needed to give it again.

    `facts_sealed` is sealed under the citizen's key at column `decision.facts`.
    """

    __tablename__ = "decisions"
    id: Mapped[Id]
    citizen_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("citizens.id"), index=True)
    offer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("offers.id"), index=True)
    scenario: Mapped[str]
    rule_version: Mapped[str]
    conditions: Mapped[Any] = mapped_column(JSONB)
    scale: Mapped[list[str]] = mapped_column(ARRAY(Text))
    facts_sealed: Mapped[bytes | None]
    eligible: Mapped[bool]
    unmet: Mapped[list[str]] = mapped_column(ARRAY(Text))
    made_at: Mapped[datetime] = mapped_column(default=clock.now)


class Entitlement(Base):
    """What a citizen got from an offer; lives by its scenario's life table."""

    __tablename__ = "entitlements"
    __table_args__ = (
        UniqueConstraint("citizen_id", "claim_key"),
        CheckConstraint("kind IN ('voucher', 'order', 'application')", name="kind"),
        CheckConstraint("value_fen >= 0", name="value"),
        Index("ix_entitlements_citizen", "citizen_id", "created_at", "id"),
        Index("ix_entitlements_due", "due_at", postgresql_where=text("due_at IS NOT NULL")),
    )
    id: Mapped[Id]
    entitlement_no: Mapped[str] = mapped_column(unique=True)
    citizen_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("citizens.id"))
    offer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("offers.id"), index=True)
    merchant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("merchants.id"))
    decision_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("decisions.id"))
    scenario: Mapped[str]
    kind: Mapped[str]
    state: Mapped[str]
    final: Mapped[bool] = mapped_column(default=False)
    claim_key: Mapped[str]  # the Idempotency-Key, or one made for the call
    terms: Mapped[dict[str, Any]] = mapped_column(JSONB)  # as they were when it was claimed
    value_fen: Mapped[int]  # what one use may waive, as it was when it was claimed
    buckets: Mapped[list[str]] = mapped_column(ARRAY(Text))  # the quota it took, to be given back
    quota_held: Mapped[bool] = mapped_column(default=True)
    form_sealed: Mapped[bytes | None]  # column `entitlement.form`
    valid_from: Mapped[datetime] = mapped_column(default=clock.now)
    valid_to: Mapped[datetime]  # exclusive
    due_at: Mapped[datetime | None]  # when the clock next has something to do
    due_move: Mapped[str | None]
    promised_at: Mapped[datetime | None]  # what a move with `due` set; timers after DUE_AT run from here
    created_at: Mapped[datetime] = mapped_column(default=clock.now)


class Step(Base):
    """One move of an entitlement: its history."""

    __tablename__ = "entitlement_steps"
    id: Mapped[Id]
    entitlement_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("entitlements.id"), index=True)
    move: Mapped[str]
    source: Mapped[str]
    target: Mapped[str]
    by: Mapped[str]
    note: Mapped[str | None]
    at: Mapped[datetime] = mapped_column(default=clock.now)


class Presentation(Base):
    """A short-lived code that shows an entitlement; found by the keyed digest of the code, used once."""

    __tablename__ = "presentations"
    id: Mapped[Id]
    code_index: Mapped[bytes] = mapped_column(unique=True)
    entitlement_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("entitlements.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    expires_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None]
    # shown as a proof; its id is the proof's jti
    offline: Mapped[bool] = mapped_column(default=False, server_default=text("false"))


class Verification(Base):
    """A merchant looked at a code and was told yes or no. `presentation_id` is empty for unknown codes."""

    __tablename__ = "verifications"
    __table_args__ = (Index("ix_verifications_shown", "merchant_id", "entitlement_id", "at"),)
    id: Mapped[Id]
    verification_no: Mapped[str] = mapped_column(unique=True)
    merchant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("merchants.id"))
    presentation_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("presentations.id"))
    entitlement_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("entitlements.id"))
    eligible: Mapped[bool]
    at: Mapped[datetime] = mapped_column(default=clock.now)


class Redemption(Base):
    """One use of an entitlement at a merchant. An order's is `open` until its completion."""

    __tablename__ = "redemptions"
    __table_args__ = (
        UniqueConstraint("merchant_id", "out_redemption_no"),
        Index("uq_redemptions_live", "entitlement_id", unique=True,
              postgresql_where=text("state <> 'reversed'")),
        Index("uq_redemptions_presentation", "presentation_id", unique=True),
        CheckConstraint("state IN ('open', 'done', 'breached', 'reversed')", name="state"),
        CheckConstraint("waived_fen >= 0 AND paid_fen >= 0", name="amounts"),
    )
    id: Mapped[Id]
    redemption_no: Mapped[str] = mapped_column(unique=True)
    merchant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("merchants.id"))
    out_redemption_no: Mapped[str]
    content_digest: Mapped[str]
    entitlement_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("entitlements.id"))
    presentation_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("presentations.id"))  # an order has none
    store_code: Mapped[str | None]
    clerk: Mapped[str | None]
    original_fen: Mapped[int | None]
    waived_fen: Mapped[int]
    paid_fen: Mapped[int] = mapped_column(default=0)
    state: Mapped[str]
    redeemed_at: Mapped[datetime] = mapped_column(default=clock.now)
    received_at: Mapped[datetime | None]  # when the proof of a use without network came in
    completion_digest: Mapped[str | None]
    completion: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    completed_at: Mapped[datetime | None]
    reversal_digest: Mapped[str | None]
    reversal_reason: Mapped[str | None]
    reversed_at: Mapped[datetime | None]


class Usage(Base):
    """The immutable record of a use that is reported to the platform (a trigger refuses change)."""

    __tablename__ = "usages"
    __table_args__ = (
        CheckConstraint("outcome IN ('fulfilled', 'cancelled', 'breached', 'reversed')", name="outcome"),
        CheckConstraint("waived_fen >= 0 AND paid_fen >= 0", name="amounts"),
        UniqueConstraint("entitlement_id", "ordinal"),
        Index("ix_usages_citizen", "citizen_id", "occurred_at", "id"),
        Index("ix_usages_initiative", "initiative_no", "occurred_at",
              postgresql_where=text("initiative_no IS NOT NULL")),
    )
    id: Mapped[Id]
    usage_no: Mapped[str] = mapped_column(unique=True)  # record_no at the platform
    citizen_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("citizens.id"))
    entitlement_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("entitlements.id"))
    ordinal: Mapped[int]  # 1, 2, … within its entitlement: one move can't report twice
    redemption_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("redemptions.id"))
    consent_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("consents.id"))  # usage.report
    scenario: Mapped[str]
    benefit: Mapped[str]
    provider_uscc: Mapped[str]
    region: Mapped[str]
    occurred_at: Mapped[datetime]
    outcome: Mapped[str]
    waived_fen: Mapped[int]
    paid_fen: Mapped[int]
    corrects: Mapped[str | None]
    initiative_no: Mapped[str | None]  # of the offer, where it was made from one
    created_at: Mapped[datetime] = mapped_column(default=clock.now)


class Commitment(Base):
    """A signed undertaking (信用承诺) for an application."""

    __tablename__ = "commitments"
    id: Mapped[Id]
    commitment_no: Mapped[str] = mapped_column(unique=True)
    citizen_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("citizens.id"))
    entitlement_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("entitlements.id"), unique=True)
    template_version: Mapped[str]
    digest: Mapped[str]
    text: Mapped[str]
    signed_at: Mapped[datetime] = mapped_column(default=clock.now)


class Document(Base):
    """A document handed in with an application. Name and content are sealed under the citizen's key."""

    __tablename__ = "application_documents"
    __table_args__ = (UniqueConstraint("entitlement_id", "name", "digest"),)
    id: Mapped[Id]
    entitlement_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("entitlements.id"), index=True)
    name: Mapped[str]  # which document it is, by the offer's terms
    file_name_sealed: Mapped[bytes]
    content_sealed: Mapped[bytes]
    media_type: Mapped[str]
    size: Mapped[int]
    digest: Mapped[str]
    handed_in_at: Mapped[datetime] = mapped_column(default=clock.now)


class Application(Base):
    """What a public body has said of an application: what is missing, until when, and the result."""

    __tablename__ = "applications"
    entitlement_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("entitlements.id"), primary_key=True)
    missing: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    supplement_due: Mapped[date | None]
    result_no: Mapped[str | None]
    rejection_reason: Mapped[str | None]
    rejection_ground: Mapped[str | None]
    updated_at: Mapped[datetime] = mapped_column(default=clock.now)
