"""Batches and reconciliation."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "feedback_batches",
        sa.Column("batch_no", sa.String(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("records", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.Column("receipt_no", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('ready', 'sending', 'settled', 'parked')", name=op.f("ck_feedback_batches_state")
        ),
        sa.PrimaryKeyConstraint("batch_no", name=op.f("pk_feedback_batches")),
    )
    op.create_index(
        "ix_feedback_batches_open",
        "feedback_batches",
        ["next_at"],
        unique=False,
        postgresql_where="state IN ('ready', 'sending')",
    )
    op.create_table(
        "reconciliations",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("ours_count", sa.BigInteger(), nullable=False),
        sa.Column("theirs_count", sa.BigInteger(), nullable=False),
        sa.Column("ours_fen", sa.BigInteger(), nullable=False),
        sa.Column("theirs_fen", sa.BigInteger(), nullable=False),
        sa.Column("ours_digest", sa.String(), nullable=False),
        sa.Column("theirs_digest", sa.String(), nullable=False),
        sa.Column("differences", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_reconciliations")),
    )
    op.create_table(
        "feedbacks",
        sa.Column("record_no", sa.String(), nullable=False),
        sa.Column("usage_id", sa.Uuid(), nullable=False),
        sa.Column("batch_no", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("receipt_no", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settlement_day", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "(state = 'accepted') = (receipt_no IS NOT NULL)", name=op.f("ck_feedbacks_receipt")
        ),
        sa.CheckConstraint(
            "state IN ('sent', 'accepted', 'rejected', 'parked')", name=op.f("ck_feedbacks_state")
        ),
        sa.ForeignKeyConstraint(
            ["batch_no"], ["feedback_batches.batch_no"], name=op.f("fk_feedbacks_batch_no")
        ),
        sa.ForeignKeyConstraint(["usage_id"], ["usages.id"], name=op.f("fk_feedbacks_usage_id")),
        sa.PrimaryKeyConstraint("record_no", name=op.f("pk_feedbacks")),
        sa.UniqueConstraint("usage_id", name=op.f("uq_feedbacks_usage_id")),
    )
    op.create_index(op.f("ix_feedbacks_batch_no"), "feedbacks", ["batch_no"], unique=False)
    op.create_index(op.f("ix_feedbacks_settled_at"), "feedbacks", ["settled_at"], unique=False)
    op.create_index(op.f("ix_feedbacks_settlement_day"), "feedbacks", ["settlement_day"], unique=False)


def downgrade() -> None:
    op.drop_table("feedbacks")
    op.drop_table("reconciliations")
    op.drop_table("feedback_batches")
