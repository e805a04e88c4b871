"""The ledger, and the value that each entitlement was claimed with; with what has happened so far.

Rows are written as though the ledger had been there from the first claim on (docs/decisions/0170).
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

WAYS = (
    "('claim', 'pool', 'citizen'), ('release', 'citizen', 'returned'), ('redeem', 'citizen', 'merchant'), "
    "('rest', 'citizen', 'returned'), ('settle', 'merchant', 'settled'), ('breach', 'merchant', 'settled'), "
    "('reverse', 'merchant', 'citizen'), ('reverse', 'settled', 'citizen'), ('restore', 'returned', 'citizen')"
)
USES = "'redeem', 'settle', 'breach', 'reverse'"
HISTORY = """
    WITH uses AS (
        SELECT r.*, e.value_fen, e.kind = 'voucher' AS at_once,
               coalesce(r.completed_at,
                        CASE WHEN e.kind = 'voucher' THEN r.redeemed_at END,
                        CASE WHEN r.state IN ('done', 'breached') THEN coalesce(
                            (SELECT min(u.occurred_at) FROM usages u WHERE u.redemption_id = r.id), now()) END
               ) AS settled_at
        FROM redemptions r JOIN entitlements e ON e.id = r.entitlement_id WHERE e.kind <> 'application'
    ), moves AS (
        SELECT 1 AS n, 'claim' AS kind, 'pool' AS debit, 'citizen' AS credit, value_fen AS fen, id AS about,
               id AS entitlement_id, NULL::uuid AS merchant_id, created_at AS at
        FROM entitlements WHERE kind <> 'application'
        UNION ALL SELECT 2, 'redeem', 'citizen', 'merchant', waived_fen, id, entitlement_id, merchant_id, redeemed_at
        FROM uses
        UNION ALL SELECT 3, 'rest', 'citizen', 'returned', value_fen - waived_fen, id, entitlement_id, NULL, redeemed_at
        FROM uses
        UNION ALL SELECT 4, CASE WHEN state = 'breached' THEN 'breach' ELSE 'settle' END, 'merchant', 'settled',
               waived_fen, id, entitlement_id, merchant_id, settled_at
        FROM uses WHERE settled_at IS NOT NULL
        UNION ALL SELECT 5, 'reverse', CASE WHEN settled_at IS NULL THEN 'merchant' ELSE 'settled' END, 'citizen',
               waived_fen, id, entitlement_id, merchant_id, reversed_at
        FROM uses WHERE state = 'reversed'
        UNION ALL SELECT 6, 'restore', 'returned', 'citizen', value_fen - waived_fen, id, entitlement_id, NULL,
               reversed_at
        FROM uses WHERE state = 'reversed'
        UNION ALL SELECT 7, 'release', 'citizen', 'returned', value_fen, id, id, NULL,
               coalesce((SELECT max(s.at) FROM entitlement_steps s WHERE s.entitlement_id = entitlements.id), now())
        FROM entitlements WHERE kind <> 'application' AND NOT quota_held
    )
    INSERT INTO ledger_entries (kind, debit, credit, fen, about, entitlement_id, merchant_id, at)
    SELECT kind, debit, credit, fen, about, entitlement_id, merchant_id, at
    FROM moves WHERE fen > 0 OR merchant_id IS NOT NULL ORDER BY at, n
"""


def upgrade() -> None:
    op.add_column("entitlements", sa.Column("value_fen", sa.BigInteger(), nullable=True))
    op.execute(
        "UPDATE entitlements e SET value_fen = greatest(o.value_fen, "
        "(SELECT max(r.waived_fen) FROM redemptions r WHERE r.entitlement_id = e.id)) "
        "FROM offers o WHERE o.id = e.offer_id"
    )
    op.alter_column("entitlements", "value_fen", nullable=False)
    op.create_check_constraint(op.f("ck_entitlements_value"), "entitlements", "value_fen >= 0")
    op.create_table(
        "ledger_entries",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("debit", sa.String(), nullable=False),
        sa.Column("credit", sa.String(), nullable=False),
        sa.Column("fen", sa.BigInteger(), nullable=False),
        sa.Column("about", sa.Uuid(), nullable=False),
        sa.Column("entitlement_id", sa.Uuid(), nullable=False),
        sa.Column("merchant_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(f"(kind, debit, credit) IN ({WAYS})", name=op.f("ck_ledger_entries_way")),
        sa.CheckConstraint(f"fen > 0 OR (fen = 0 AND kind IN ({USES}))", name=op.f("ck_ledger_entries_fen")),
        sa.CheckConstraint(
            f"(kind IN ({USES})) = (merchant_id IS NOT NULL)", name=op.f("ck_ledger_entries_merchant")
        ),
        sa.ForeignKeyConstraint(
            ["entitlement_id"], ["entitlements.id"], name=op.f("fk_ledger_entries_entitlement_id")
        ),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name=op.f("fk_ledger_entries_merchant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_entries")),
        sa.UniqueConstraint("about", "kind", name=op.f("uq_ledger_entries_about_kind")),
    )
    op.create_index("ix_ledger_entries_entitlement", "ledger_entries", ["entitlement_id"])
    op.create_index(
        "ix_ledger_entries_merchant", "ledger_entries", ["merchant_id", "at", "id"],
        postgresql_where=sa.text("merchant_id IS NOT NULL"),
    )
    op.execute(HISTORY)
    op.execute(
        "CREATE FUNCTION ledger_immutable() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "RAISE EXCEPTION 'the ledger never changes' USING ERRCODE = 'restrict_violation'; END $$"
    )
    op.execute(
        "CREATE TRIGGER ledger_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_entries "
        "FOR EACH STATEMENT EXECUTE FUNCTION ledger_immutable()"
    )
    op.execute(
        "CREATE FUNCTION ledger_covered() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "IF (SELECT sum(CASE WHEN credit = NEW.debit THEN fen WHEN debit = NEW.debit THEN -fen ELSE 0 END) "
        "FROM ledger_entries WHERE entitlement_id = NEW.entitlement_id) < 0 THEN "
        "RAISE EXCEPTION 'nothing moves that is not there' "
        "USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_covered'; END IF; RETURN NULL; END $$"
    )
    op.execute(
        "CREATE CONSTRAINT TRIGGER ledger_covered AFTER INSERT ON ledger_entries DEFERRABLE INITIALLY DEFERRED "
        "FOR EACH ROW WHEN (NEW.debit <> 'pool') EXECUTE FUNCTION ledger_covered()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER ledger_covered ON ledger_entries")
    op.execute("DROP FUNCTION ledger_covered()")
    op.execute("DROP TRIGGER ledger_immutable ON ledger_entries")
    op.execute("DROP FUNCTION ledger_immutable()")
    op.drop_table("ledger_entries")
    op.drop_constraint(op.f("ck_entitlements_value"), "entitlements")
    op.drop_column("entitlements", "value_fen")
