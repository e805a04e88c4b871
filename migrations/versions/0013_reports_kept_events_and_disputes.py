"""Credit reports; events kept for staff; a repair that is remembered; appeals that the platform opens."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("credit_queries", sa.Column("kind", sa.String(), nullable=False, server_default="grade"))
    op.alter_column("credit_queries", "kind", server_default=None)
    op.create_check_constraint(op.f("ck_credit_queries_kind"), "credit_queries", "kind IN ('grade', 'report')")
    op.add_column("credit_grades", sa.Column("repaired_at", sa.DateTime(timezone=True), nullable=True))
    _reports()
    op.add_column("platform_events", sa.Column("refusal", sa.String(), nullable=True))
    op.add_column("platform_events", sa.Column("digest", sa.String(), nullable=True))
    op.create_index("ix_platform_events_received", "platform_events", ["received_at", "event_id"])
    op.create_index("ix_platform_events_refused", "platform_events", ["received_at"],
                    postgresql_where="state = 'refused'")
    op.add_column("appeals", sa.Column("opened_by", sa.String(), nullable=False, server_default="citizen"))
    op.alter_column("appeals", "opened_by", server_default=None)
    op.create_check_constraint(op.f("ck_appeals_opened_by"), "appeals", "opened_by IN ('citizen', 'platform')")
    op.create_index("uq_appeals_disputed", "appeals", ["about_id"], unique=True,
                    postgresql_where="opened_by = 'platform' AND state <> 'settled'")


def _reports() -> None:
    op.create_table(
        "credit_reports",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("citizen_id", sa.Uuid(), nullable=False),
        sa.Column("consent_id", sa.Uuid(), nullable=False),
        sa.Column("query_id", sa.Uuid(), nullable=False),
        sa.Column("report_no", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("pages", sa.BigInteger(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("pdf_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("dropped_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(pdf_sealed IS NULL) = (dropped_at IS NOT NULL)", name=op.f("ck_credit_reports_dropped")),
        sa.ForeignKeyConstraint(["citizen_id"], ["citizens.id"], name=op.f("fk_credit_reports_citizen_id")),
        sa.ForeignKeyConstraint(["consent_id"], ["consents.id"], name=op.f("fk_credit_reports_consent_id")),
        sa.ForeignKeyConstraint(["query_id"], ["credit_queries.id"], name=op.f("fk_credit_reports_query_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_reports")),
        sa.UniqueConstraint("citizen_id", "report_no", name=op.f("uq_credit_reports_citizen_id_report_no")),
    )
    op.create_index("ix_credit_reports_kept", "credit_reports", ["valid_until"],
                    postgresql_where="dropped_at IS NULL")


def downgrade() -> None:
    """What only this version knows goes: reports, the kinds of looks that were no grades, appeals of the platform's."""
    op.drop_index("uq_appeals_disputed", table_name="appeals")
    op.drop_constraint(op.f("ck_appeals_opened_by"), "appeals", type_="check")
    op.drop_column("appeals", "opened_by")
    op.drop_index("ix_platform_events_refused", table_name="platform_events")
    op.drop_index("ix_platform_events_received", table_name="platform_events")
    op.drop_column("platform_events", "digest")
    op.drop_column("platform_events", "refusal")
    op.drop_table("credit_reports")
    op.drop_column("credit_grades", "repaired_at")
    op.drop_constraint(op.f("ck_credit_queries_kind"), "credit_queries", type_="check")
    op.drop_column("credit_queries", "kind")
