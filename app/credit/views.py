"""A citizen sees the own grade, and asks for the own report."""

import uuid
from typing import Any

from flask import Response, g

from app.consent import granting, needs
from app.consent.errors import ConsentRequired, ConsentTextChanged
from app.credit import grades, leaving, reports, stopping
from app.credit.errors import PlatformUnavailable, ReportNotFound, ReportsUsedUp, ReportUnreadable
from app.credit.keeping import Grade
from app.credit.schemas import (
    GradeOut,
    ReportAgreementIn,
    ReportAskIn,
    ReportConsentOut,
    ReportNeedOut,
    ReportOut,
    ReportsOut,
)
from app.identity.guards import verified_required
from app.kernel import redis
from app.kernel.errors import TooMany
from app.kernel.http import Door
from app.kernel.idempotency import idempotent
from app.kernel.openapi import refuses

PARTS = (leaving, stopping)  # they register themselves
PDF = {"type": "string", "format": "binary"}
DOWNLOADS_A_MINUTE = 10
door = Door("credit", __name__, description="The own grade and reports")


@door.get("/api/v1/me/credit-grade")
@refuses(ConsentRequired, PlatformUnavailable)
@verified_required
@door.response(200, GradeOut)
def credit_grade() -> Grade:
    """My grade, asked anew where the kept one no longer holds"""
    return grades.own(g.citizen)


@door.get("/api/v1/me/credit-reports/consent")
@verified_required
@door.response(200, ReportNeedOut)
def report_need() -> dict[str, Any]:
    """The consent that asking for my report takes, with its exact text"""
    return needs.own_report().shown()


@door.post("/api/v1/me/credit-reports/consent")
@refuses(ConsentTextChanged)
@verified_required
@idempotent
@door.arguments(ReportAgreementIn)
@door.response(201, ReportConsentOut)
def report_consent(told: dict[str, str]) -> Any:
    """Agree to it; withdrawn like any other, which deletes the reports, too"""
    return granting.grant(g.citizen, needs.own_report(), told["text_version"], told["text_digest"])


@door.post("/api/v1/me/credit-reports")
@refuses(ConsentRequired, ReportsUsedUp, PlatformUnavailable, ReportUnreadable)
@verified_required
@idempotent
@door.arguments(ReportAskIn, required=False)
@door.response(201, ReportOut)
def report_asked_for(_: dict[str, Any]) -> Any:
    """Ask the platform for my report; each asking is a look, and seen as one"""
    return reports.ask_for(g.citizen)


@door.get("/api/v1/me/credit-reports")
@verified_required
@door.response(200, ReportsOut)
def report_list() -> dict[str, Any]:
    """My reports that hold, newest first"""
    return {"items": reports.kept(g.citizen.id)}


@door.get("/api/v1/me/credit-reports/<uuid:report_id>")
@refuses(ReportNotFound)
@verified_required
@door.response(200, ReportOut)
def report(report_id: uuid.UUID) -> Any:
    """One of them"""
    return reports.own(g.citizen.id, report_id)


@door.get("/api/v1/me/credit-reports/<uuid:report_id>/file")
@refuses(ReportNotFound, ReportUnreadable, TooMany)
@verified_required
@door.response(200, PDF, content_type="application/pdf")
def report_file(report_id: uuid.UUID) -> Response:
    """Its PDF, with a watermark of who and when; seen in the access log"""
    redis.limit(f"report:{g.citizen.id}", DOWNLOADS_A_MINUTE, 60)
    return Response(reports.hand_out(g.citizen, report_id), content_type="application/pdf",
                    headers={"Content-Disposition": 'attachment; filename="credit-report.pdf"'})
