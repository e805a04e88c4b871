"""What a merchant says of an appeal against one of its orders or uses."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "appeal_statements",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("appeal_id", sa.Uuid(), nullable=False),
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("text_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["appeal_id"], ["appeals.id"], name=op.f("fk_appeal_statements_appeal_id")),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name=op.f("fk_appeal_statements_merchant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appeal_statements")),
    )
    op.create_index(op.f("ix_appeal_statements_appeal_id"), "appeal_statements", ["appeal_id"])


def downgrade() -> None:
    """What merchants said is lost."""
    op.drop_table("appeal_statements")
