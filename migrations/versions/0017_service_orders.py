"""Service orders and the permissions to open them; a redemption may come without a code."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.alter_column("redemptions", "presentation_id", nullable=True)
    op.create_table(
        "service_orders",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("out_order_no", sa.String(), nullable=False),
        sa.Column("appid", sa.String(), nullable=False),
        sa.Column("offer_id", sa.Uuid(), nullable=False),
        sa.Column("content_digest", sa.String(), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("need_user_confirm", sa.Boolean(), nullable=False),
        sa.Column("notify_url", sa.String(), nullable=True),
        sa.Column("ceiling_fen", sa.BigInteger(), nullable=False),
        sa.Column("risk_fund_fen", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("state_description", sa.String(), nullable=True),
        sa.Column("citizen_id", sa.Uuid(), nullable=True),
        sa.Column("openid", sa.String(), nullable=True),
        sa.Column("entitlement_id", sa.Uuid(), nullable=True),
        sa.Column("redemption_id", sa.Uuid(), nullable=True),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ending", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("ending_digest", sa.String(), nullable=True),
        sa.Column("modify_digest", sa.String(), nullable=True),
        sa.Column("payments_fen", sa.BigInteger(), nullable=True),
        sa.Column("discounts_fen", sa.BigInteger(), nullable=True),
        sa.Column("total_fen", sa.BigInteger(), nullable=True),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("breached_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancel_reason", sa.String(), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(state = 'DOING') = (state_description IS NOT NULL)", name=op.f("ck_service_orders_doing")
        ),
        sa.CheckConstraint(
            "(state = 'DONE' OR coalesce(state_description, '') = 'MCH_COMPLETE') = (total_fen IS NOT NULL)",
            name=op.f("ck_service_orders_complete"),
        ),
        sa.CheckConstraint(
            "(state = 'DONE') = (settled_at IS NOT NULL)", name=op.f("ck_service_orders_settled")
        ),
        sa.CheckConstraint(
            "(state = 'REVOKED') = (cancelled_at IS NOT NULL)", name=op.f("ck_service_orders_cancelled")
        ),
        sa.CheckConstraint(
            "state <> 'DONE' OR total_fen = 0 OR paid_at IS NOT NULL", name=op.f("ck_service_orders_paid")
        ),
        sa.CheckConstraint(
            "state IN ('CREATED', 'DOING', 'DONE', 'REVOKED', 'EXPIRED')",
            name=op.f("ck_service_orders_state"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('CREATED', 'EXPIRED') OR citizen_id IS NULL",
            name=op.f("ck_service_orders_nobodys"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('DOING', 'DONE') OR citizen_id IS NOT NULL", name=op.f("ck_service_orders_whose")
        ),
        sa.CheckConstraint(
            "state_description IN ('USER_CONFIRM', 'MCH_COMPLETE')",
            name=op.f("ck_service_orders_state_description"),
        ),
        sa.CheckConstraint(
            "(citizen_id IS NULL) = (redemption_id IS NULL) AND "
            "(citizen_id IS NULL) = (openid IS NULL) AND "
            "(citizen_id IS NULL) = (entitlement_id IS NULL) AND "
            "(citizen_id IS NULL) = (begun_at IS NULL)",
            name=op.f("ck_service_orders_begun"),
        ),
        sa.CheckConstraint(
            "(total_fen IS NULL) = (payments_fen IS NULL) AND "
            "(total_fen IS NULL) = (discounts_fen IS NULL) AND "
            "(total_fen IS NULL) = (ending IS NULL)",
            name=op.f("ck_service_orders_ending"),
        ),
        sa.CheckConstraint(
            "risk_fund_fen > 0 AND risk_fund_fen <= ceiling_fen", name=op.f("ck_service_orders_ceiling")
        ),
        sa.CheckConstraint(
            "total_fen <= coalesce(risk_fund_fen, ceiling_fen)", name=op.f("ck_service_orders_total")
        ),
        sa.CheckConstraint("total_fen = payments_fen - discounts_fen", name=op.f("ck_service_orders_sum")),
        sa.CheckConstraint(
            "total_fen >= 0 AND payments_fen >= 0 AND discounts_fen >= 0",
            name=op.f("ck_service_orders_amounts"),
        ),
        sa.ForeignKeyConstraint(["citizen_id"], ["citizens.id"], name=op.f("fk_service_orders_citizen_id")),
        sa.ForeignKeyConstraint(
            ["entitlement_id"], ["entitlements.id"], name=op.f("fk_service_orders_entitlement_id")
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchants.id"], name=op.f("fk_service_orders_merchant_id")
        ),
        sa.ForeignKeyConstraint(["offer_id"], ["offers.id"], name=op.f("fk_service_orders_offer_id")),
        sa.ForeignKeyConstraint(
            ["redemption_id"], ["redemptions.id"], name=op.f("fk_service_orders_redemption_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_orders")),
        sa.UniqueConstraint("entitlement_id", name=op.f("uq_service_orders_entitlement_id")),
        sa.UniqueConstraint(
            "merchant_id", "out_order_no", name=op.f("uq_service_orders_merchant_id_out_order_no")
        ),
        sa.UniqueConstraint("redemption_id", name=op.f("uq_service_orders_redemption_id")),
    )
    op.create_index(
        "ix_service_orders_citizen", "service_orders", ["citizen_id", "created_at", "id"], unique=False
    )
    op.create_index(
        "ix_service_orders_created",
        "service_orders",
        ["created_at"],
        unique=False,
        postgresql_where=sa.text("state = 'CREATED'"),
    )
    op.create_index(
        "ix_service_orders_merchant", "service_orders", ["merchant_id", "created_at", "id"], unique=False
    )
    op.create_index(op.f("ix_service_orders_offer_id"), "service_orders", ["offer_id"], unique=False)
    op.create_index(
        "ix_service_orders_settled",
        "service_orders",
        ["merchant_id", "offer_id", "settled_at"],
        unique=False,
        postgresql_where=sa.text("settled_at IS NOT NULL"),
    )
    op.create_table(
        "service_permissions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("authorization_code", sa.String(), nullable=False),
        sa.Column("appid", sa.String(), nullable=False),
        sa.Column("offer_id", sa.Uuid(), nullable=False),
        sa.Column("notify_url", sa.String(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("citizen_id", sa.Uuid(), nullable=True),
        sa.Column("openid", sa.String(), nullable=True),
        sa.Column("text", sa.String(), nullable=True),
        sa.Column("text_version", sa.String(), nullable=True),
        sa.Column("text_digest", sa.String(), nullable=True),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.String(), nullable=True),
        sa.Column("close_reason", sa.String(), nullable=True),
        sa.CheckConstraint(
            "(state = 'UNAVAILABLE') = (citizen_id IS NULL)", name=op.f("ck_service_permissions_whose")
        ),
        sa.CheckConstraint(
            "(state = 'UNBINDUSER') = (closed_at IS NOT NULL) AND (closed_at IS NULL) = (closed_by IS NULL)",
            name=op.f("ck_service_permissions_closed"),
        ),
        sa.CheckConstraint(
            "closed_by IN ('citizen', 'merchant', 'erasure')", name=op.f("ck_service_permissions_closed_by")
        ),
        sa.CheckConstraint(
            "state IN ('UNAVAILABLE', 'AVAILABLE', 'UNBINDUSER')", name=op.f("ck_service_permissions_state")
        ),
        sa.CheckConstraint(
            "(citizen_id IS NULL) = (openid IS NULL) AND "
            "(citizen_id IS NULL) = (opened_at IS NULL) AND "
            "(citizen_id IS NULL) = (text IS NULL)",
            name=op.f("ck_service_permissions_opened"),
        ),
        sa.ForeignKeyConstraint(
            ["citizen_id"], ["citizens.id"], name=op.f("fk_service_permissions_citizen_id")
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchants.id"], name=op.f("fk_service_permissions_merchant_id")
        ),
        sa.ForeignKeyConstraint(["offer_id"], ["offers.id"], name=op.f("fk_service_permissions_offer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_permissions")),
        sa.UniqueConstraint(
            "merchant_id",
            "authorization_code",
            name=op.f("uq_service_permissions_merchant_id_authorization_code"),
        ),
    )
    op.create_index(
        "ix_service_permissions_citizen",
        "service_permissions",
        ["citizen_id", "opened_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_service_permissions_offer_id"), "service_permissions", ["offer_id"], unique=False
    )
    op.create_index(
        "ix_service_permissions_openid",
        "service_permissions",
        ["merchant_id", "offer_id", "openid"],
        unique=False,
    )
    op.create_index(
        "uq_service_permissions_live",
        "service_permissions",
        ["offer_id", "citizen_id"],
        unique=True,
        postgresql_where=sa.text("state = 'AVAILABLE'"),
    )

    op.execute(
        "CREATE FUNCTION service_orders_sound() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "IF TG_OP = 'UPDATE' AND OLD.state IN ('DONE', 'REVOKED', 'EXPIRED') AND NEW.state <> OLD.state THEN "
        "RAISE EXCEPTION 'a final state stays' USING ERRCODE = 'restrict_violation'; END IF; "
        "IF NEW.ending IS NOT NULL AND ("
        "NEW.payments_fen <> (SELECT coalesce(sum((each->>'amount')::bigint), 0) "
        "FROM jsonb_array_elements(NEW.ending->'post_payments') each) OR "
        "NEW.discounts_fen <> (SELECT coalesce(sum((each->>'amount')::bigint), 0) "
        "FROM jsonb_array_elements(coalesce(NEW.ending->'post_discounts', '[]')) each)) THEN "
        "RAISE EXCEPTION 'the sums are not those of the items' USING ERRCODE = 'check_violation'; END IF; "
        "RETURN NEW; END $$"
    )
    op.execute(
        "CREATE TRIGGER service_orders_sound BEFORE INSERT OR UPDATE ON service_orders "
        "FOR EACH ROW EXECUTE FUNCTION service_orders_sound()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER service_orders_sound ON service_orders")
    op.execute("DROP FUNCTION service_orders_sound()")
    op.drop_table("service_permissions")
    op.drop_table("service_orders")
    # a redemption needs a code again: one that was spent in the very moment
    op.execute(
        "INSERT INTO presentations (id, code_index, entitlement_id, created_at, expires_at, used_at) "
        "SELECT id, sha256(id::text::bytea), entitlement_id, redeemed_at, redeemed_at, redeemed_at "
        "FROM redemptions WHERE presentation_id IS NULL"
    )
    op.execute("UPDATE redemptions SET presentation_id = id WHERE presentation_id IS NULL")
    op.alter_column("redemptions", "presentation_id", nullable=False)
