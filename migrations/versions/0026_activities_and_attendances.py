"""Activities, attendances with their flags, samples; service records are only ever added to.

What the tables can't say in a CHECK stands in triggers: a record never changes, a correction leaves no less than
nothing, nobody confirms their own hours or what is flagged. They run as the tables' owner, since a volunteer may be
another county's than the one whose staff writes.
"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

SCOPED = ("service_activities", "attendances", "attendance_flags", "hour_samples", "hour_sample_items",
          "officer_volunteers")
MINUTES = """
CREATE FUNCTION xinyi_minutes(of_volunteer uuid) RETURNS bigint LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public AS $$
    SELECT coalesce(sum(minutes), 0)::bigint FROM service_records WHERE volunteer_id = of_volunteer
$$
"""
# A record's place in the tree is a copy and may follow; what it says may not.
APPEND_ONLY = """
CREATE FUNCTION service_records_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND to_jsonb(NEW) - 'organisation_id' - 'organisation_path'
                          = to_jsonb(OLD) - 'organisation_id' - 'organisation_path' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'service records are only added' USING ERRCODE = 'restrict_violation';
END $$
"""
# Those who take away wait for each other at the volunteer's row; each then sees what the one before has left.
LEFT_OVER = """
CREATE FUNCTION service_records_left_over() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public AS $$
BEGIN
    PERFORM 1 FROM volunteers WHERE id = NEW.volunteer_id FOR NO KEY UPDATE;
    IF (SELECT coalesce(sum(minutes), 0) FROM service_records WHERE volunteer_id = NEW.volunteer_id) + NEW.minutes < 0
    THEN
        RAISE EXCEPTION 'less than nothing' USING ERRCODE = 'check_violation',
            CONSTRAINT = 'ck_service_records_left_over';
    END IF;
    IF NEW.corrects_id IS NOT NULL AND NEW.minutes + (
        SELECT sum(minutes) FROM service_records WHERE id = NEW.corrects_id OR corrects_id = NEW.corrects_id) < 0
    THEN
        RAISE EXCEPTION 'less than nothing of this record' USING ERRCODE = 'check_violation',
            CONSTRAINT = 'ck_service_records_left_over';
    END IF;
    RETURN NEW;
END $$
"""
CONFIRMED = """
CREATE FUNCTION attendances_confirmed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public AS $$
BEGIN
    IF EXISTS (SELECT FROM officer_volunteers WHERE account_id = NEW.confirmed_by AND volunteer_id = NEW.volunteer_id)
    THEN
        RAISE EXCEPTION 'nobody confirms their own' USING ERRCODE = 'check_violation',
            CONSTRAINT = 'ck_attendances_own';
    END IF;
    IF EXISTS (SELECT FROM attendance_flags WHERE attendance_id = NEW.id
               AND (cleared_by IS NULL OR cleared_by = NEW.confirmed_by)) THEN
        RAISE EXCEPTION 'flagged' USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_attendances_flagged';
    END IF;
    RETURN NEW;
END $$
"""
# All that waits of these people on these days (and the days beside) is looked at anew. Who writes two attendances of
# one person at once waits here for the other, and then sees it.
FLAG = """
CREATE FUNCTION xinyi_flag_attendances(written uuid[], most bigint, moment timestamptz) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE open_ones bigint;
BEGIN
    PERFORM 1 FROM volunteers WHERE id IN (SELECT volunteer_id FROM attendances WHERE id = ANY (written))
        ORDER BY id FOR NO KEY UPDATE;
    WITH looked AS MATERIALIZED (
        SELECT DISTINCT a.* FROM attendances AS a
        JOIN attendances AS w ON w.volunteer_id = a.volunteer_id AND a.served_on BETWEEN w.served_on - 1
            AND w.served_on + 1
        WHERE w.id = ANY (written) AND a.state = 'waiting'
    ), odd AS MATERIALIZED (
        SELECT a.id, 'overlap' AS kind, string_agg(b.id::text, ' ' ORDER BY b.id) AS told
        FROM looked AS a JOIN attendances AS b ON b.volunteer_id = a.volunteer_id AND b.id <> a.id
            AND b.state IN ('waiting', 'confirmed') AND b.served_on BETWEEN a.served_on - 1 AND a.served_on + 1
            AND ((a.began_at < b.ended_at AND b.began_at < a.ended_at)
                 OR ((a.began_at IS NULL OR b.began_at IS NULL) AND a.served_on = b.served_on
                     AND a.activity_id = b.activity_id))
        GROUP BY a.id
        UNION ALL
        SELECT a.id, 'long_day', sum(b.minutes)::text
        FROM looked AS a JOIN attendances AS b ON b.volunteer_id = a.volunteer_id AND b.served_on = a.served_on
            AND b.state IN ('waiting', 'confirmed')
        GROUP BY a.id HAVING sum(b.minutes) > most
        UNION ALL
        SELECT a.id, 'future', a.served_on::text FROM looked AS a
        WHERE a.ended_at > moment OR a.served_on > (moment AT TIME ZONE 'Asia/Shanghai')::date
    ), gone AS (
        DELETE FROM attendance_flags AS f USING looked
        WHERE f.attendance_id = looked.id AND f.cleared_at IS NULL AND f.kind <> 'future'
            AND NOT EXISTS (SELECT FROM odd WHERE odd.id = f.attendance_id AND odd.kind = f.kind)
    )
    INSERT INTO attendance_flags (id, attendance_id, organisation_id, organisation_path, kind, told, entered_by,
                                  raised_at)
    SELECT gen_random_uuid(), looked.id, looked.organisation_id, looked.organisation_path, odd.kind, odd.told,
           looked.entered_by, moment
    FROM odd JOIN looked ON looked.id = odd.id
    ON CONFLICT (attendance_id, kind) DO UPDATE
        SET told = excluded.told, raised_at = excluded.raised_at, entered_by = excluded.entered_by,
            cleared_by = NULL, cleared_at = NULL, reason = NULL
        WHERE attendance_flags.told <> excluded.told
            OR attendance_flags.entered_by IS DISTINCT FROM excluded.entered_by;
    SELECT count(*) INTO open_ones FROM attendance_flags WHERE attendance_id = ANY (written) AND cleared_at IS NULL;
    RETURN open_ones;
