"""Spreadsheets on their way into the register: files, their rows, how an organisation's columns are read."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

STATES = ("state IN ('reading', 'refused', 'mapping', 'checking', 'ready', 'writing', 'done', 'undoing', 'undone',"
          " 'dropped')")
TABLES = ("imports", "import_chunks", "import_mappings")


def upgrade() -> None:
    _imports()
    _chunks()
    _mappings()
    for table in TABLES:
        op.execute(f"SELECT xinyi_protect('{table}')")


def _imports() -> None:
    op.create_table(
        "imports",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_path", sa.String(collation="C"), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("level", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("data_key", sa.LargeBinary(), nullable=True),
        sa.Column("file_name_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("file_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("head_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=True),
        sa.Column("mapping", postgresql.JSONB(), nullable=True),
        sa.Column("choice", sa.String(), nullable=True),
        sa.Column("refusal", sa.String(), nullable=True),
        sa.Column("refused_row", sa.BigInteger(), nullable=True),
        sa.Column("work_id", sa.Uuid(), nullable=True),
        sa.Column("counts", postgresql.JSONB(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False)
          for name in ("chunks", "rows", "checked", "written", "undone")),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(STATES, name=op.f("ck_imports_state")),
        sa.CheckConstraint("choice IN ('all', 'valid')", name=op.f("ck_imports_choice")),
        sa.CheckConstraint("(state = 'refused') = (refusal IS NOT NULL)", name=op.f("ck_imports_refusal")),
        sa.CheckConstraint("state NOT IN ('writing', 'done') OR choice IS NOT NULL", name=op.f("ck_imports_chosen")),
        sa.CheckConstraint("checked <= chunks AND written <= chunks AND undone <= written",
                           name=op.f("ck_imports_cursors")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_imports_organisation_id")),
        sa.ForeignKeyConstraint(["account_id"], ["staff_accounts.id"], name=op.f("fk_imports_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_imports")),
    )
    op.create_index("ix_imports_organisation", "imports", ["organisation_path", "began_at"])
    op.create_index("ix_imports_kept", "imports", ["ended_at"], postgresql_where="data_key IS NOT NULL")


def _chunks() -> None:
    op.create_table(
        "import_chunks",
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_path", sa.String(collation="C"), nullable=False),
        sa.Column("rows_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("seen", sa.String(), nullable=True),
        sa.Column("became", sa.String(), nullable=True),
        sa.Column("words", postgresql.JSONB(), nullable=False),
        sa.Column("left", postgresql.JSONB(), nullable=False),
        sa.Column("effects_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["import_id"], ["imports.id"], name=op.f("fk_import_chunks_import_id"),
                                ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"],
                                name=op.f("fk_import_chunks_organisation_id")),
        sa.PrimaryKeyConstraint("import_id", "number", name=op.f("pk_import_chunks")),
    )


def _mappings() -> None:
    op.create_table(
        "import_mappings",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("organisation_path", sa.String(collation="C"), nullable=False),
        sa.Column("mapping", postgresql.JSONB(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"],
                                name=op.f("fk_import_mappings_organisation_id")),
        sa.PrimaryKeyConstraint("organisation_id", "kind", "fingerprint", name=op.f("pk_import_mappings")),
    )


def downgrade() -> None:
    """Files that are on their way, and what would undo those that have arrived, are lost."""
    for table in reversed(TABLES):
        op.execute(f"SELECT xinyi_unprotect('{table}')")
        op.drop_table(table)
