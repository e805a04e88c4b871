"""Accounts of the console with roles, sessions and tries; how far long work has come."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_unique_constraint(op.f("uq_stores_id_merchant_id"), "stores", ["id", "merchant_id"])
    op.create_table(
        "organisations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("level", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("region", sa.String(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(level = 'province') = (parent_id IS NULL)", name=op.f("ck_organisations_root")),
        sa.CheckConstraint("level IN ('province', 'city', 'county', 'unit')", name=op.f("ck_organisations_level")),
        sa.CheckConstraint("path LIKE '/%/'", name=op.f("ck_organisations_path")),
        sa.CheckConstraint("region ~ '^[0-9]{6}$'", name=op.f("ck_organisations_region")),
        sa.ForeignKeyConstraint(["parent_id"], ["organisations.id"], name=op.f("fk_organisations_parent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisations")),
        sa.UniqueConstraint("parent_id", "name", name=op.f("uq_organisations_parent_id_name")),
        sa.UniqueConstraint("path", name=op.f("uq_organisations_path")),
    )
    op.create_table(
        "staff_accounts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("login", sa.String(), nullable=False),
        sa.Column("display_name", sa.String(), nullable=False),
        sa.Column("realm", sa.String(), nullable=False),
        sa.Column("merchant_id", sa.Uuid(), nullable=True),
        sa.Column("organisation_id", sa.Uuid(), nullable=True),
        sa.Column("phone_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("password_hash", sa.String(), nullable=True),
        sa.Column("password_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("totp_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("totp_next_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("totp_step", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(realm = 'league') = (organisation_id IS NOT NULL)", name=op.f("ck_staff_accounts_organisation")
        ),
        sa.CheckConstraint("(realm = 'merchant') = (merchant_id IS NOT NULL)", name=op.f("ck_staff_accounts_merchant")),
        sa.CheckConstraint("login ~ '^[a-z0-9][a-z0-9._-]{2,39}$'", name=op.f("ck_staff_accounts_login")),
        sa.CheckConstraint("realm IN ('operations', 'league', 'merchant')", name=op.f("ck_staff_accounts_realm")),
        sa.CheckConstraint("state <> 'active' OR password_hash IS NOT NULL", name=op.f("ck_staff_accounts_active")),
        sa.CheckConstraint("state IN ('invited', 'active', 'closed')", name=op.f("ck_staff_accounts_state")),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name=op.f("fk_staff_accounts_merchant_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_staff_accounts_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_accounts")),
        sa.UniqueConstraint("id", "merchant_id", name=op.f("uq_staff_accounts_id_merchant_id")),
        sa.UniqueConstraint("id", "realm", name=op.f("uq_staff_accounts_id_realm")),
        sa.UniqueConstraint("login", name=op.f("uq_staff_accounts_login")),
    )
    op.create_index("ix_staff_accounts_merchant", "staff_accounts", ["merchant_id"], unique=False)
    op.create_table(
        "staff_roles",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("realm", sa.String(), nullable=False),
        sa.Column("merchant_id", sa.Uuid(), nullable=True),
        sa.Column("store_id", sa.Uuid(), nullable=True),
        sa.Column("granted_by", sa.String(), nullable=False),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(realm = 'merchant') = (merchant_id IS NOT NULL)", name=op.f("ck_staff_roles_merchant")),
        sa.CheckConstraint(
            "(realm = 'operations' AND role IN ('operator', 'system_admin', 'security_admin', 'audit_admin'))"
            " OR (realm = 'league' AND role IN ('registrar', 'hours_officer', 'reviewer', 'list_officer',"
            " 'viewer')) OR (realm = 'merchant' AND role IN ('manager', 'clerk'))",
            name=op.f("ck_staff_roles_role"),
        ),
        sa.CheckConstraint("(role = 'clerk') = (store_id IS NOT NULL)", name=op.f("ck_staff_roles_store")),
        sa.ForeignKeyConstraint(
            ["account_id", "merchant_id"],
            ["staff_accounts.id", "staff_accounts.merchant_id"],
            name="fk_staff_roles_merchant",
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "realm"],
            ["staff_accounts.id", "staff_accounts.realm"],
            name=op.f("fk_staff_roles_account_id_realm"),
        ),
        sa.ForeignKeyConstraint(
            ["store_id", "merchant_id"], ["stores.id", "stores.merchant_id"], name="fk_staff_roles_store"
        ),
        sa.PrimaryKeyConstraint("account_id", "role", name=op.f("pk_staff_roles")),
    )
    op.create_index(
        "uq_staff_roles_one_administrator",
        "staff_roles",
        ["account_id"],
        unique=True,
        postgresql_where="role IN ('system_admin', 'security_admin', 'audit_admin')",
    )
    op.create_index(
        "uq_staff_roles_one_at_merchant",
        "staff_roles",
        ["account_id"],
        unique=True,
        postgresql_where="realm = 'merchant'",
    )
    op.create_table(
        "staff_role_requests",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("change", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'open') = (decided_by IS NULL AND decided_at IS NULL)",
            name=op.f("ck_staff_role_requests_decided"),
        ),
        sa.CheckConstraint("change IN ('grant', 'take')", name=op.f("ck_staff_role_requests_change")),
        sa.CheckConstraint("state IN ('open', 'approved', 'refused')", name=op.f("ck_staff_role_requests_state")),
        sa.CheckConstraint(
            "decided_by <> asked_by AND decided_by <> account_id", name=op.f("ck_staff_role_requests_second_person")
        ),
        sa.ForeignKeyConstraint(["account_id"], ["staff_accounts.id"], name=op.f("fk_staff_role_requests_account_id")),
        sa.ForeignKeyConstraint(["asked_by"], ["staff_accounts.id"], name=op.f("fk_staff_role_requests_asked_by")),
        sa.ForeignKeyConstraint(["decided_by"], ["staff_accounts.id"], name=op.f("fk_staff_role_requests_decided_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_role_requests")),
    )
    op.create_index(
        "uq_staff_role_requests_open",
        "staff_role_requests",
        ["account_id", "role"],
        unique=True,
        postgresql_where="state = 'open'",
    )
    op.create_table(
        "staff_invitations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("invited_by", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["staff_accounts.id"], name=op.f("fk_staff_invitations_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_invitations")),
        sa.UniqueConstraint("digest", name=op.f("uq_staff_invitations_digest")),
    )
    op.create_index(op.f("ix_staff_invitations_account_id"), "staff_invitations", ["account_id"], unique=False)
    op.create_table(
        "staff_recovery_codes",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["staff_accounts.id"], name=op.f("fk_staff_recovery_codes_account_id")),
        sa.PrimaryKeyConstraint("account_id", "digest", name=op.f("pk_staff_recovery_codes")),
    )
    op.create_table(
        "staff_sessions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proven_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_reason", sa.String(), nullable=True),
        sa.Column("network", sa.String(), nullable=False),
        sa.Column("agent", sa.String(), nullable=False),
        sa.Column("notices", postgresql.JSONB(), nullable=False),
        sa.CheckConstraint("stage IN ('code', 'enrol', 'full')", name=op.f("ck_staff_sessions_stage")),
        sa.ForeignKeyConstraint(["account_id"], ["staff_accounts.id"], name=op.f("fk_staff_sessions_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_sessions")),
        sa.UniqueConstraint("digest", name=op.f("uq_staff_sessions_digest")),
    )
    op.create_index(
        "ix_staff_sessions_account", "staff_sessions", ["account_id"], unique=False, postgresql_where="ended_at IS NULL"
    )
    op.create_index(op.f("ix_staff_sessions_expires_at"), "staff_sessions", ["expires_at"], unique=False)
    op.create_table(
        "staff_tries",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("who", sa.LargeBinary(), nullable=False),
        sa.Column("failures", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("kind", "who", name=op.f("pk_staff_tries")),
    )
    op.create_index(op.f("ix_staff_tries_last_at"), "staff_tries", ["last_at"], unique=False)
    op.create_table(
        "work_progress",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=True),
        sa.Column("told", postgresql.JSONB(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('waiting', 'running', 'done', 'failed')", name=op.f("ck_work_progress_state")),
        sa.CheckConstraint("done >= 0 AND (total IS NULL OR done <= total)", name=op.f("ck_work_progress_done")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_work_progress")),
    )
    op.create_index("ix_work_progress_owner", "work_progress", ["owner", "began_at"], unique=False)


def downgrade() -> None:
    for table in (
        "work_progress",
        "staff_tries",
        "staff_sessions",
        "staff_recovery_codes",
        "staff_invitations",
        "staff_role_requests",
        "staff_roles",
        "staff_accounts",
        "organisations",
    ):
        op.drop_table(table)
    op.drop_constraint(op.f("uq_stores_id_merchant_id"), "stores", type_="unique")
