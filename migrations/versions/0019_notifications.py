"""Notifications to merchants, every attempt at one, and each merchant's lane."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "notifications",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("notification_no", sa.String(), nullable=False),
        sa.Column("position", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("event_type", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("original_type", sa.String(), nullable=False),
        sa.Column("summary", sa.String(), nullable=False),
        sa.Column("notify_url", sa.String(), nullable=False),
        sa.Column("resource_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("failures", sa.BigInteger(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("probe", sa.Boolean(), nullable=False),
        sa.Column("asked_by", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('pending', 'delivered', 'undelivered')", name=op.f("ck_notifications_state")
        ),
        sa.CheckConstraint("(state = 'pending') = (next_at IS NOT NULL)", name=op.f("ck_notifications_due")),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name=op.f("fk_notifications_merchant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notifications")),
        sa.UniqueConstraint("notification_no", name=op.f("uq_notifications_notification_no")),
        sa.UniqueConstraint("position", name=op.f("uq_notifications_position")),
    )
    pending = sa.text("state = 'pending'")
    op.create_index(
        "ix_notifications_due", "notifications", ["merchant_id", "next_at"], postgresql_where=pending
    )
    op.create_index(
        "ix_notifications_order", "notifications", ["merchant_id", "subject", "position"], postgresql_where=pending
    )
    op.create_index("ix_notifications_listed", "notifications", ["merchant_id", "created_at", "id"])
    op.create_table(
        "notification_attempts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("notification_id", sa.Uuid(), nullable=False),
        sa.Column("ordinal", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("duration_ms", sa.BigInteger(), nullable=True),
        sa.Column("status", sa.BigInteger(), nullable=True),
        sa.Column("body_head", sa.String(), nullable=True),
        sa.Column("failure", sa.String(), nullable=True),
        sa.CheckConstraint("kind IN ('schedule', 'hand', 'probe')", name=op.f("ck_notification_attempts_kind")),
        sa.ForeignKeyConstraint(
            ["notification_id"], ["notifications.id"], ondelete="CASCADE",
            name=op.f("fk_notification_attempts_notification_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notification_attempts")),
        sa.UniqueConstraint(
            "notification_id", "ordinal", name=op.f("uq_notification_attempts_notification_id_ordinal")
        ),
    )
    op.create_table(
        "notification_lanes",
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("attempt_id", sa.Uuid(), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("served_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("slow", sa.Boolean(), nullable=False),
        sa.Column("probe_taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("probes_sent", sa.BigInteger(), nullable=False),
        sa.Column("probes_taken", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(attempt_id IS NULL) = (lease_until IS NULL)", name=op.f("ck_notification_lanes_lease")
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchants.id"], name=op.f("fk_notification_lanes_merchant_id")
        ),
        sa.PrimaryKeyConstraint("merchant_id", name=op.f("pk_notification_lanes")),
    )


def downgrade() -> None:
    op.drop_table("notification_lanes")
    op.drop_table("notification_attempts")
    op.drop_table("notifications")
