"""A citizen sees the own grade."""

from flask import g

from app.consent.errors import ConsentRequired
from app.credit import grades, leaving, stopping  # noqa: F401 (they register themselves)
from app.credit.errors import PlatformUnavailable
from app.credit.keeping import Grade
from app.credit.schemas import GradeOut
from app.identity.guards import verified_required
from app.kernel.http import Door
from app.kernel.openapi import refuses

door = Door("credit", __name__, description="The own grade and reports")


@door.get("/api/v1/me/credit-grade")
@refuses(ConsentRequired, PlatformUnavailable)
@verified_required
@door.response(200, GradeOut)
def credit_grade() -> Grade:
    """My grade, asked anew where the kept one no longer holds"""
    return grades.own(g.citizen)
