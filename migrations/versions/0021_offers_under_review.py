"""Offers that wait for a review, and who did what with an offer, when."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

NAME = "ck_offers_state"


def upgrade() -> None:
    op.drop_constraint(op.f(NAME), "offers")
    op.create_check_constraint(op.f(NAME), "offers", "state IN ('draft', 'review', 'live', 'paused', 'ended')")
    op.create_index("ix_offers_review", "offers", ["id"], postgresql_where=sa.text("state = 'review'"))
    op.create_table(
        "offer_steps",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("offer_id", sa.Uuid(), nullable=False),
        sa.Column("move", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=True),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["offer_id"], ["offers.id"], name=op.f("fk_offer_steps_offer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offer_steps")),
    )
    op.create_index(op.f("ix_offer_steps_offer_id"), "offer_steps", ["offer_id"])


def downgrade() -> None:
    """What waits for a review is a draft again."""
    op.drop_table("offer_steps")
    op.drop_index("ix_offers_review", "offers")
    op.execute("UPDATE offers SET state = 'draft' WHERE state = 'review'")
    op.drop_constraint(op.f(NAME), "offers")
    op.create_check_constraint(op.f(NAME), "offers", "state IN ('draft', 'live', 'paused', 'ended')")
