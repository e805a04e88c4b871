"""Certificates of service, who issues them, and with which seal."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
PATH = sa.String(collation="C")
SAID = "state IN ('issued', 'voided', 'superseded')"
TABLES = ("organisation_seals", "certificate_issuers", "certificates")


def upgrade() -> None:
    _seals_and_issuers()
    _certificates()
    for table in TABLES:
        op.execute(f"SELECT xinyi_protect('{table}')")


def downgrade() -> None:
    for table in reversed(TABLES):
        op.execute(f"SELECT xinyi_unprotect('{table}')")
        op.drop_table(table)


def _seals_and_issuers() -> None:
    op.create_table(
        "organisation_seals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_path", PATH, nullable=False),
        sa.Column("png_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("put_by", sa.String(), nullable=False),
        sa.Column("put_at", MOMENT, nullable=False),
        sa.Column("retired_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"],
                                name=op.f("fk_organisation_seals_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation_seals")),
    )
    op.create_index("uq_organisation_seals_live", "organisation_seals", ["organisation_id"], unique=True,
                    postgresql_where="retired_at IS NULL")
    op.create_index(op.f("ix_organisation_seals_organisation_path"), "organisation_seals", ["organisation_path"])
    op.create_table(
        "certificate_issuers",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_path", PATH, nullable=False),
        sa.Column("responsible", sa.String(), nullable=False),
        sa.Column("handler", sa.String(), nullable=False),
        sa.Column("contact", sa.String(), nullable=False),
        sa.Column("self_service", sa.Boolean(), nullable=False),
        sa.Column("said_by", sa.String(), nullable=False),
        sa.Column("said_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"],
                                name=op.f("fk_certificate_issuers_organisation_id")),
        sa.PrimaryKeyConstraint("organisation_id", name=op.f("pk_certificate_issuers")),
    )
    op.create_index(op.f("ix_certificate_issuers_organisation_path"), "certificate_issuers", ["organisation_path"])


def _certificates() -> None:
    said = " AND ".join(f"({SAID}) = ({name} IS NOT NULL)" for name in (
        "certificate_no", "text_sealed", "digest", "signature", "key_id", "seal_id", "issued_at", "issued_by",
        "minutes")) + f" AND (NOT ({SAID}) OR organisation_id IS NOT NULL)"
    op.create_table(
        "certificates",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("volunteer_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=True),
        sa.Column("organisation_path", PATH, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("period_from", sa.Date(), nullable=False),
        sa.Column("period_to", sa.Date(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("certificate_no", sa.String(), nullable=True),
        sa.Column("minutes", sa.BigInteger(), nullable=True),
        sa.Column("text_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("digest", sa.String(), nullable=True),
        sa.Column("signature", sa.LargeBinary(), nullable=True),
        sa.Column("key_id", sa.String(), nullable=True),
        sa.Column("seal_id", sa.Uuid(), nullable=True),
        sa.Column("issued_by", sa.String(), nullable=True),
        sa.Column("issued_at", MOMENT, nullable=True),
        sa.Column("replaces_id", sa.Uuid(), nullable=True),
        sa.Column("ended_by", sa.String(), nullable=True),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("end_reason", sa.String(), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.CheckConstraint("state IN ('asked', 'refused', 'issued', 'voided', 'superseded')",
                           name=op.f("ck_certificates_state")),
        sa.CheckConstraint("source IN ('citizen', 'staff')", name=op.f("ck_certificates_source")),
        sa.CheckConstraint("period_from <= period_to", name=op.f("ck_certificates_period")),
        sa.CheckConstraint(said, name=op.f("ck_certificates_said")),
        sa.CheckConstraint("minutes > 0", name=op.f("ck_certificates_minutes")),
        sa.CheckConstraint("(state IN ('refused', 'voided', 'superseded')) = (ended_at IS NOT NULL) AND "
                           "(ended_at IS NULL) = (ended_by IS NULL) AND (ended_at IS NULL) = (end_reason IS NULL)",
                           name=op.f("ck_certificates_ended")),
        sa.CheckConstraint("replaces_id <> id", name=op.f("ck_certificates_replaces")),
        sa.ForeignKeyConstraint(["volunteer_id"], ["volunteers.id"], name=op.f("fk_certificates_volunteer_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"],
                                name=op.f("fk_certificates_organisation_id")),
        sa.ForeignKeyConstraint(["seal_id"], ["organisation_seals.id"], name=op.f("fk_certificates_seal_id")),
        sa.ForeignKeyConstraint(["replaces_id"], ["certificates.id"], name=op.f("fk_certificates_replaces_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificates")),
        sa.UniqueConstraint("certificate_no", name=op.f("uq_certificates_certificate_no")),
        sa.UniqueConstraint("replaces_id", name=op.f("uq_certificates_replaces_id")),
    )
    op.create_index(op.f("ix_certificates_volunteer_id"), "certificates", ["volunteer_id"])
    op.create_index("ix_certificates_path", "certificates", ["organisation_path", "created_at"])
    op.create_index("uq_certificates_asked", "certificates", ["volunteer_id", "period_from", "period_to"], unique=True,
                    postgresql_where="state = 'asked'")
