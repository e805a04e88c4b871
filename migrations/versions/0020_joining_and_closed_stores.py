"""Applications to join with their documents; stores that are closed."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("stores", sa.Column("closed_at", MOMENT, nullable=True))
    op.create_table(
        "merchant_applications",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("application_no", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("uscc", sa.String(), nullable=False),
        sa.Column("uscc_sure", sa.Boolean(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("region", sa.String(), nullable=False),
        sa.Column("plan", sa.String(), nullable=False),
        sa.Column("contact_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("said", sa.String(), nullable=True),
        sa.Column("answered", sa.String(), nullable=True),
        sa.Column("merchant_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.CheckConstraint("uscc ~ '^[0-9A-HJ-NPQRTUWXY]{18}$'", name=op.f("ck_merchant_applications_uscc")),
        sa.CheckConstraint("kind IN ('merchant', 'public_body')", name=op.f("ck_merchant_applications_kind")),
        sa.CheckConstraint("state IN ('submitted', 'asked', 'approved', 'refused')",
                           name=op.f("ck_merchant_applications_state")),
        sa.CheckConstraint("(state = 'approved') = (merchant_id IS NOT NULL)",
                           name=op.f("ck_merchant_applications_approved")),
        sa.CheckConstraint("(state IN ('approved', 'refused')) = (decided_by IS NOT NULL)",
                           name=op.f("ck_merchant_applications_decided")),
        sa.CheckConstraint("state NOT IN ('asked', 'refused') OR said IS NOT NULL",
                           name=op.f("ck_merchant_applications_said")),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name=op.f("fk_merchant_applications_merchant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merchant_applications")),
        sa.UniqueConstraint("application_no", name=op.f("uq_merchant_applications_application_no")),
        sa.UniqueConstraint("merchant_id", name=op.f("uq_merchant_applications_merchant_id")),
    )
    op.create_index("ix_merchant_applications_state", "merchant_applications", ["state", "changed_at"])
    op.create_index(op.f("ix_merchant_applications_uscc"), "merchant_applications", ["uscc"])
    op.create_table(
        "merchant_application_documents",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("content_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("handed_in_at", MOMENT, nullable=False),
        sa.CheckConstraint("name IN ('licence', 'authority', 'other')",
                           name=op.f("ck_merchant_application_documents_name")),
        sa.ForeignKeyConstraint(["application_id"], ["merchant_applications.id"], ondelete="CASCADE",
                                name=op.f("fk_merchant_application_documents_application_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merchant_application_documents")),
    )
    op.create_index(op.f("ix_merchant_application_documents_application_id"), "merchant_application_documents",
                    ["application_id"])


def downgrade() -> None:
    op.drop_table("merchant_application_documents")
    op.drop_table("merchant_applications")
    op.drop_column("stores", "closed_at")
