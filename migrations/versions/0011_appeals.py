"""Appeals."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "appeals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("appeal_no", sa.String(), nullable=False),
        sa.Column("citizen_id", sa.Uuid(), nullable=False),
        sa.Column("about_kind", sa.String(), nullable=False),
        sa.Column("about_id", sa.String(), nullable=False),
        sa.Column("text_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("text_check", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("mark_by", sa.Date(), nullable=False),
        sa.Column("settle_by", sa.Date(), nullable=False),
        sa.Column("marked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("answer_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("idempotency_key", sa.String(), nullable=True),
        sa.CheckConstraint("state IN ('opened', 'marked', 'settled')", name=op.f("ck_appeals_state")),
        sa.CheckConstraint(
            "(state = 'settled') = (settled_at IS NOT NULL AND outcome IS NOT NULL)",
            name=op.f("ck_appeals_settled"),
        ),
        sa.CheckConstraint(
            "text_check IN ('pass', 'review', 'unchecked')", name=op.f("ck_appeals_text_check")
        ),
        sa.CheckConstraint(
            "outcome IN ('upheld', 'dismissed', 'withdrawn')", name=op.f("ck_appeals_outcome")
        ),
        sa.ForeignKeyConstraint(["citizen_id"], ["citizens.id"], name=op.f("fk_appeals_citizen_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appeals")),
        sa.UniqueConstraint("appeal_no", name=op.f("uq_appeals_appeal_no")),
    )
    op.create_index(op.f("ix_appeals_citizen_id"), "appeals", ["citizen_id"], unique=False)
    op.create_index(
        "ix_appeals_open", "appeals", ["settle_by"], unique=False, postgresql_where="state <> 'settled'"
    )


def downgrade() -> None:
    op.drop_table("appeals")
