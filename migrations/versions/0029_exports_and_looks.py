"""Exports that a second person agrees to; looks at records of people who have no account yet, found by the record;
what the volunteers of a scope have served, wherever they served it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

TABLE = "export_requests"
# Stars count all hours, also those that another county recorded: read as the owner, for the scope's volunteers only.
OWN = """volunteer.organisation_path >= current_setting('xinyi.path', true)
          AND volunteer.organisation_path < current_setting('xinyi.path', true) || '~'"""
TOTALS = """
CREATE FUNCTION xinyi_volunteer_minutes() RETURNS TABLE (volunteer_id uuid, minutes bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp ROWS 10000 AS $$
    SELECT volunteer.id, sum(record.minutes)::bigint
    FROM volunteers AS volunteer JOIN service_records AS record ON record.volunteer_id = volunteer.id
    WHERE <own> GROUP BY volunteer.id
$$
"""
MONTHS = """
CREATE FUNCTION xinyi_volunteer_months(at_least bigint, since date)
RETURNS TABLE (volunteer_id uuid, month date, minutes bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp ROWS 10000 AS $$
    WITH starred AS MATERIALIZED (
        SELECT volunteer.id FROM volunteers AS volunteer JOIN service_records AS record
            ON record.volunteer_id = volunteer.id
        WHERE <own> GROUP BY volunteer.id HAVING sum(record.minutes) >= at_least)
    SELECT starred.id, CASE WHEN served_on >= since THEN date_trunc('month', served_on::timestamp)::date END AS month,
           sum(service_records.minutes)::bigint
    FROM starred JOIN service_records ON service_records.volunteer_id = starred.id
    GROUP BY 1, 2
$$
"""


def upgrade() -> None:
    op.create_index("ix_trail_entries_about", "trail_entries", ["about", "at", "id"],
                    postgresql_where="citizen_id IS NULL")
    op.create_index("ix_service_records_served", "service_records", ["volunteer_id"],
                    postgresql_include=["served_on", "minutes"])
    op.create_table(
        TABLE,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("table_id", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("asked_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_path", sa.String(collation="C"), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('open', 'approved', 'refused', 'taken')", name=op.f(f"ck_{TABLE}_state")),
        sa.CheckConstraint("decided_by <> asked_by", name=op.f(f"ck_{TABLE}_second_person")),
        sa.CheckConstraint("(decided_by IS NULL) = (decided_at IS NULL)", name=op.f(f"ck_{TABLE}_decided")),
        sa.CheckConstraint("state = 'taken' OR (state = 'open') = (decided_by IS NULL)",
                           name=op.f(f"ck_{TABLE}_decision")),
        sa.CheckConstraint("(state = 'taken') = (taken_at IS NOT NULL)", name=op.f(f"ck_{TABLE}_taken")),
        sa.CheckConstraint("state <> 'taken' OR decided_by IS NOT NULL OR rows <= 500", name=op.f(f"ck_{TABLE}_alone")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f(f"fk_{TABLE}_organisation_id")),
        sa.ForeignKeyConstraint(["asked_by"], ["staff_accounts.id"], name=op.f(f"fk_{TABLE}_asked_by")),
        sa.ForeignKeyConstraint(["decided_by"], ["staff_accounts.id"], name=op.f(f"fk_{TABLE}_decided_by")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{TABLE}")),
        sa.UniqueConstraint("number", name=op.f(f"uq_{TABLE}_number")),
    )
    op.create_index(op.f(f"ix_{TABLE}_organisation_path"), TABLE, ["organisation_path"])
    op.create_index(f"ix_{TABLE}_asked_by", TABLE, ["asked_by", "taken_at"])
    op.execute(f"SELECT xinyi_protect('{TABLE}')")
    for function in (TOTALS, MONTHS):
        op.execute(function.replace("<own>", OWN))


def downgrade() -> None:
    """Who asked for which export is lost here; the trail keeps what was taken."""
    op.execute("DROP FUNCTION xinyi_volunteer_months(bigint, date)")
    op.execute("DROP FUNCTION xinyi_volunteer_minutes()")
    op.execute(f"SELECT xinyi_unprotect('{TABLE}')")
    op.drop_table(TABLE)
    op.drop_index("ix_service_records_served", "service_records")
    op.drop_index("ix_trail_entries_about", "trail_entries")
