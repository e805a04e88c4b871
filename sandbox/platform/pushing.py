"""What the platform calls on the client: events, sent again by the page's timetable until taken."""

import json
import threading
from typing import Any

from sandbox.people import Person
from sandbox.platform.delivering import Delivery, post
from sandbox.state import Row
from sandbox.world import World

DELAYS_S, THEN_S, GIVEN_UP_S = (15, 60, 300, 1800), 3600, 3 * 86400
# A first delivery that a kill cut off is made up for by the redelivery.
UNSENT_S = 45


class Pusher:
    """Sends events; one thread sends the due ones again."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._stop = threading.Event()

    def start(self) -> None:
        """Begin with redelivery in the background."""
        threading.Thread(target=self._redeliver, name="redelivery", daemon=True).start()

    def _redeliver(self) -> None:
        while not self._stop.wait(0.5):
            due = "select * from events where next_at <= ? order by next_at limit 100"
            for event in self.world.state.all(due, self.world.clock.now()):
                self.deliver(event)

    def make(self, kind: str, data: dict[str, Any], person: Person | None, given: dict[str, Any]) -> Row:
        """Write an event down; `given` may set event_id, seq and occurred_at to play duplicates and disorder."""
        world = self.world
        event: Row = {
            "event_id": given.get("event_id") or world.state.number("events", "E"),
            "seq": given.get("seq") or int(world.state.number("seq", width=1)),
            "type": kind,
            "person": person["key"] if person else None,
            "occurred_at": given.get("occurred_at") or world.clock.stamp(),
            "data": json.dumps(data, ensure_ascii=False),
            "made": world.clock.now(),
            "attempts": 0,
            "next_at": world.clock.now() + UNSENT_S,
            "status": "new",
            "http_status": None,
            "answer": None,
        }
        world.state.run("delete from events where event_id = ?", event["event_id"])
        world.state.insert("events", event)
        return event

    def deliver(self, event: Row, fault: str | None = None) -> dict[str, Any]:
        """Send once and write down what came of it; returns what the client answered."""
        delivery = post(self.world, event, fault)
        if delivery.error and delivery.http_status is not None:
            self.world.breach("POST /platform/v1/events", "BAD_ANSWER", delivery.error)
        taken = delivery.takes(event["event_id"])
        self._write_down(event, delivery, taken)
        return {
            "event_id": event["event_id"],
            "seq": event["seq"],
            "type": event["type"],
            "authorization_id": json.loads(event["data"]).get("authorization_id"),
            "taken": taken,
            "http_status": delivery.http_status,
            "answer": delivery.answer,
            "verified": delivery.http_status is not None and delivery.error is None,
            "error": delivery.error,
        }

    def _write_down(self, event: Row, delivery: Delivery, taken: bool) -> None:
        attempts, now = event["attempts"] + 1, self.world.clock.now()
        delay = DELAYS_S[attempts - 1] if attempts <= len(DELAYS_S) else THEN_S
        alive = not taken and now + delay - event["made"] <= GIVEN_UP_S
        self.world.state.run(
            "update events set attempts = ?, next_at = ?, status = ?, http_status = ?, answer = ? where event_id = ?",
            attempts,
            now + delay if alive else None,
            "taken" if taken else "waiting" if alive else "given up",
            delivery.http_status,
            json.dumps(delivery.answer, ensure_ascii=False),
            event["event_id"],
        )
