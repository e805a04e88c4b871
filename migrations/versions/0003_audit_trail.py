"""Audit trail."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "trail_blocks",
        sa.Column("no", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("leaves", postgresql.ARRAY(sa.LargeBinary()), nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("before", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_trail_blocks")),
        sa.UniqueConstraint("digest", name=op.f("uq_trail_blocks_digest")),
    )
    op.create_table(
        "trail_entries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("citizen_id", sa.Uuid(), nullable=True),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("consent_id", sa.Uuid(), nullable=True),
        sa.Column("about", sa.String(), nullable=True),
        sa.Column("block_no", sa.BigInteger(), nullable=True),
        sa.Column("place", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trail_entries")),
    )
    op.create_index("ix_trail_entries_citizen", "trail_entries", ["citizen_id", "at", "id"], unique=False)
    op.create_index(
        "ix_trail_entries_unsealed",
        "trail_entries",
        ["id"],
        unique=False,
        postgresql_where="block_no IS NULL",
    )
    op.execute("""
        CREATE FUNCTION trail_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'UPDATE' AND OLD.block_no IS NULL AND OLD.place IS NULL
               AND (to_jsonb(NEW) - 'block_no' - 'place') = (to_jsonb(OLD) - 'block_no' - 'place') THEN
                RETURN NEW;
            END IF;
            RAISE EXCEPTION 'trail entries are only added' USING ERRCODE = 'restrict_violation';
        END $$
    """)
    op.execute(
        "CREATE TRIGGER trail_entries_append_only BEFORE UPDATE OR DELETE ON trail_entries "
        "FOR EACH ROW EXECUTE FUNCTION trail_append_only()"
    )
    op.execute(
        "CREATE FUNCTION trail_blocks_fixed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "RAISE EXCEPTION 'trail blocks never change' USING ERRCODE = 'restrict_violation'; END $$"
    )
    op.execute(
        "CREATE TRIGGER trail_blocks_fixed BEFORE UPDATE OR DELETE ON trail_blocks "
        "FOR EACH ROW EXECUTE FUNCTION trail_blocks_fixed()"
    )
    for table in ("trail_entries", "trail_blocks"):
        op.execute(
            f"CREATE TRIGGER {table}_never_emptied BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION trail_blocks_fixed()"
        )


def downgrade() -> None:
    op.execute("DROP TRIGGER trail_blocks_fixed ON trail_blocks")
    op.execute("DROP TRIGGER trail_blocks_never_emptied ON trail_blocks")
    op.execute("DROP TRIGGER trail_entries_never_emptied ON trail_entries")
    op.execute("DROP FUNCTION trail_blocks_fixed()")
    op.execute("DROP TRIGGER trail_entries_append_only ON trail_entries")
    op.execute("DROP FUNCTION trail_append_only()")
    op.drop_table("trail_entries")
    op.drop_table("trail_blocks")
