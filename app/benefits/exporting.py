"""What the citizen takes along of uses and applications: redemptions, usages, documents, commitments, looks."""

from typing import Any

from sqlalchemy import select

from app.benefits.handing_in import FILE_NAME
from app.benefits.models import Commitment, Document, Entitlement, Redemption, Usage, Verification
from app.identity import sealing
from app.identity.exporting import exports
from app.identity.queries import Citizen
from app.kernel.clock import rfc3339
from app.kernel.db import session


@exports("redemptions")
def redemptions(citizen: Citizen) -> list[dict[str, Any]]:
    """Every use at a merchant, and what became of it."""
    rows = session().scalars(select(Redemption).join(Entitlement, Entitlement.id == Redemption.entitlement_id)
                             .where(Entitlement.citizen_id == citizen.id).order_by(Redemption.id))
    return [{"redemption_no": each.redemption_no, "entitlement_id": str(each.entitlement_id), "state": each.state,
             "store": each.store_code, "original_fen": each.original_fen, "waived_fen": each.waived_fen,
             "paid_fen": each.paid_fen, "completion": each.completion, "reversal_reason": each.reversal_reason,
             "redeemed_at": rfc3339(each.redeemed_at)} for each in rows]


@exports("usages")
def usages(citizen: Citizen) -> list[dict[str, Any]]:
    """Every record that was, or will be, reported to the platform."""
    rows = session().scalars(select(Usage).where(Usage.citizen_id == citizen.id).order_by(Usage.id))
    return [{"usage_no": each.usage_no, "entitlement_id": str(each.entitlement_id), "scenario": each.scenario,
             "benefit": each.benefit, "provider_uscc": each.provider_uscc, "region": each.region,
             "outcome": each.outcome, "waived_fen": each.waived_fen, "paid_fen": each.paid_fen,
             "corrects": each.corrects, "consent_id": str(each.consent_id),
             "occurred_at": rfc3339(each.occurred_at)} for each in rows]


@exports("verifications")
def verifications(citizen: Citizen) -> list[dict[str, Any]]:
    """Every yes that a merchant was told."""
    rows = session().scalars(select(Verification).join(Entitlement, Entitlement.id == Verification.entitlement_id)
                             .where(Entitlement.citizen_id == citizen.id).order_by(Verification.id))
    return [{"verification_no": each.verification_no, "entitlement_id": str(each.entitlement_id),
             "at": rfc3339(each.at)} for each in rows]


@exports("documents")
def documents(citizen: Citizen) -> list[dict[str, Any]]:
    """Every document that was handed in: the citizen has the files, we tell which ones we keep."""
    rows = session().scalars(select(Document).join(Entitlement, Entitlement.id == Document.entitlement_id)
                             .where(Entitlement.citizen_id == citizen.id).order_by(Document.id))
    return [{"entitlement_id": str(each.entitlement_id), "name": each.name, "media_type": each.media_type,
             "file_name": sealing.text_of(citizen, FILE_NAME, each.file_name_sealed), "size": each.size,
             "sha256": each.digest, "handed_in_at": rfc3339(each.handed_in_at)} for each in rows]


@exports("commitments")
def commitments(citizen: Citizen) -> list[dict[str, Any]]:
    """Every undertaking that was signed, with its text."""
    rows = session().scalars(select(Commitment).where(Commitment.citizen_id == citizen.id).order_by(Commitment.id))
    return [{"commitment_no": each.commitment_no, "entitlement_id": str(each.entitlement_id),
             "template_version": each.template_version, "digest": each.digest, "text": each.text,
             "signed_at": rfc3339(each.signed_at)} for each in rows]
