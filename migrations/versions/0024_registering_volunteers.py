"""Registering: what names a volunteer, a guardian's consent, the real-name check, why somebody left; transfers."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

COLUMNS = (
    sa.Column("name_index", sa.LargeBinary(), nullable=True),
    sa.Column("id_number_sealed", sa.LargeBinary(), nullable=True),
    sa.Column("phone_sealed", sa.LargeBinary(), nullable=True),
    sa.Column("guardian_sealed", sa.LargeBinary(), nullable=True),
    sa.Column("own_income", sa.Boolean(), nullable=False, server_default=sa.false()),
    sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True),
    sa.Column("reason", sa.String(), nullable=True),
    sa.Column("left_cause", sa.String(), nullable=True),
    sa.Column("real_name_state", sa.String(), nullable=False, server_default="unchecked"),
    sa.Column("real_name_by", sa.String(), nullable=True),
    sa.Column("real_name_at", sa.DateTime(timezone=True), nullable=True),
    sa.Column("real_name_agreed_on", sa.Date(), nullable=True),
    sa.Column("real_name_due_at", sa.DateTime(timezone=True), nullable=True),
)
CHECKS = {
    "left": "(state = 'left') = (left_cause IS NOT NULL)",
    "left_cause": "left_cause IN ('own_wish', 'cause')",
    "refused": "state <> 'refused' OR reason IS NOT NULL",
    "real_name_state": "real_name_state IN ('unchecked', 'waiting', 'matched', 'mismatched')",
    "real_name_by": "(real_name_state = 'matched') = (real_name_by IS NOT NULL)",
    "real_name_by_whom": "real_name_by IN ('citizen', 'platform', 'paper')",
    "real_name_agreed": "real_name_state <> 'waiting' OR (real_name_agreed_on IS NOT NULL AND real_name_due_at IS NOT"
                        " NULL)",
}
STATES = "state IN ('applied', 'refused', 'registered', 'left')"
STATES_BEFORE = "state IN ('applied', 'registered', 'left')"
BOTH = """
CREATE POLICY both_sides ON volunteer_transfers TO xinyi_league
USING ((organisation_path >= current_setting('xinyi.path', true)
        AND organisation_path < current_setting('xinyi.path', true) || '~')
    OR (to_path >= current_setting('xinyi.path', true) AND to_path < current_setting('xinyi.path', true) || '~'))
"""


def upgrade() -> None:
    for column in COLUMNS:
        op.add_column("volunteers", column._copy())
    op.execute("UPDATE volunteers SET changed_at = coalesce(registered_at, applied_at)")
    op.execute("UPDATE volunteers SET left_cause = 'own_wish' WHERE state = 'left'")
    op.alter_column("volunteers", "changed_at", nullable=False)
    for name in ("own_income", "real_name_state"):
        op.alter_column("volunteers", name, server_default=None)
    op.drop_constraint(op.f("ck_volunteers_state"), "volunteers")
    op.create_check_constraint(op.f("ck_volunteers_state"), "volunteers", STATES)
    for name, rule in CHECKS.items():
        op.create_check_constraint(op.f(f"ck_volunteers_{name}"), "volunteers", rule)
    op.create_index("ix_volunteers_name", "volunteers", ["name_index"])
    op.create_index("ix_volunteers_real_name_due", "volunteers", ["real_name_due_at"],
                    postgresql_where="real_name_state = 'waiting'")
    op.create_index("ix_volunteers_open", "volunteers", ["organisation_path", "applied_at"],
                    postgresql_where="state = 'applied' OR real_name_state = 'mismatched'")
    _transfers()


def _transfers() -> None:
    table = "volunteer_transfers"
    op.create_table(
        table,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("volunteer_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=True),
        sa.Column("organisation_path", sa.String(collation="C"), nullable=False),
        sa.Column("to_organisation_id", sa.Uuid(), nullable=False),
        sa.Column("to_path", sa.String(collation="C"), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("name_same", sa.Boolean(), nullable=False),
        sa.Column("shown_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.String(), nullable=True),
        sa.CheckConstraint("state IN ('asked', 'agreed', 'declined', 'withdrawn', 'expired')",
                           name=op.f(f"ck_{table}_state")),
        sa.CheckConstraint("(state = 'asked') = (ended_at IS NULL)", name=op.f(f"ck_{table}_ended")),
        sa.CheckConstraint("state NOT IN ('agreed', 'declined') OR decided_by <> asked_by",
                           name=op.f(f"ck_{table}_second_person")),
        sa.CheckConstraint("(state = 'declined') = (answer IS NOT NULL)", name=op.f(f"ck_{table}_answer")),
        sa.ForeignKeyConstraint(["volunteer_id"], ["volunteers.id"], name=op.f(f"fk_{table}_volunteer_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f(f"fk_{table}_organisation_id")),
        sa.ForeignKeyConstraint(["to_organisation_id"], ["organisations.id"],
                                name=op.f(f"fk_{table}_to_organisation_id")),
        sa.ForeignKeyConstraint(["asked_by"], ["staff_accounts.id"], name=op.f(f"fk_{table}_asked_by")),
        sa.ForeignKeyConstraint(["decided_by"], ["staff_accounts.id"], name=op.f(f"fk_{table}_decided_by")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )
    op.create_index("uq_volunteer_transfers_open", table, ["volunteer_id"], unique=True,
                    postgresql_where="state = 'asked'")
    op.create_index("ix_volunteer_transfers_to", table, ["to_path", "asked_at"])
    for column in ("volunteer_id", "organisation_path", "expires_at"):
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(BOTH)


def downgrade() -> None:
    """Numbers, phones, guardians and transfers are lost; who was refused has applied again."""
    op.drop_table("volunteer_transfers")
    for index in ("ix_volunteers_open", "ix_volunteers_real_name_due", "ix_volunteers_name"):
        op.drop_index(index, "volunteers")
    for name in CHECKS:
        op.drop_constraint(op.f(f"ck_volunteers_{name}"), "volunteers")
    op.execute("UPDATE volunteers SET state = 'applied' WHERE state = 'refused'")
    op.drop_constraint(op.f("ck_volunteers_state"), "volunteers")
    op.create_check_constraint(op.f("ck_volunteers_state"), "volunteers", STATES_BEFORE)
    for column in reversed(COLUMNS):
        op.drop_column("volunteers", column.name)
