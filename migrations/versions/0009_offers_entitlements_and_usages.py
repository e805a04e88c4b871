"""Offers, entitlements and usages."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "offers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("scenario", sa.String(), nullable=False),
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("summary", sa.String(), nullable=False),
        sa.Column("terms", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("region", sa.String(), nullable=False),
        sa.Column("store_codes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_days", sa.BigInteger(), nullable=False),
        sa.Column("value_fen", sa.BigInteger(), nullable=False),
        sa.Column("reversal_days", sa.BigInteger(), nullable=True),
        sa.Column("quota_total", sa.BigInteger(), nullable=True),
        sa.Column("quota_per_day", sa.BigInteger(), nullable=True),
        sa.Column("quota_per_person", sa.BigInteger(), nullable=True),
        sa.Column("quota_per_period", sa.BigInteger(), nullable=True),
        sa.Column("period_kind", sa.String(), nullable=False),
        sa.Column("granted", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("period_kind IN ('week', 'month', 'year')", name=op.f("ck_offers_period_kind")),
        sa.CheckConstraint("state IN ('draft', 'live', 'paused', 'ended')", name=op.f("ck_offers_state")),
        sa.CheckConstraint("closes_at > opens_at", name=op.f("ck_offers_period")),
        sa.CheckConstraint(
            "granted >= 0 AND (quota_total IS NULL OR granted <= quota_total)", name=op.f("ck_offers_quota")
        ),
        sa.CheckConstraint("value_fen >= 0", name=op.f("ck_offers_value")),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name=op.f("fk_offers_merchant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offers")),
        sa.UniqueConstraint("code", name=op.f("uq_offers_code")),
    )
    op.create_index(
        "ix_offers_live",
        "offers",
        ["scenario", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'live'"),
    )
    op.create_index(op.f("ix_offers_merchant_id"), "offers", ["merchant_id"], unique=False)
    op.create_table(
        "decisions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("citizen_id", sa.Uuid(), nullable=False),
        sa.Column("offer_id", sa.Uuid(), nullable=False),
        sa.Column("scenario", sa.String(), nullable=False),
        sa.Column("rule_version", sa.String(), nullable=False),
        sa.Column("conditions", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("scale", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("facts_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("eligible", sa.Boolean(), nullable=False),
        sa.Column("unmet", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["citizen_id"], ["citizens.id"], name=op.f("fk_decisions_citizen_id")),
        sa.ForeignKeyConstraint(["offer_id"], ["offers.id"], name=op.f("fk_decisions_offer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decisions")),
    )
    op.create_index(op.f("ix_decisions_citizen_id"), "decisions", ["citizen_id"], unique=False)
    op.create_index(op.f("ix_decisions_offer_id"), "decisions", ["offer_id"], unique=False)
    op.create_table(
        "quota_counts",
        sa.Column("offer_id", sa.Uuid(), nullable=False),
        sa.Column("bucket", sa.String(), nullable=False),
        sa.Column("granted", sa.BigInteger(), nullable=False),
        sa.Column("lim", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("granted >= 0 AND granted <= lim", name=op.f("ck_quota_counts_quota")),
        sa.ForeignKeyConstraint(["offer_id"], ["offers.id"], name=op.f("fk_quota_counts_offer_id")),
        sa.PrimaryKeyConstraint("offer_id", "bucket", name=op.f("pk_quota_counts")),
    )
    op.create_table(
        "entitlements",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("entitlement_no", sa.String(), nullable=False),
        sa.Column("citizen_id", sa.Uuid(), nullable=False),
        sa.Column("offer_id", sa.Uuid(), nullable=False),
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("decision_id", sa.Uuid(), nullable=False),
        sa.Column("scenario", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("final", sa.Boolean(), nullable=False),
        sa.Column("claim_key", sa.String(), nullable=False),
        sa.Column("terms", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("buckets", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("quota_held", sa.Boolean(), nullable=False),
        sa.Column("form_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_to", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_move", sa.String(), nullable=True),
        sa.Column("promised_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('voucher', 'order', 'application')", name=op.f("ck_entitlements_kind")),
        sa.ForeignKeyConstraint(["citizen_id"], ["citizens.id"], name=op.f("fk_entitlements_citizen_id")),
        sa.ForeignKeyConstraint(["decision_id"], ["decisions.id"], name=op.f("fk_entitlements_decision_id")),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name=op.f("fk_entitlements_merchant_id")),
        sa.ForeignKeyConstraint(["offer_id"], ["offers.id"], name=op.f("fk_entitlements_offer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entitlements")),
        sa.UniqueConstraint("citizen_id", "claim_key", name=op.f("uq_entitlements_citizen_id_claim_key")),
        sa.UniqueConstraint("entitlement_no", name=op.f("uq_entitlements_entitlement_no")),
    )
    op.create_index(
        "ix_entitlements_citizen", "entitlements", ["citizen_id", "created_at", "id"], unique=False
    )
    op.create_index(
        "ix_entitlements_due",
        "entitlements",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_index(op.f("ix_entitlements_offer_id"), "entitlements", ["offer_id"], unique=False)
    op.create_table(
        "application_documents",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("entitlement_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("file_name_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("content_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("handed_in_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["entitlement_id"], ["entitlements.id"], name=op.f("fk_application_documents_entitlement_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application_documents")),
        sa.UniqueConstraint(
            "entitlement_id",
            "name",
            "digest",
            name=op.f("uq_application_documents_entitlement_id_name_digest"),
        ),
    )
    op.create_index(
        op.f("ix_application_documents_entitlement_id"),
        "application_documents",
        ["entitlement_id"],
        unique=False,
    )
    op.create_table(
        "applications",
        sa.Column("entitlement_id", sa.Uuid(), nullable=False),
        sa.Column("missing", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("supplement_due", sa.Date(), nullable=True),
        sa.Column("result_no", sa.String(), nullable=True),
        sa.Column("rejection_reason", sa.String(), nullable=True),
        sa.Column("rejection_ground", sa.String(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["entitlement_id"], ["entitlements.id"], name=op.f("fk_applications_entitlement_id")
        ),
        sa.PrimaryKeyConstraint("entitlement_id", name=op.f("pk_applications")),
    )
    op.create_table(
        "commitments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("commitment_no", sa.String(), nullable=False),
        sa.Column("citizen_id", sa.Uuid(), nullable=False),
        sa.Column("entitlement_id", sa.Uuid(), nullable=False),
        sa.Column("template_version", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["citizen_id"], ["citizens.id"], name=op.f("fk_commitments_citizen_id")),
        sa.ForeignKeyConstraint(
            ["entitlement_id"], ["entitlements.id"], name=op.f("fk_commitments_entitlement_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commitments")),
        sa.UniqueConstraint("commitment_no", name=op.f("uq_commitments_commitment_no")),
        sa.UniqueConstraint("entitlement_id", name=op.f("uq_commitments_entitlement_id")),
    )
    op.create_table(
        "entitlement_steps",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("entitlement_id", sa.Uuid(), nullable=False),
        sa.Column("move", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["entitlement_id"], ["entitlements.id"], name=op.f("fk_entitlement_steps_entitlement_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entitlement_steps")),
    )
    op.create_index(
        op.f("ix_entitlement_steps_entitlement_id"), "entitlement_steps", ["entitlement_id"], unique=False
    )
    op.create_table(
        "presentations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code_index", sa.LargeBinary(), nullable=False),
        sa.Column("entitlement_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["entitlement_id"], ["entitlements.id"], name=op.f("fk_presentations_entitlement_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_presentations")),
        sa.UniqueConstraint("code_index", name=op.f("uq_presentations_code_index")),
    )
    op.create_index(
        op.f("ix_presentations_entitlement_id"), "presentations", ["entitlement_id"], unique=False
    )
    op.create_index(op.f("ix_presentations_expires_at"), "presentations", ["expires_at"], unique=False)
    op.create_table(
        "redemptions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("redemption_no", sa.String(), nullable=False),
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("out_redemption_no", sa.String(), nullable=False),
        sa.Column("content_digest", sa.String(), nullable=False),
        sa.Column("entitlement_id", sa.Uuid(), nullable=False),
        sa.Column("presentation_id", sa.Uuid(), nullable=False),
        sa.Column("store_code", sa.String(), nullable=True),
        sa.Column("clerk", sa.String(), nullable=True),
        sa.Column("original_fen", sa.BigInteger(), nullable=True),
        sa.Column("waived_fen", sa.BigInteger(), nullable=False),
        sa.Column("paid_fen", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("redeemed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("completion_digest", sa.String(), nullable=True),
        sa.Column("completion", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reversal_digest", sa.String(), nullable=True),
        sa.Column("reversal_reason", sa.String(), nullable=True),
        sa.Column("reversed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('open', 'done', 'breached', 'reversed')", name=op.f("ck_redemptions_state")
        ),
        sa.CheckConstraint("waived_fen >= 0 AND paid_fen >= 0", name=op.f("ck_redemptions_amounts")),
        sa.ForeignKeyConstraint(
            ["entitlement_id"], ["entitlements.id"], name=op.f("fk_redemptions_entitlement_id")
        ),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name=op.f("fk_redemptions_merchant_id")),
        sa.ForeignKeyConstraint(
            ["presentation_id"], ["presentations.id"], name=op.f("fk_redemptions_presentation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_redemptions")),
        sa.UniqueConstraint(
            "merchant_id", "out_redemption_no", name=op.f("uq_redemptions_merchant_id_out_redemption_no")
        ),
        sa.UniqueConstraint("redemption_no", name=op.f("uq_redemptions_redemption_no")),
    )
    op.create_index(
        "uq_redemptions_live",
        "redemptions",
        ["entitlement_id"],
        unique=True,
        postgresql_where=sa.text("state <> 'reversed'"),
    )
    op.create_index("uq_redemptions_presentation", "redemptions", ["presentation_id"], unique=True)
    op.create_table(
        "verifications",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("verification_no", sa.String(), nullable=False),
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("presentation_id", sa.Uuid(), nullable=True),
        sa.Column("entitlement_id", sa.Uuid(), nullable=True),
        sa.Column("eligible", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["entitlement_id"], ["entitlements.id"], name=op.f("fk_verifications_entitlement_id")
        ),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name=op.f("fk_verifications_merchant_id")),
        sa.ForeignKeyConstraint(
            ["presentation_id"], ["presentations.id"], name=op.f("fk_verifications_presentation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verifications")),
        sa.UniqueConstraint("verification_no", name=op.f("uq_verifications_verification_no")),
    )
    op.create_index(
        "ix_verifications_shown", "verifications", ["merchant_id", "entitlement_id", "at"], unique=False
    )
    op.create_table(
        "usages",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("usage_no", sa.String(), nullable=False),
        sa.Column("citizen_id", sa.Uuid(), nullable=False),
        sa.Column("entitlement_id", sa.Uuid(), nullable=False),
        sa.Column("ordinal", sa.BigInteger(), nullable=False),
        sa.Column("redemption_id", sa.Uuid(), nullable=True),
        sa.Column("consent_id", sa.Uuid(), nullable=False),
        sa.Column("scenario", sa.String(), nullable=False),
        sa.Column("benefit", sa.String(), nullable=False),
        sa.Column("provider_uscc", sa.String(), nullable=False),
        sa.Column("region", sa.String(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("waived_fen", sa.BigInteger(), nullable=False),
        sa.Column("paid_fen", sa.BigInteger(), nullable=False),
        sa.Column("corrects", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "outcome IN ('fulfilled', 'cancelled', 'breached', 'reversed')", name=op.f("ck_usages_outcome")
        ),
        sa.CheckConstraint("waived_fen >= 0 AND paid_fen >= 0", name=op.f("ck_usages_amounts")),
        sa.ForeignKeyConstraint(["citizen_id"], ["citizens.id"], name=op.f("fk_usages_citizen_id")),
        sa.ForeignKeyConstraint(["consent_id"], ["consents.id"], name=op.f("fk_usages_consent_id")),
        sa.ForeignKeyConstraint(
            ["entitlement_id"], ["entitlements.id"], name=op.f("fk_usages_entitlement_id")
        ),
        sa.ForeignKeyConstraint(["redemption_id"], ["redemptions.id"], name=op.f("fk_usages_redemption_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_usages")),
        sa.UniqueConstraint("entitlement_id", "ordinal", name=op.f("uq_usages_entitlement_id_ordinal")),
        sa.UniqueConstraint("usage_no", name=op.f("uq_usages_usage_no")),
    )
    op.create_index("ix_usages_citizen", "usages", ["citizen_id", "occurred_at", "id"], unique=False)
    op.execute(
        "CREATE FUNCTION usages_immutable() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "RAISE EXCEPTION 'usages never change' USING ERRCODE = 'restrict_violation'; END $$"
    )
    op.execute(
        "CREATE TRIGGER usages_immutable BEFORE UPDATE OR DELETE ON usages "
        "FOR EACH ROW EXECUTE FUNCTION usages_immutable()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER usages_immutable ON usages")
    op.execute("DROP FUNCTION usages_immutable()")
    op.drop_table("usages")
    op.drop_table("verifications")
    op.drop_table("redemptions")
    op.drop_table("presentations")
    op.drop_table("entitlement_steps")
    op.drop_table("commitments")
    op.drop_table("applications")
    op.drop_table("application_documents")
    op.drop_table("entitlements")
    op.drop_table("quota_counts")
    op.drop_table("decisions")
    op.drop_table("offers")
