"""Consents."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "consents",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("citizen_id", sa.Uuid(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("scenario", sa.String(), nullable=False),
        sa.Column("recipient_id", sa.String(), nullable=False),
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("text_version", sa.String(), nullable=False),
        sa.Column("text_digest", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_to", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by", sa.String(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("authorization_no", sa.String(), nullable=True),
        sa.Column("authorization_id", sa.String(), nullable=True),
        sa.Column("registering_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refused_code", sa.String(), nullable=True),
        sa.CheckConstraint("valid_to > valid_from", name=op.f("ck_consents_period")),
        sa.ForeignKeyConstraint(["citizen_id"], ["citizens.id"], name=op.f("fk_consents_citizen_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
        sa.UniqueConstraint("authorization_no", name=op.f("uq_consents_authorization_no")),
    )
    op.create_index(op.f("ix_consents_authorization_id"), "consents", ["authorization_id"], unique=False)
    op.create_index(op.f("ix_consents_citizen_id"), "consents", ["citizen_id"], unique=False)
    op.create_index(
        "uq_consents_live",
        "consents",
        ["citizen_id", "scope", "scenario", "recipient_id"],
        unique=True,
        postgresql_where=sa.text("withdrawn_at IS NULL AND ended_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_table("consents")
