"""A citizen's own certificates of service: asked for, seen, fetched; free. And their part of the export."""

import uuid
from typing import Any

from flask import Response, g

from app.identity.exporting import exports
from app.identity.guards import verified_required
from app.identity.queries import Citizen
from app.kernel import clock, redis
from app.kernel.errors import TooMany
from app.kernel.http import Door
from app.kernel.idempotency import idempotent
from app.kernel.openapi import refuses
from app.kernel.settings import settings
from app.volunteers import queries
from app.volunteers.certificates import certifying, handing_out
from app.volunteers.certificates import queries as certificate_queries
from app.volunteers.certificates.certifying import Wish
from app.volunteers.certificates.errors import (
    CertificateBroken,
    CertificateFieldRefused,
    CertificateNotIssued,
    CertificatePeriodWrong,
    CertificatesUnready,
    CertificateUnknown,
    NothingToCertify,
    VolunteerIdentityDoubted,
    VolunteerIdentityMissing,
)
from app.volunteers.certificates.models import Certificate
from app.volunteers.certificates.schemas import ServiceCertificateAskIn, ServiceCertificateOut, ServiceCertificatesOut
from app.volunteers.errors import NotAVolunteer

PATH = "/api/v1/me/volunteer/certificates"
PDF = {"type": "string", "format": "binary"}
DAY_S, DOWNLOADS_A_MINUTE = 86_400, 10
door = Door("certificates", __name__, url_prefix=PATH, description="Certificates of voluntary service")


@door.get("")
@verified_required
@door.response(200, ServiceCertificatesOut)
def every() -> dict[str, Any]:
    """My certificates, also those that wait or hold no longer"""
    return {"items": [_shown(each) for each in _own(g.citizen)]}


@door.post("")
@refuses(NotAVolunteer, CertificatePeriodWrong, CertificateFieldRefused, NothingToCertify, VolunteerIdentityMissing,
         VolunteerIdentityDoubted, CertificatesUnready, TooMany)
@verified_required
@idempotent
@door.arguments(ServiceCertificateAskIn)
@door.response(201, ServiceCertificateOut)
def ask(told: dict[str, Any]) -> dict[str, Any]:
    """Ask for one over some days: issued at once where the League unit lets the system do so, else put before it"""
    redis.limit(f"certificate-ask:{g.citizen.id}", settings().CERTIFICATES_PER_DAY, DAY_S)
    return _shown(certifying.ask(g.citizen, Wish(told["period_from"], told["period_to"], told["note"].strip())))


@door.get("/<uuid:certificate_id>")
@refuses(CertificateUnknown)
@verified_required
@door.response(200, ServiceCertificateOut)
def one(certificate_id: uuid.UUID) -> dict[str, Any]:
    """One of them"""
    return _shown(handing_out.own(g.citizen, certificate_id)[0])


@door.get("/<uuid:certificate_id>/file")
@refuses(CertificateUnknown, CertificateNotIssued, CertificateBroken, CertificatesUnready, TooMany)
@verified_required
@door.response(200, PDF, content_type="application/pdf")
def file(certificate_id: uuid.UUID) -> Response:
    """Its PDF, with the seal and a code that leads to the public check"""
    redis.limit(f"certificate-file:{g.citizen.id}", DOWNLOADS_A_MINUTE, 60)
    return Response(handing_out.to_citizen(g.citizen, certificate_id), content_type="application/pdf",
                    headers={"Content-Disposition": 'attachment; filename="certificate.pdf"'})


@exports("certificates")
def export(citizen: Citizen) -> list[dict[str, Any]]:
    """Each with its number, days, minutes and state."""
    return [{"certificate_no": each.certificate_no, "state": each.state, "from": each.period_from.isoformat(),
             "to": each.period_to.isoformat(), "minutes": each.minutes, "note": each.note,
             "created_at": clock.rfc3339(each.created_at), "end_reason": each.end_reason} for each in _own(citizen)]


def _own(citizen: Citizen) -> list[Certificate]:
    volunteer = queries.of_citizen(citizen)
    return [] if volunteer is None else certificate_queries.of_volunteer(volunteer.id)


def _shown(each: Certificate) -> dict[str, Any]:
    holds = each.state == "issued"
    return {**{name: getattr(each, name) for name in (
        "id", "state", "certificate_no", "period_from", "period_to", "minutes", "note", "issued_at", "ended_at",
        "end_reason")},
        "file": f"{PATH}/{each.id}/file" if holds else None,
        "check_url": handing_out.check_url(each.certificate_no) if holds and each.certificate_no else None}
