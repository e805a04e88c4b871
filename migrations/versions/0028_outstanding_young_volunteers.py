"""Campaigns, quotas, nominations with their story, evaluations, objections and hearings of the League's list."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

# a campaign is a province's, and everybody's of the League to read: all others are kept apart
PROTECTED = (
    "campaign_quotas",
    "nominations",
    "nomination_steps",
    "nomination_evaluations",
    "nomination_objections",
    "nomination_hearings",
)


def upgrade() -> None:
    op.execute("CREATE SEQUENCE nomination_numbers")
    op.create_table(
        "campaigns",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_path", sa.String(collation="C"), nullable=False),
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("year", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("opens_on", sa.Date(), nullable=False),
        sa.Column("closes_on", sa.Date(), nullable=False),
        sa.Column("terms", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("conditions", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("rule_version", sa.String(), nullable=False),
        sa.Column("publicity_days", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('open', 'closed')", name=op.f("ck_campaigns_state")),
        sa.CheckConstraint("opens_on <= closes_on", name=op.f("ck_campaigns_days")),
        sa.CheckConstraint("publicity_days BETWEEN 5 AND 60", name=op.f("ck_campaigns_publicity_days")),
        sa.ForeignKeyConstraint(["created_by"], ["staff_accounts.id"], name=op.f("fk_campaigns_created_by")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_campaigns_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaigns")),
        sa.UniqueConstraint("organisation_id", "year", "name", name=op.f("uq_campaigns_organisation_id_year_name")),
    )
    op.create_table(
        "campaign_quotas",
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_path", sa.String(collation="C"), nullable=False),
        sa.Column("quota", sa.BigInteger(), nullable=False),
        sa.Column("taken", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("taken >= 0 AND taken <= quota", name=op.f("ck_campaign_quotas_taken")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name=op.f("fk_campaign_quotas_campaign_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_campaign_quotas_organisation_id")
        ),
        sa.PrimaryKeyConstraint("campaign_id", "organisation_id", name=op.f("pk_campaign_quotas")),
    )
    op.create_index(
        op.f("ix_campaign_quotas_organisation_path"), "campaign_quotas", ["organisation_path"], unique=False
    )
    op.create_table(
        "nominations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("nomination_no", sa.String(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("volunteer_id", sa.Uuid(), nullable=False),
        sa.Column("identity_index", sa.LargeBinary(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_path", sa.String(collation="C"), nullable=False),
        sa.Column("county_id", sa.Uuid(), nullable=False),
        sa.Column("city_id", sa.Uuid(), nullable=False),
        sa.Column("region", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("deeds", sa.Text(), nullable=False),
        sa.Column("nominated_by", sa.Uuid(), nullable=False),
        sa.Column("submitted_by", sa.Uuid(), nullable=True),
        sa.Column("county_by", sa.Uuid(), nullable=True),
        sa.Column("city_by", sa.Uuid(), nullable=True),
        sa.Column("province_by", sa.Uuid(), nullable=True),
        sa.Column("listed_by", sa.Uuid(), nullable=True),
        sa.Column("publicised_from", sa.Date(), nullable=True),
        sa.Column("publicised_to", sa.Date(), nullable=True),
        sa.Column("running_from", sa.Date(), nullable=True),
        sa.Column("days_owed", sa.BigInteger(), nullable=True),
        sa.Column("entry_no", sa.String(), nullable=True),
        sa.Column("document_no", sa.String(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("unpublished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(state = 'publicised') = (running_from IS NOT NULL)", name=op.f("ck_nominations_running")),
        sa.CheckConstraint(
            "(state IN ('listed', 'hearing', 'expired', 'left', 'removed')) = (entry_no IS NOT NULL)",
            name=op.f("ck_nominations_listed"),
        ),
        sa.CheckConstraint(
            "state <> 'publicised' OR (publicised_from IS NOT NULL AND publicised_to IS NOT NULL "
            "AND days_owed IS NOT NULL)",
            name=op.f("ck_nominations_publicity"),
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'at_county', 'at_city', 'at_province', 'approved', 'publicised', 'objected', "
            "'cleared', 'listed', 'hearing', 'refused', 'withdrawn', 'expired', 'left', 'removed')",
            name=op.f("ck_nominations_state"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('cleared', 'listed', 'hearing', 'expired', 'left', 'removed') OR days_owed = 0",
            name=op.f("ck_nominations_served"),
        ),
        sa.CheckConstraint(
            "(entry_no IS NULL) = (document_no IS NULL) AND (entry_no IS NULL) = (valid_from IS NULL) "
            "AND (entry_no IS NULL) = (valid_to IS NULL)",
            name=op.f("ck_nominations_entry"),
        ),
        sa.CheckConstraint(
            "county_by <> nominated_by AND county_by <> submitted_by AND city_by <> nominated_by AND "
            "city_by <> submitted_by AND city_by <> county_by AND province_by <> nominated_by AND "
            "province_by <> submitted_by AND province_by <> county_by AND province_by <> city_by AND "
            "listed_by <> nominated_by AND listed_by <> submitted_by AND listed_by <> county_by AND "
            "listed_by <> city_by AND listed_by <> province_by",
            name=op.f("ck_nominations_others"),
        ),
        sa.CheckConstraint(
            "valid_from <= valid_to AND publicised_to <= valid_from", name=op.f("ck_nominations_validity")
        ),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name=op.f("fk_nominations_campaign_id")),
        sa.ForeignKeyConstraint(["city_by"], ["staff_accounts.id"], name=op.f("fk_nominations_city_by")),
        sa.ForeignKeyConstraint(["city_id"], ["organisations.id"], name=op.f("fk_nominations_city_id")),
        sa.ForeignKeyConstraint(["county_by"], ["staff_accounts.id"], name=op.f("fk_nominations_county_by")),
        sa.ForeignKeyConstraint(["county_id"], ["organisations.id"], name=op.f("fk_nominations_county_id")),
        sa.ForeignKeyConstraint(["listed_by"], ["staff_accounts.id"], name=op.f("fk_nominations_listed_by")),
        sa.ForeignKeyConstraint(["nominated_by"], ["staff_accounts.id"], name=op.f("fk_nominations_nominated_by")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_nominations_organisation_id")),
        sa.ForeignKeyConstraint(["province_by"], ["staff_accounts.id"], name=op.f("fk_nominations_province_by")),
        sa.ForeignKeyConstraint(["submitted_by"], ["staff_accounts.id"], name=op.f("fk_nominations_submitted_by")),
        sa.ForeignKeyConstraint(["volunteer_id"], ["volunteers.id"], name=op.f("fk_nominations_volunteer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nominations")),
        sa.UniqueConstraint("entry_no", name=op.f("uq_nominations_entry_no")),
        sa.UniqueConstraint("nomination_no", name=op.f("uq_nominations_nomination_no")),
    )
    op.create_index(op.f("ix_nominations_campaign_id"), "nominations", ["campaign_id"], unique=False)
    op.create_index(op.f("ix_nominations_identity_index"), "nominations", ["identity_index"], unique=False)
    op.create_index("ix_nominations_newest", "nominations", ["created_at", "id"], unique=False)
    op.create_index(op.f("ix_nominations_organisation_path"), "nominations", ["organisation_path"], unique=False)
    op.create_index("ix_nominations_state", "nominations", ["state", "publicised_to"], unique=False)
    op.create_index(op.f("ix_nominations_volunteer_id"), "nominations", ["volunteer_id"], unique=False)
    op.create_index(
        "uq_nominations_one",
        "nominations",
        ["campaign_id", "volunteer_id"],
        unique=True,
        postgresql_where="state <> 'withdrawn'",
    )
    op.create_table(
        "nomination_steps",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("nomination_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_path", sa.String(collation="C"), nullable=False),
        sa.Column("move", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["staff_accounts.id"], name=op.f("fk_nomination_steps_account_id")),
        sa.ForeignKeyConstraint(["nomination_id"], ["nominations.id"], name=op.f("fk_nomination_steps_nomination_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_nomination_steps_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nomination_steps")),
    )
    op.create_index(op.f("ix_nomination_steps_nomination_id"), "nomination_steps", ["nomination_id"], unique=False)
    op.create_index(
        op.f("ix_nomination_steps_organisation_path"), "nomination_steps", ["organisation_path"], unique=False
    )
    op.create_table(
        "nomination_evaluations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("nomination_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_path", sa.String(collation="C"), nullable=False),
        sa.Column("citizen_id", sa.Uuid(), nullable=False),
        sa.Column("consent_id", sa.Uuid(), nullable=True),
        sa.Column("conditions", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("rule_version", sa.String(), nullable=False),
        sa.Column("scale", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("facts_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("eligible", sa.Boolean(), nullable=False),
        sa.Column("unmet", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("eligible = (cardinality(unmet) = 0)", name=op.f("ck_nomination_evaluations_eligible")),
        sa.ForeignKeyConstraint(["citizen_id"], ["citizens.id"], name=op.f("fk_nomination_evaluations_citizen_id")),
        sa.ForeignKeyConstraint(["consent_id"], ["consents.id"], name=op.f("fk_nomination_evaluations_consent_id")),
        sa.ForeignKeyConstraint(
            ["nomination_id"], ["nominations.id"], name=op.f("fk_nomination_evaluations_nomination_id")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_nomination_evaluations_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nomination_evaluations")),
    )
    op.create_index(
        op.f("ix_nomination_evaluations_nomination_id"), "nomination_evaluations", ["nomination_id"], unique=False
    )
    op.create_index(
        op.f("ix_nomination_evaluations_organisation_path"),
        "nomination_evaluations",
        ["organisation_path"],
        unique=False,
    )
    op.create_table(
        "nomination_objections",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("nomination_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_path", sa.String(collation="C"), nullable=False),
        sa.Column("text_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("contact_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("raised_by", sa.Uuid(), nullable=True),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settle_by", sa.Date(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("settled_by", sa.Uuid(), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(state = 'open') = (settled_at IS NULL)", name=op.f("ck_nomination_objections_settled")),
        sa.CheckConstraint(
            "state IN ('open', 'upheld', 'dismissed', 'moot')", name=op.f("ck_nomination_objections_state")
        ),
        sa.CheckConstraint(
            "state NOT IN ('upheld', 'dismissed') OR (settled_by IS NOT NULL AND answer IS NOT NULL)",
            name=op.f("ck_nomination_objections_answer"),
        ),
        sa.CheckConstraint("settled_by <> raised_by", name=op.f("ck_nomination_objections_second_person")),
        sa.ForeignKeyConstraint(
            ["nomination_id"], ["nominations.id"], name=op.f("fk_nomination_objections_nomination_id")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_nomination_objections_organisation_id")
        ),
        sa.ForeignKeyConstraint(["raised_by"], ["staff_accounts.id"], name=op.f("fk_nomination_objections_raised_by")),
        sa.ForeignKeyConstraint(
            ["settled_by"], ["staff_accounts.id"], name=op.f("fk_nomination_objections_settled_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nomination_objections")),
    )
    op.create_index(
        op.f("ix_nomination_objections_nomination_id"), "nomination_objections", ["nomination_id"], unique=False
    )
    op.create_index(
        "ix_nomination_objections_open",
        "nomination_objections",
        ["nomination_id"],
        unique=False,
        postgresql_where="state = 'open'",
    )
    op.create_index(
        op.f("ix_nomination_objections_organisation_path"), "nomination_objections", ["organisation_path"], unique=False
    )
    op.create_table(
        "nomination_hearings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("nomination_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_path", sa.String(collation="C"), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("legal_ground", sa.String(), nullable=False),
        sa.Column("opened_by", sa.Uuid(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer_by", sa.Date(), nullable=False),
        sa.Column("answer_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_how", sa.String(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(state = 'open') = (decided_at IS NULL)", name=op.f("ck_nomination_hearings_decided")),
        sa.CheckConstraint("state IN ('open', 'removed', 'kept', 'moot')", name=op.f("ck_nomination_hearings_state")),
        sa.CheckConstraint(
            "state NOT IN ('removed', 'kept') OR (decided_by IS NOT NULL AND decision IS NOT NULL)",
            name=op.f("ck_nomination_hearings_decision"),
        ),
        sa.CheckConstraint(
            "(answer_sealed IS NULL) = (answered_at IS NULL)", name=op.f("ck_nomination_hearings_answered")
        ),
        sa.CheckConstraint("decided_by <> opened_by", name=op.f("ck_nomination_hearings_second_person")),
        sa.ForeignKeyConstraint(["decided_by"], ["staff_accounts.id"], name=op.f("fk_nomination_hearings_decided_by")),
        sa.ForeignKeyConstraint(
            ["nomination_id"], ["nominations.id"], name=op.f("fk_nomination_hearings_nomination_id")
        ),
        sa.ForeignKeyConstraint(["opened_by"], ["staff_accounts.id"], name=op.f("fk_nomination_hearings_opened_by")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_nomination_hearings_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nomination_hearings")),
    )
    op.create_index(
        op.f("ix_nomination_hearings_nomination_id"), "nomination_hearings", ["nomination_id"], unique=False
    )
    op.create_index(
        op.f("ix_nomination_hearings_organisation_path"), "nomination_hearings", ["organisation_path"], unique=False
    )
    op.create_index(
        "uq_nomination_hearings_open",
        "nomination_hearings",
        ["nomination_id"],
        unique=True,
        postgresql_where="state = 'open'",
    )
    for table in PROTECTED:
        op.execute(f"SELECT xinyi_protect('{table}')")


def downgrade() -> None:
    """Who was nominated, and why, is lost; what is on the list stays on it."""
    for table in reversed(PROTECTED):
        op.execute(f"SELECT xinyi_unprotect('{table}')")
    for table in (
        "nomination_hearings",
        "nomination_objections",
        "nomination_evaluations",
        "nomination_steps",
        "nominations",
        "campaign_quotas",
        "campaigns",
    ):
        op.drop_table(table)
    op.execute("DROP SEQUENCE nomination_numbers")
