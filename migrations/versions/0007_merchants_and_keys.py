"""Merchants and keys."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "merchants",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("mchid", sa.String(), nullable=False),
        sa.Column("appid", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("uscc", sa.String(), nullable=False),
        sa.Column("uscc_let_through", sa.String(), nullable=True),
        sa.Column("apiv3_key_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('merchant', 'public_body')", name=op.f("ck_merchants_kind")),
        sa.CheckConstraint("mchid ~ '^[0-9]{8,10}$'", name=op.f("ck_merchants_mchid")),
        sa.CheckConstraint("state IN ('active', 'paused', 'closed')", name=op.f("ck_merchants_state")),
        sa.CheckConstraint("uscc ~ '^[0-9A-HJ-NPQRTUWXY]{18}$'", name=op.f("ck_merchants_uscc")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merchants")),
        sa.UniqueConstraint("mchid", name=op.f("uq_merchants_mchid")),
        sa.UniqueConstraint("uscc", name=op.f("uq_merchants_uscc")),
    )
    op.create_table(
        "merchant_keys",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("serial_no", sa.String(), nullable=False),
        sa.Column("public_key_pem", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name=op.f("fk_merchant_keys_merchant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merchant_keys")),
        sa.UniqueConstraint("merchant_id", "serial_no", name=op.f("uq_merchant_keys_merchant_id_serial_no")),
    )
    op.create_table(
        "stores",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("region", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name=op.f("fk_stores_merchant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stores")),
        sa.UniqueConstraint("merchant_id", "code", name=op.f("uq_stores_merchant_id_code")),
    )


def downgrade() -> None:
    op.drop_table("stores")
    op.drop_table("merchant_keys")
    op.drop_table("merchants")
