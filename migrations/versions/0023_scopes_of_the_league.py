"""Whose a volunteer is, and row-level security for the League's staff: the second line behind the WHERE of every query.

The role `xinyi_league` has no log-in: a transaction of staff takes it (app/staff/scoping.py) and says which part of the
tree it may see in `xinyi.path`. Where nothing was said there is nothing to see.
"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

ROLE = """
DO $$ BEGIN
    IF to_regrole('xinyi_league') IS NULL THEN
        CREATE ROLE xinyi_league NOLOGIN;
    END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$
"""
MEMBER = """
DO $$ BEGIN
    IF NOT pg_has_role(current_user, 'xinyi_league', 'SET') THEN
        GRANT xinyi_league TO CURRENT_USER WITH INHERIT FALSE, SET TRUE;
    END IF;
END $$
"""
GRANTS = (
    "GRANT USAGE ON SCHEMA public TO xinyi_league",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO xinyi_league",
    "GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO xinyi_league",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO xinyi_league",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE ON SEQUENCES TO xinyi_league",
)
REVOKES = (
    "ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON TABLES FROM xinyi_league",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON SEQUENCES FROM xinyi_league",
    "REVOKE ALL ON ALL TABLES IN SCHEMA public FROM xinyi_league",
    "REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM xinyi_league",
    "REVOKE USAGE ON SCHEMA public FROM xinyi_league",
)
# Compared as bytes, by operators that the planner may use before the policy: an index on the path serves both lines.
PROTECT = """
CREATE FUNCTION xinyi_protect(of_table regclass) RETURNS void LANGUAGE plpgsql AS $body$
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', of_table);
    EXECUTE format('CREATE POLICY subtree ON %s TO xinyi_league
        USING (organisation_path >= current_setting(''xinyi.path'', true)
               AND organisation_path < current_setting(''xinyi.path'', true) || ''~'')', of_table);
END $body$
"""
UNPROTECT = """
CREATE FUNCTION xinyi_unprotect(of_table regclass) RETURNS void LANGUAGE plpgsql AS $body$
BEGIN
    EXECUTE format('DROP POLICY subtree ON %s', of_table);
    EXECUTE format('ALTER TABLE %s DISABLE ROW LEVEL SECURITY', of_table);
END $body$
"""
# Who came with a region only belongs to its county, or its city, or the province.
HOME = """
UPDATE volunteers SET organisation_id = home.id, organisation_path = home.path
FROM (SELECT volunteer.id AS volunteer_id, nearest.id, nearest.path FROM volunteers AS volunteer, LATERAL (
          SELECT id, path FROM organisations
          WHERE (level = 'county' AND region = volunteer.region)
             OR (level = 'city' AND region = left(volunteer.region, 4) || '00')
             OR (level = 'province' AND region = left(volunteer.region, 2) || '0000')
          ORDER BY array_position(ARRAY['county', 'city', 'province'], level), created_at LIMIT 1) AS nearest) AS home
WHERE volunteers.id = home.volunteer_id
"""
RECORDS = """
UPDATE service_records SET organisation_id = volunteers.organisation_id,
                           organisation_path = volunteers.organisation_path
FROM volunteers WHERE volunteers.id = service_records.volunteer_id
"""
TABLES = ("volunteers", "service_records")


def upgrade() -> None:
    for statement in (ROLE, MEMBER, *GRANTS, PROTECT, UNPROTECT):
        op.execute(statement)
    op.create_index("uq_organisations_root", "organisations", ["level"], unique=True,
                    postgresql_where="level = 'province'")
    for table in TABLES:
        op.add_column(table, sa.Column("organisation_id", sa.Uuid(), nullable=True))
        op.add_column(table, sa.Column("organisation_path", sa.String(collation="C"), nullable=False,
                                       server_default="/"))
        op.alter_column(table, "organisation_path", server_default=None)
        op.create_foreign_key(op.f(f"fk_{table}_organisation_id"), table, "organisations", ["organisation_id"], ["id"])
        op.create_index(op.f(f"ix_{table}_organisation_path"), table, ["organisation_path"])
    op.execute(HOME)
    op.execute(RECORDS)
    for table in TABLES:
        op.execute(f"SELECT xinyi_protect('{table}')")


def downgrade() -> None:
    """The role stays: it is the cluster's, and other databases may use it."""
    for table in TABLES:
        op.execute(f"SELECT xinyi_unprotect('{table}')")
        op.drop_index(op.f(f"ix_{table}_organisation_path"), table)
        op.drop_constraint(op.f(f"fk_{table}_organisation_id"), table)
        op.drop_column(table, "organisation_path")
        op.drop_column(table, "organisation_id")
    op.drop_index("uq_organisations_root", "organisations")
    op.execute("DROP FUNCTION xinyi_unprotect(regclass)")
    op.execute("DROP FUNCTION xinyi_protect(regclass)")
    for statement in REVOKES:
        op.execute(statement)
