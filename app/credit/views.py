"""A citizen sees the own grade; the platform tells what has changed."""

from flask import g

from app.consent.errors import ConsentRequired
from app.credit import events, grades, leaving, stopping  # noqa: F401 (they register themselves)
from app.credit.errors import PlatformUnavailable
from app.credit.guards import platform_required
from app.credit.keeping import Grade
from app.credit.schemas import EventTaken, GradeOut
from app.gateways.access import platform_door
from app.gateways.platform.push import Answered
from app.identity.guards import verified_required
from app.kernel.http import Door
from app.kernel.openapi import refuses

door = Door("credit", __name__, description="The own grade; what the platform tells")
EVENT = {"required": True, "content": {"application/json": {"schema": {
    "type": "object", "required": ["event_id", "seq", "type", "occurred_at", "data"],
    "properties": {
        "event_id": {"type": "string"}, "seq": {"type": "integer", "minimum": 0}, "type": {"type": "string"},
        "occurred_at": {"type": "string", "format": "date-time"}, "data": {"type": "object"}}}}}}


@door.get("/api/v1/me/credit-grade")
@refuses(ConsentRequired, PlatformUnavailable)
@verified_required
@door.response(200, GradeOut)
def credit_grade() -> Grade:
    """My grade, asked anew where the kept one no longer holds"""
    return grades.own(g.citizen)


@door.post("/platform/v1/events")
@door.doc(requestBody=EVENT)
@door.alt_response(200, schema=EventTaken, description="Taken, now or before; signed", success=True)
@platform_required
def platform_events() -> Answered:
    """An event of the platform's, signed; answers and refusals are signed too"""
    return platform_door().accept(g.push, events.take(g.push))
