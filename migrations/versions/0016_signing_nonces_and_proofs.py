"""Suites and our own keys, nonces, offline proofs."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
DEFAULTED = (("merchants", "suite"), ("merchants", "answers_by"), ("merchant_keys", "created_by"))


def upgrade() -> None:
    op.add_column("merchants", sa.Column("suite", sa.String(), nullable=False,
                                         server_default="WECHATPAY2-SHA256-RSA2048"))
    op.add_column("merchants", sa.Column("answers_by", sa.String(), nullable=False, server_default="public_key"))
    op.create_check_constraint(op.f("ck_merchants_suite"), "merchants",
                               "suite IN ('WECHATPAY2-SHA256-RSA2048', 'WECHATPAY2-SM2-WITH-SM3')")
    op.create_check_constraint(op.f("ck_merchants_answers_by"), "merchants",
                               "answers_by IN ('public_key', 'certificate')")
    _slots()
    op.create_table(
        "signing_keys",
        sa.Column("kid", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("private_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("certificate", sa.String(), nullable=True),
        sa.Column("signs_from", MOMENT, nullable=False),
        sa.Column("withdrawn_at", MOMENT, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.CheckConstraint("purpose IN ('answers', 'answers_sm2', 'proofs')", name=op.f("ck_signing_keys_purpose")),
        sa.PrimaryKeyConstraint("kid", name=op.f("pk_signing_keys")),
    )
    op.create_table(
        "merchant_nonces",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merchant_nonces")),
    )
    op.create_index(op.f("ix_merchant_nonces_expires_at"), "merchant_nonces", ["expires_at"])
    op.create_table(
        "nonce_epochs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("began_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nonce_epochs")),
    )
    op.add_column("presentations", sa.Column("offline", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("redemptions", sa.Column("received_at", MOMENT, nullable=True))
    for table, column in DEFAULTED:  # for the rows that were there
        op.alter_column(table, column, server_default=None)


def downgrade() -> None:
    """A merchant of the SM2 suite can't sign in any more below: its keys are of no form that is known there."""
    op.drop_column("redemptions", "received_at")
    op.drop_column("presentations", "offline")
    op.drop_table("nonce_epochs")
    op.drop_table("merchant_nonces")
    op.drop_table("signing_keys")
    for name in ("live", "slot"):
        op.drop_constraint(op.f(f"ck_merchant_keys_{name}"), "merchant_keys")
    op.drop_constraint(op.f("uq_merchant_keys_merchant_id_slot"), "merchant_keys")
    for name in ("slot", "created_by", "revoked_by"):
        op.drop_column("merchant_keys", name)
    op.drop_column("merchants", "answers_by")
    op.drop_column("merchants", "suite")


def _slots() -> None:
    """Two live keys of a merchant get slots 1 and 2, in the order in which they came."""
    op.add_column("merchant_keys", sa.Column("slot", sa.SmallInteger(), nullable=True))
    op.add_column("merchant_keys", sa.Column("created_by", sa.String(), nullable=False, server_default="operator"))
    op.add_column("merchant_keys", sa.Column("revoked_by", sa.String(), nullable=True))
    op.execute("""UPDATE merchant_keys k SET slot = n.slot FROM (
                  SELECT id, row_number() OVER (PARTITION BY merchant_id ORDER BY created_at, id) AS slot
                  FROM merchant_keys WHERE revoked_at IS NULL) n WHERE n.id = k.id""")
    op.create_check_constraint(op.f("ck_merchant_keys_slot"), "merchant_keys", "slot IN (1, 2)")
    op.create_check_constraint(op.f("ck_merchant_keys_live"), "merchant_keys",
                               "(slot IS NULL) = (revoked_at IS NOT NULL)")
    op.create_unique_constraint(op.f("uq_merchant_keys_merchant_id_slot"), "merchant_keys", ["merchant_id", "slot"])
