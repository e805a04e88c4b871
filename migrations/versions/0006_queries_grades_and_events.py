"""Queries, grades and events."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "platform_events",
        sa.Column("event_id", sa.String(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("body_sealed", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(
            "state IN ('processed', 'stale', 'refused')", name=op.f("ck_platform_events_state")
        ),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_platform_events")),
    )
    op.create_table(
        "credit_queries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("citizen_id", sa.Uuid(), nullable=False),
        sa.Column("consent_id", sa.Uuid(), nullable=False),
        sa.Column("authorization_id", sa.String(), nullable=False),
        sa.Column("scenario", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("operator", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("query_no", sa.String(), nullable=True),
        sa.Column("failure", sa.String(), nullable=True),
        sa.CheckConstraint("state IN ('asking', 'answered', 'failed')", name=op.f("ck_credit_queries_state")),
        sa.ForeignKeyConstraint(["citizen_id"], ["citizens.id"], name=op.f("fk_credit_queries_citizen_id")),
        sa.ForeignKeyConstraint(["consent_id"], ["consents.id"], name=op.f("fk_credit_queries_consent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_queries")),
    )
    op.create_index(
        "ix_credit_queries_asking",
        "credit_queries",
        ["consent_id"],
        unique=False,
        postgresql_where="state = 'asking'",
    )
    op.create_index(op.f("ix_credit_queries_citizen_id"), "credit_queries", ["citizen_id"], unique=False)
    op.create_table(
        "credit_grades",
        sa.Column("citizen_id", sa.Uuid(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("as_of", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("kept_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("query_id", sa.Uuid(), nullable=True),
        sa.Column("grade_seq", sa.BigInteger(), nullable=False),
        sa.Column("event_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("dropped_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["citizen_id"], ["citizens.id"], name=op.f("fk_credit_grades_citizen_id")),
        sa.ForeignKeyConstraint(["query_id"], ["credit_queries.id"], name=op.f("fk_credit_grades_query_id")),
        sa.PrimaryKeyConstraint("citizen_id", name=op.f("pk_credit_grades")),
    )


def downgrade() -> None:
    op.drop_table("credit_grades")
    op.drop_table("credit_queries")
    op.drop_table("platform_events")
