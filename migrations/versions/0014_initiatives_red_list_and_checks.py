"""Initiatives and offers made from them, the League's red list, embedded checks."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "initiatives",
        sa.Column("initiative_no", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("document_no", sa.String(), nullable=False),
        sa.Column("red_list", sa.String(), nullable=True),
        sa.Column("grades", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("measures", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("regions", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("respond_by", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("differing", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("initiative_no", name=op.f("pk_initiatives")),
    )
    op.create_index("ix_initiatives_due", "initiatives", ["respond_by", "initiative_no"], unique=False)
    op.create_index("ix_initiatives_newest", "initiatives", ["issued_at", "initiative_no"], unique=False)
    op.create_table(
        "initiative_polls",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("cursor", sa.String(), nullable=True),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("polled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.CheckConstraint("id = 1", name=op.f("ck_initiative_polls_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_initiative_polls")),
    )
    op.create_table(
        "initiative_responses",
        sa.Column("initiative_no", sa.String(), nullable=False),
        sa.Column("response", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("measures", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("responded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("responded_by", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("sending_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("status", sa.String(), nullable=True),
        sa.Column("code", sa.String(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(response = 'accepted') = (cardinality(measures) > 0)",
            name=op.f("ck_initiative_responses_measures"),
        ),
        sa.CheckConstraint(
            "response = 'accepted' OR reason IS NOT NULL", name=op.f("ck_initiative_responses_reason")
        ),
        sa.CheckConstraint(
            "response IN ('accepted', 'declined')", name=op.f("ck_initiative_responses_response")
        ),
        sa.CheckConstraint(
            "state IN ('owed', 'answered', 'refused')", name=op.f("ck_initiative_responses_state")
        ),
        sa.ForeignKeyConstraint(
            ["initiative_no"],
            ["initiatives.initiative_no"],
            name=op.f("fk_initiative_responses_initiative_no"),
        ),
        sa.PrimaryKeyConstraint("initiative_no", name=op.f("pk_initiative_responses")),
    )
    op.create_table(
        "initiative_feedbacks",
        sa.Column("initiative_no", sa.String(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("beneficiaries", sa.BigInteger(), nullable=False),
        sa.Column("usages", sa.BigInteger(), nullable=False),
        sa.Column("waived_fen", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("answered_revision", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(), nullable=True),
        sa.Column("code", sa.String(), nullable=True),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "period ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'", name=op.f("ck_initiative_feedbacks_period")
        ),
        sa.CheckConstraint(
            "beneficiaries >= 0 AND usages >= 0 AND waived_fen >= 0",
            name=op.f("ck_initiative_feedbacks_figures"),
        ),
        sa.ForeignKeyConstraint(
            ["initiative_no"],
            ["initiatives.initiative_no"],
            name=op.f("fk_initiative_feedbacks_initiative_no"),
        ),
        sa.PrimaryKeyConstraint("initiative_no", "period", name=op.f("pk_initiative_feedbacks")),
    )
    op.create_index(
        "ix_initiative_feedbacks_period", "initiative_feedbacks", ["period", "initiative_no"], unique=False
    )
    op.create_table(
        "initiative_warnings",
        sa.Column("initiative_no", sa.String(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("days", sa.BigInteger(), nullable=False),
        sa.Column("warned_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("days IN (1, 3)", name=op.f("ck_initiative_warnings_days")),
        sa.ForeignKeyConstraint(
            ["initiative_no"],
            ["initiatives.initiative_no"],
            name=op.f("fk_initiative_warnings_initiative_no"),
        ),
        sa.PrimaryKeyConstraint("initiative_no", "due_on", "days", name=op.f("pk_initiative_warnings")),
    )
    op.create_table(
        "red_list_entries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("entry_no", sa.String(), nullable=False),
        sa.Column("list_code", sa.String(), nullable=False),
        sa.Column("identity_index", sa.LargeBinary(), nullable=False),
        sa.Column("data_key", sa.LargeBinary(), nullable=False),
        sa.Column("name_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("id_number_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("cited_by", sa.String(), nullable=False),
        sa.Column("document_no", sa.String(), nullable=False),
        sa.Column("publicised_from", sa.Date(), nullable=False),
        sa.Column("publicised_to", sa.Date(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("delist_reason", sa.String(), nullable=True),
        sa.Column("said_by", sa.String(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("sending_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_revision", sa.BigInteger(), nullable=False),
        sa.Column("platform_status", sa.String(), nullable=True),
        sa.Column("refused_code", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'delisted') = (delist_reason IS NOT NULL)", name=op.f("ck_red_list_entries_reason")
        ),
        sa.CheckConstraint(
            "platform_status IN ('listed', 'delisted')", name=op.f("ck_red_list_entries_platform_status")
        ),
        sa.CheckConstraint("state IN ('listed', 'delisted')", name=op.f("ck_red_list_entries_state")),
        sa.CheckConstraint(
            "publicised_from <= publicised_to AND publicised_to <= valid_from AND valid_from <= valid_to",
            name=op.f("ck_red_list_entries_days"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_red_list_entries")),
        sa.UniqueConstraint("entry_no", name=op.f("uq_red_list_entries_entry_no")),
    )
    op.create_index("ix_red_list_entries_identity", "red_list_entries", ["identity_index"], unique=False)
    op.create_index(
        "ix_red_list_entries_newest", "red_list_entries", ["created_at", "entry_no"], unique=False
    )
    op.create_table(
        "checks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("check_no", sa.String(), nullable=False),
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("out_check_no", sa.String(), nullable=False),
        sa.Column("content_digest", sa.String(), nullable=False),
        sa.Column("matter", sa.String(), nullable=False),
        sa.Column("offer_ids", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("citizen_id", sa.Uuid(), nullable=True),
        sa.Column("answers", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("response", sa.String(), nullable=True),
        sa.Column("applied_offer_id", sa.Uuid(), nullable=True),
        sa.Column("officer", sa.String(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("evaluated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("responded_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(applied_offer_id IS NOT NULL) = (response IS NOT NULL AND response = 'applied')",
            name=op.f("ck_checks_applied"),
        ),
        sa.CheckConstraint("response IN ('applied', 'none')", name=op.f("ck_checks_response")),
        sa.CheckConstraint("(evaluated_at IS NULL) = (answers IS NULL)", name=op.f("ck_checks_evaluated")),
        sa.CheckConstraint("(responded_at IS NULL) = (response IS NULL)", name=op.f("ck_checks_responded")),
        sa.CheckConstraint("evaluated_at IS NULL OR citizen_id IS NOT NULL", name=op.f("ck_checks_citizen")),
        sa.CheckConstraint("expires_at > created_at AND ends_at >= expires_at", name=op.f("ck_checks_life")),
        sa.ForeignKeyConstraint(["applied_offer_id"], ["offers.id"], name=op.f("fk_checks_applied_offer_id")),
        sa.ForeignKeyConstraint(["citizen_id"], ["citizens.id"], name=op.f("fk_checks_citizen_id")),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name=op.f("fk_checks_merchant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_checks")),
        sa.UniqueConstraint("check_no", name=op.f("uq_checks_check_no")),
        sa.UniqueConstraint("merchant_id", "out_check_no", name=op.f("uq_checks_merchant_id_out_check_no")),
    )
    op.create_index("ix_checks_citizen", "checks", ["citizen_id", "created_at"], unique=False)
    op.create_table(
        "check_origins",
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name=op.f("fk_check_origins_merchant_id")),
        sa.PrimaryKeyConstraint("merchant_id", "origin", name=op.f("pk_check_origins")),
    )
    op.add_column("offers", sa.Column("initiative_no", sa.String(), nullable=True))
    op.add_column("offers", sa.Column("audience", postgresql.JSONB(astext_type=sa.Text()), nullable=True))
    op.create_foreign_key(
        op.f("fk_offers_initiative_no"), "offers", "initiatives", ["initiative_no"], ["initiative_no"]
    )
    op.create_check_constraint(
        op.f("ck_offers_audience"), "offers", "(initiative_no IS NULL) = (audience IS NULL)"
    )
    op.create_index(op.f("ix_offers_initiative_no"), "offers", ["initiative_no"], unique=False)
    op.add_column("usages", sa.Column("initiative_no", sa.String(), nullable=True))
    op.create_index(
        "ix_usages_initiative",
        "usages",
        ["initiative_no", "occurred_at"],
        unique=False,
        postgresql_where=sa.text("initiative_no IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_usages_initiative", table_name="usages")
    op.drop_column("usages", "initiative_no")
    op.drop_column("offers", "audience")
    op.drop_column("offers", "initiative_no")
    for table in (
        "check_origins",
        "checks",
        "red_list_entries",
        "initiative_warnings",
        "initiative_feedbacks",
        "initiative_responses",
        "initiative_polls",
        "initiatives",
    ):
        op.drop_table(table)