END $$
"""
TRIGGERS = (
    "CREATE TRIGGER service_records_fixed BEFORE UPDATE OR DELETE ON service_records "
    "FOR EACH ROW EXECUTE FUNCTION service_records_fixed()",
    "CREATE TRIGGER service_records_never_emptied BEFORE TRUNCATE ON service_records "
    "FOR EACH STATEMENT EXECUTE FUNCTION service_records_fixed()",
    "CREATE TRIGGER service_records_left_over BEFORE INSERT ON service_records "
    "FOR EACH ROW WHEN (NEW.minutes < 0) EXECUTE FUNCTION service_records_left_over()",
    "CREATE TRIGGER attendances_confirmed BEFORE UPDATE ON attendances "
    "FOR EACH ROW WHEN (NEW.state = 'confirmed' AND OLD.state <> 'confirmed') "
    "EXECUTE FUNCTION attendances_confirmed()",
)


def column(name: str, kind: sa.types.TypeEngine, nullable: bool = False) -> sa.Column:
    return sa.Column(name, kind, nullable=nullable)


def moment() -> sa.DateTime:
    return sa.DateTime(timezone=True)


def scoped(table: str) -> list[sa.schema.SchemaItem]:
    return [column("organisation_id", sa.Uuid()), column("organisation_path", sa.String(collation="C")),
            foreign(table, "organisation_id", "organisations.id")]


def foreign(table: str, name: str, target: str, **more: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([name], [target], name=op.f(f"fk_{table}_{name}"), **more)


def check(table: str, name: str, words: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(words, name=op.f(f"ck_{table}_{name}"))


def key(table: str, name: str = "id") -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(name, name=op.f(f"pk_{table}"))


def upgrade() -> None:
    activities()
    attendances()
    flags()
    samples()
    table = "officer_volunteers"
    op.create_table(
        table, column("account_id", sa.Uuid()), column("volunteer_id", sa.Uuid(), True), *scoped(table),
        column("told_at", moment()), foreign(table, "account_id", "staff_accounts.id"),
        foreign(table, "volunteer_id", "volunteers.id"), key(table, "account_id"))
    records()
    for statement in (MINUTES, APPEND_ONLY, LEFT_OVER, CONFIRMED, FLAG, *TRIGGERS):
        op.execute(statement)
    for table in SCOPED:
        op.execute(f"SELECT xinyi_protect('{table}')")


def activities() -> None:
    table = "service_activities"
    op.create_table(
        table, column("id", sa.Uuid()), *scoped(table), column("organiser", sa.String()), column("region", sa.String()),
        column("title", sa.String()), column("place", sa.String()), column("begins_at", moment()),
        column("ends_at", moment()), column("description", sa.String()), column("risk", sa.String(), True),
        column("dangerous", sa.Boolean()), column("insurance", sa.String(), True), column("unpaid", sa.Boolean()),
        column("source", sa.String()), column("made_by", sa.String()), column("created_at", moment()),
        column("cancelled_at", moment(), True), column("suspected_at", moment(), True),
        check(table, "period", "begins_at < ends_at AND ends_at - begins_at <= interval '366 days'"),
        check(table, "unpaid", "unpaid"), check(table, "source", "source IN ('console', 'import')"),
        check(table, "risk", "source = 'import' OR risk IS NOT NULL"),
        check(table, "insurance", "NOT dangerous OR insurance IS NOT NULL"), key(table))
    op.create_index("ix_service_activities_scope", table, ["organisation_path", "begins_at"])
    op.create_index("uq_service_activities_imported", table, ["organisation_id", "title", "place", "begins_at"],
                    unique=True, postgresql_where="source = 'import'")


def attendances() -> None:
    table = "attendances"
    op.create_table(
        table, column("id", sa.Uuid()), column("activity_id", sa.Uuid()), *scoped(table),
        column("volunteer_id", sa.Uuid()), column("volunteer_no", sa.String()), column("served_on", sa.Date()),
        column("began_at", moment(), True), column("ended_at", moment(), True),
        column("minutes", sa.BigInteger(), True), column("source", sa.String()), column("state", sa.String()),
        column("in_step", sa.BigInteger(), True), column("out_step", sa.BigInteger(), True),
        column("entered_by", sa.Uuid(), True), column("note", sa.String(), True),
        column("reason", sa.String(), True), column("round", sa.BigInteger()),
        column("confirmation_id", sa.Uuid(), True), column("confirmed_by", sa.Uuid(), True),
        column("confirmed_at", moment(), True), column("created_at", moment()),
        foreign(table, "activity_id", "service_activities.id"), foreign(table, "volunteer_id", "volunteers.id"),
        foreign(table, "entered_by", "staff_accounts.id"), foreign(table, "confirmed_by", "staff_accounts.id"),
        check(table, "source", "source IN ('qr', 'hand', 'import')"),
        check(table, "state", "state IN ('present', 'waiting', 'confirmed', 'refused', 'withdrawn')"),
        check(table, "ended", "state IN ('present', 'refused', 'withdrawn') OR minutes IS NOT NULL"),
        check(table, "minutes", "minutes BETWEEN 0 AND 1440"), check(table, "times", "began_at < ended_at"),
        check(table, "confirmed", "state <> 'confirmed' OR (confirmed_by IS NOT NULL AND confirmed_at IS NOT NULL"
                                  " AND confirmation_id IS NOT NULL)"),
        check(table, "refused", "state <> 'refused' OR reason IS NOT NULL"), key(table),
        sa.UniqueConstraint("activity_id", "volunteer_id", "in_step",
                            name=op.f("uq_attendances_activity_id_volunteer_id_in_step")))
    op.create_index("uq_attendances_present", table, ["activity_id", "volunteer_id"], unique=True,
                    postgresql_where="state = 'present'")
    op.create_index("ix_attendances_day", table, ["volunteer_id", "served_on"])
    op.create_index("ix_attendances_activity", table, ["activity_id", "state"])
    op.create_index("ix_attendances_scope", table, ["organisation_path", "confirmed_at"])
    op.create_index("ix_attendances_confirmation", table, ["confirmation_id"],
                    postgresql_where="confirmation_id IS NOT NULL")


def flags() -> None:
    table = "attendance_flags"
    op.create_table(
        table, column("id", sa.Uuid()), column("attendance_id", sa.Uuid()), *scoped(table),
        column("kind", sa.String()), column("told", sa.String()), column("entered_by", sa.Uuid(), True),
        column("raised_at", moment()), column("cleared_by", sa.Uuid(), True), column("cleared_at", moment(), True),
        column("reason", sa.String(), True), foreign(table, "attendance_id", "attendances.id", ondelete="CASCADE"),
        foreign(table, "entered_by", "staff_accounts.id"), foreign(table, "cleared_by", "staff_accounts.id"),
        check(table, "kind", "kind IN ('overlap', 'long_day', 'future')"),
        check(table, "cleared", "(cleared_by IS NULL) = (cleared_at IS NULL) AND (cleared_by IS NULL) = "
                                "(reason IS NULL)"),
        check(table, "second_person", "cleared_by <> entered_by"), key(table),
        sa.UniqueConstraint("attendance_id", "kind", name=op.f("uq_attendance_flags_attendance_id_kind")))
    op.create_index("ix_attendance_flags_scope", table, ["organisation_path", "raised_at"])


def samples() -> None:
    table = "hour_samples"
    op.create_table(
        table, column("id", sa.Uuid()), *scoped(table), column("activity_id", sa.Uuid(), True),
        column("confirmed_from", sa.Date()), column("confirmed_to", sa.Date()), column("percent", sa.BigInteger()),
        column("least", sa.BigInteger()), column("seed", sa.String()), column("population", sa.BigInteger()),
        column("population_ids", sa.ARRAY(sa.Uuid())), column("drawn_by", sa.Uuid()), column("drawn_at", moment()),
        column("ended_at", moment(), True), foreign(table, "activity_id", "service_activities.id"),
        foreign(table, "drawn_by", "staff_accounts.id"), check(table, "percent", "percent BETWEEN 1 AND 100"),
        check(table, "period", "confirmed_from <= confirmed_to"), key(table))
    op.create_index("ix_hour_samples_scope", table, ["organisation_path", "drawn_at"])
    op.create_index("uq_hour_samples_whole", table, ["activity_id"], unique=True,
                    postgresql_where="activity_id IS NOT NULL AND ended_at IS NULL")
    table = "hour_sample_items"
    op.create_table(
        table, column("id", sa.Uuid()), column("sample_id", sa.Uuid()), column("attendance_id", sa.Uuid()),
        *scoped(table), column("place", sa.BigInteger()), column("confirmed_by", sa.Uuid()),
        column("entered_by", sa.Uuid(), True), column("outcome", sa.String(), True), column("note", sa.String(), True),
        column("found_by", sa.Uuid(), True), column("found_at", moment(), True),
        foreign(table, "sample_id", "hour_samples.id"), foreign(table, "attendance_id", "attendances.id"),
        foreign(table, "confirmed_by", "staff_accounts.id"), foreign(table, "entered_by", "staff_accounts.id"),
        foreign(table, "found_by", "staff_accounts.id"), check(table, "outcome", "outcome IN ('right', 'wrong')"),
        check(table, "found", "(outcome IS NULL) = (found_by IS NULL) AND (outcome IS NULL) = (found_at IS NULL)"),
        check(table, "note", "outcome <> 'wrong' OR note IS NOT NULL"),
        check(table, "second_person", "found_by <> confirmed_by AND found_by <> entered_by"), key(table),
        sa.UniqueConstraint("sample_id", "attendance_id", name=op.f("uq_hour_sample_items_sample_id_attendance_id")))
    op.create_index("ix_hour_sample_items_attendance", table, ["attendance_id"])
    op.create_index("ix_hour_sample_items_scope", table, ["organisation_path"])


def records() -> None:
    table = "service_records"
    for name, kind in (("attendance_id", sa.Uuid()), ("round", sa.BigInteger()), ("corrects_id", sa.Uuid()),
                       ("reason", sa.String()), ("author", sa.String())):
        op.add_column(table, column(name, kind, True))
    op.create_foreign_key(op.f("fk_service_records_attendance_id"), table, "attendances", ["attendance_id"], ["id"])
    op.create_foreign_key(op.f("fk_service_records_corrects_id"), table, table, ["corrects_id"], ["id"])
    op.create_check_constraint(op.f("ck_service_records_correction"), table,
                               "corrects_id IS NULL OR (reason IS NOT NULL AND author IS NOT NULL)")
    op.create_check_constraint(op.f("ck_service_records_round"), table, "(attendance_id IS NULL) = (round IS NULL)")
    op.create_index("uq_service_records_confirmed", table, ["attendance_id", "round"], unique=True,
                    postgresql_where="corrects_id IS NULL")
    op.create_index("ix_service_records_corrects", table, ["corrects_id"], postgresql_where="corrects_id IS NOT NULL")


def downgrade() -> None:
    """Records stay, also those that were corrections; what they came from is lost."""
    for table in SCOPED:
        op.execute(f"SELECT xinyi_unprotect('{table}')")
    for name, table in (("service_records_fixed", "service_records"),
                        ("service_records_never_emptied", "service_records"),
                        ("service_records_left_over", "service_records"), ("attendances_confirmed", "attendances")):
        op.execute(f"DROP TRIGGER {name} ON {table}")
    for function in ("xinyi_flag_attendances(uuid[], bigint, timestamptz)", "attendances_confirmed()",
                     "service_records_left_over()", "service_records_fixed()", "xinyi_minutes(uuid)"):
        op.execute(f"DROP FUNCTION {function}")
    table = "service_records"
    op.drop_index("ix_service_records_corrects", table)
    op.drop_index("uq_service_records_confirmed", table)
    op.drop_constraint(op.f("ck_service_records_round"), table)
    op.drop_constraint(op.f("ck_service_records_correction"), table)
    op.drop_constraint(op.f("fk_service_records_corrects_id"), table)
    op.drop_constraint(op.f("fk_service_records_attendance_id"), table)
    for name in ("author", "reason", "corrects_id", "round", "attendance_id"):
        op.drop_column(table, name)
    for table in ("officer_volunteers", "hour_sample_items", "hour_samples", "attendance_flags", "attendances",
                  "service_activities"):
        op.drop_table(table)
