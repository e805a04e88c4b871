"""The platform tells what has changed; each event is taken once, in one transaction, and answered within a second."""

from collections.abc import Mapping

from flask import g

from app.appeals import disputing
from app.credit import events
from app.credit.events import Effect
from app.feedback import initiatives
from app.gateways.access import platform_door
from app.gateways.platform.push import Answered
from app.kernel.http import Door
from app.platform_api.guards import nowhere, platform_required
from app.platform_api.schemas import EventTaken

door = Door("platform_api", __name__, description="What the provincial platform tells us")
door.before_app_request(nowhere)
EFFECTS: Mapping[str, Effect] = {"initiative.issued": initiatives.take, "usage.disputed": disputing.dispute}
EVENT = {"required": True, "content": {"application/json": {"schema": {
    "type": "object", "required": ["event_id", "seq", "type", "occurred_at", "data"],
    "properties": {
        "event_id": {"type": "string"}, "seq": {"type": "integer", "minimum": 0}, "type": {"type": "string"},
        "occurred_at": {"type": "string", "format": "date-time"}, "data": {"type": "object"}}}}}}


@door.post("/platform/v1/events")
@door.doc(requestBody=EVENT)
@door.alt_response(200, schema=EventTaken, description="Taken, now or before; signed", success=True)
@platform_required
def event() -> Answered:
    """An event of the platform's, signed; answers and refusals are signed too"""
    return platform_door().accept(g.push, events.take(g.push, EFFECTS))
