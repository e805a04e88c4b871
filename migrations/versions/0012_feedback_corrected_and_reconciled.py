"""Feedback: parked and corrected records, batches in order, days compared row by row, signed reports."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _batches()
    _feedbacks()
    _corrections()
    _reconciliations()
    _rows_and_differences()
    _reports()
    op.execute(
        "INSERT INTO reconciliation_differences (day, record_no, kind, ours, theirs, found_at) "
        "SELECT r.day, row->>'record_no', CASE row->>'kind' WHEN 'total' THEN 'digest' ELSE row->>'kind' END, "
        "row->>'ours', row->>'theirs', r.checked_at FROM reconciliations r, jsonb_array_elements(r.differences) row "
        "ON CONFLICT DO NOTHING"
    )
    op.drop_column("reconciliations", "differences")


def _batches() -> None:
    op.drop_index("ix_feedback_batches_open", "feedback_batches")
    op.drop_constraint("ck_feedback_batches_state", "feedback_batches")
    op.create_check_constraint(
        op.f("ck_feedback_batches_state"),
        "feedback_batches",
        "state IN ('ready', 'sending', 'settled', 'parked', 'undone')",
    )
    op.add_column("feedback_batches", sa.Column("oldest_at", MOMENT, nullable=True))
    op.execute("UPDATE feedback_batches SET oldest_at = created_at")
    op.alter_column("feedback_batches", "oldest_at", nullable=False)
    op.add_column("feedback_batches", sa.Column("repairs_on", sa.Date(), nullable=True))
    for name, first in (("doubtful", "attempts > 0"), ("aside", "false")):
        op.add_column("feedback_batches", sa.Column(name, sa.Boolean(), nullable=True))
        op.execute(f"UPDATE feedback_batches SET {name} = ({first})")  # noqa: S608
        op.alter_column("feedback_batches", name, nullable=False)
    op.add_column("feedback_batches", sa.Column("last_tried_at", MOMENT, nullable=True))
    op.add_column("feedback_batches", sa.Column("parked_by", sa.String(), nullable=True))
    op.create_index(
        "ix_feedback_batches_open",
        "feedback_batches",
        ["batch_no"],
        postgresql_where=sa.text("state IN ('ready', 'sending')"),
    )
    op.create_index(
        "ix_feedback_batches_parked", "feedback_batches", ["batch_no"], postgresql_where=sa.text("state = 'parked'")
    )


def _feedbacks() -> None:
    op.alter_column("feedbacks", "batch_no", nullable=True)
    op.create_check_constraint(
        op.f("ck_feedbacks_batch"), "feedbacks", "batch_no IS NOT NULL OR state = 'parked' AND reason IS NOT NULL"
    )
    op.drop_index("ix_feedbacks_settled_at", "feedbacks")
    op.create_index("ix_feedbacks_settled_at", "feedbacks", ["settled_at"], postgresql_using="brin")
    op.create_index(
        "ix_feedbacks_wrong",
        "feedbacks",
        ["record_no"],
        postgresql_where=sa.text("state = 'rejected' OR state = 'parked' AND batch_no IS NULL"),
    )


def _corrections() -> None:
    op.create_table(
        "corrections",
        sa.Column("corrected_no", sa.String(), nullable=False),
        sa.Column("record_no", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("changes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["corrected_no"], ["feedbacks.record_no"], name=op.f("fk_corrections_corrected_no")),
        sa.ForeignKeyConstraint(["record_no"], ["usages.usage_no"], name=op.f("fk_corrections_record_no")),
        sa.PrimaryKeyConstraint("corrected_no", name=op.f("pk_corrections")),
        sa.UniqueConstraint("record_no", name=op.f("uq_corrections_record_no")),
    )


def _reconciliations() -> None:
    for name, kind, first in (
        ("attempts", sa.BigInteger(), "0"),
        ("failures", sa.BigInteger(), "0"),
        ("next_at", MOMENT, "checked_at"),
        ("fetched", sa.BigInteger(), "theirs_count"),
        ("complete", sa.Boolean(), "state <> 'incomplete'"),
    ):
        op.add_column("reconciliations", sa.Column(name, kind, nullable=True))
        op.execute(f"UPDATE reconciliations SET {name} = {first}")  # noqa: S608
        op.alter_column("reconciliations", name, nullable=False)
    op.add_column("reconciliations", sa.Column("lease_until", MOMENT, nullable=True))
    op.add_column("reconciliations", sa.Column("last_error", sa.String(), nullable=True))
    op.add_column("reconciliations", sa.Column("cursor", sa.String(), nullable=True))
    for name in ("theirs_count", "theirs_fen", "theirs_digest", "ours_count", "ours_fen", "ours_digest", "checked_at"):
        op.alter_column("reconciliations", name, nullable=True)
    op.create_check_constraint(
        op.f("ck_reconciliations_state"),
        "reconciliations",
        "state IN ('fetching', 'agreed', 'differs', 'incomplete')",
    )


def _rows_and_differences() -> None:
    op.create_table(
        "reconciliation_rows",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("record_no", sa.String(), nullable=False),
        sa.Column("receipt_no", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["day"], ["reconciliations.day"], name=op.f("fk_reconciliation_rows_day")),
        sa.PrimaryKeyConstraint("day", "record_no", name=op.f("pk_reconciliation_rows")),
    )
    op.create_table(
        "reconciliation_differences",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("record_no", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("ours", sa.String(), nullable=True),
        sa.Column("theirs", sa.String(), nullable=True),
        sa.Column("repair", sa.String(), nullable=True),
        sa.Column("repair_batch_no", sa.String(), nullable=True),
        sa.Column("found_at", MOMENT, nullable=False),
        sa.Column("closed_at", MOMENT, nullable=True),
        sa.CheckConstraint(
            "kind IN ('ours_only', 'theirs_only', 'receipt', 'state', 'count', 'fen', 'digest')",
            name=op.f("ck_reconciliation_differences_kind"),
        ),
        sa.CheckConstraint(
            "repair IN ('sent', 'accepted', 'duplicate', 'rejected', 'parked', 'too_old', 'taken')",
            name=op.f("ck_reconciliation_differences_repair"),
        ),
        sa.ForeignKeyConstraint(["day"], ["reconciliations.day"], name=op.f("fk_reconciliation_differences_day")),
        sa.ForeignKeyConstraint(
            ["repair_batch_no"],
            ["feedback_batches.batch_no"],
            name=op.f("fk_reconciliation_differences_repair_batch_no"),
        ),
        sa.PrimaryKeyConstraint("day", "record_no", "kind", name=op.f("pk_reconciliation_differences")),
    )
    op.create_index(
        "ix_reconciliation_differences_open",
        "reconciliation_differences",
        ["day"],
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_index("ix_reconciliation_differences_repair", "reconciliation_differences", ["repair_batch_no"])


def _reports() -> None:
    op.create_table(
        "reconciliation_reports",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.String(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["day"], ["reconciliations.day"], name=op.f("fk_reconciliation_reports_day")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reconciliation_reports")),
    )
    op.create_index("ix_reconciliation_reports_day", "reconciliation_reports", ["day", "id"])


def downgrade() -> None:
    """Days that were never compared to their end go; records that no batch has are owed anew."""
    op.add_column("reconciliations", sa.Column("differences", postgresql.JSONB(astext_type=sa.Text()), nullable=True))
    op.execute(
        "UPDATE reconciliations r SET differences = coalesce((SELECT jsonb_agg(jsonb_build_object("
        "'record_no', d.record_no, 'kind', d.kind, 'ours', d.ours, 'theirs', d.theirs) ORDER BY d.record_no) "
        "FROM reconciliation_differences d WHERE d.day = r.day AND d.closed_at IS NULL), '[]')"
    )
    for table in ("reconciliation_reports", "reconciliation_differences", "reconciliation_rows", "corrections"):
        op.drop_table(table)
    op.execute("DELETE FROM reconciliations WHERE checked_at IS NULL")
    op.alter_column("reconciliations", "differences", nullable=False)
    for name in ("theirs_count", "theirs_fen", "theirs_digest", "ours_count", "ours_fen", "ours_digest", "checked_at"):
        op.alter_column("reconciliations", name, nullable=False)
    op.drop_constraint("ck_reconciliations_state", "reconciliations")
    for name in ("attempts", "failures", "next_at", "lease_until", "last_error", "cursor", "fetched", "complete"):
        op.drop_column("reconciliations", name)
    _feedbacks_back()
    _batches_back()


def _feedbacks_back() -> None:
    op.execute(
        "INSERT INTO outbox (topic, key, payload, state, attempts, next_at, created_at) "
        "SELECT 'usage', record_no, jsonb_build_object('usage_id', usage_id), 'pending', 0, now(), now() "
        "FROM feedbacks WHERE batch_no IS NULL"
    )
    op.execute("DELETE FROM feedbacks WHERE batch_no IS NULL")
    op.drop_index("ix_feedbacks_wrong", "feedbacks")
    op.drop_index("ix_feedbacks_settled_at", "feedbacks")
    op.create_index("ix_feedbacks_settled_at", "feedbacks", ["settled_at"])
    op.drop_constraint("ck_feedbacks_batch", "feedbacks")
    op.alter_column("feedbacks", "batch_no", nullable=False)


def _batches_back() -> None:
    op.execute("DELETE FROM feedback_batches WHERE state = 'undone'")
    op.drop_index("ix_feedback_batches_parked", "feedback_batches")
    op.drop_index("ix_feedback_batches_open", "feedback_batches")
    for name in ("oldest_at", "repairs_on", "doubtful", "aside", "last_tried_at", "parked_by"):
        op.drop_column("feedback_batches", name)
    op.drop_constraint("ck_feedback_batches_state", "feedback_batches")
    op.create_check_constraint(
        op.f("ck_feedback_batches_state"), "feedback_batches", "state IN ('ready', 'sending', 'settled', 'parked')"
    )
    op.create_index(
        "ix_feedback_batches_open",
        "feedback_batches",
        ["next_at"],
        postgresql_where="state IN ('ready', 'sending')",
    )
