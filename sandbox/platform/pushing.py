"""What the platform calls on the client: signed events, sent again by the page's timetable until taken."""

import json
import secrets
import threading
import uuid
from typing import Any
from urllib.parse import urlsplit

import requests

from sandbox.people import Person
from sandbox.signing import request_text, response_text, seal, signature, signed_by
from sandbox.state import Row
from sandbox.world import World

DELAYS_S, THEN_S, GIVEN_UP_S = (15, 60, 300, 1800), 3600, 3 * 86400
WAIT_S, WINDOW_S = 30, 300
SUBJECT_TYPES = {"grade.changed", "record.repaired", "red_list.added", "red_list.removed"}


class Pusher:
    """Sends events; one thread sends the due ones again."""

    def __init__(self, world: World, suite: str = "ES256-SHA256") -> None:
        self.world = world
        self.keys = world.keys.suites[suite]
        self._local = threading.local()
        self._stop = threading.Event()

    def start(self) -> None:
        """Begin with redelivery in the background."""
        threading.Thread(target=self._redeliver, name="redelivery", daemon=True).start()

    def _redeliver(self) -> None:
        while not self._stop.wait(0.5):
            due = self.world.state.all(
                "select * from events where next_at <= ? order by next_at limit 100", self.world.clock.now()
            )
            for event in due:
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
            # a first delivery that a kill cut off is made up for by the redelivery
            "next_at": world.clock.now() + WAIT_S + DELAYS_S[0],
            "status": "new",
            "http_status": None,
            "answer": None,
        }
        world.state.run("delete from events where event_id = ?", event["event_id"])
        world.state.insert("events", event)
        return event

    def deliver(self, event: Row, fault: str | None = None) -> dict[str, Any]:
        """Send once and write down what came of it; returns what the client answered."""
        outcome = self._send(event, fault)
        said = outcome["answer"] if isinstance(outcome["answer"], dict) else {}
        named = said.get("event_id") == event["event_id"] and said.get("status") in ("processed", "duplicate")
        taken = outcome["http_status"] == 200 and outcome["verified"] and named
        attempts, now = event["attempts"] + 1, self.world.clock.now()
        delay = DELAYS_S[attempts - 1] if attempts <= len(DELAYS_S) else THEN_S
        alive = not taken and now + delay - event["made"] <= GIVEN_UP_S
        self.world.state.run(
            "update events set attempts = ?, next_at = ?, status = ?, http_status = ?, answer = ? where event_id = ?",
            attempts,
            now + delay if alive else None,
            "taken" if taken else "waiting" if alive else "given up",
            outcome["http_status"],
            json.dumps(outcome["answer"], ensure_ascii=False),
            event["event_id"],
        )
        return {
            "event_id": event["event_id"],
            "seq": event["seq"],
            "type": event["type"],
            "authorization_id": json.loads(event["data"]).get("authorization_id"),
            "taken": taken,
            **outcome,
        }

    def _send(self, event: Row, fault: str | None) -> dict[str, Any]:
        """One attempt: sealed and signed anew; an answer that does not verify is none."""
        nonce, request_id = secrets.token_hex(16), str(uuid.uuid4())
        body = self._body(event, nonce)
        url = urlsplit(self.world.settings.events_url or "")
        stamp = str(int(self.world.clock.now()) - (600 if fault == "stale" else 0))
        private = self.keys.platform_private
        if fault == "bad_signature":
            private = self.keys.suite.load_private(self.keys.suite.new_private())
        signed = request_text(self.keys.suite, "POST", url.path, stamp, nonce, body)
        headers = {
            "Content-Type": "application/json",
            "X-App-Id": self.world.keys.platform_id,
            "X-Suite": self.keys.suite.name,
            "X-Key-Id": self.keys.platform_key_id,
            "X-Timestamp": stamp,
            "X-Nonce": nonce,
            "X-Request-Id": request_id,
            "X-Signature": signature(self.keys.suite, private, signed),
        }
        try:
            answer = self._post(url.geturl(), body, headers)
            if fault == "replay":
                answer = self._post(url.geturl(), body, headers)
        except requests.RequestException as failed:
            return {"http_status": None, "answer": None, "verified": False, "error": type(failed).__name__}
        error = self._why_no_answer(answer, nonce, request_id)
        if error:
            self.world.breach("POST /platform/v1/events", "BAD_ANSWER", error)
        return {
            "http_status": answer.status_code,
            "answer": _json(answer.content),
            "verified": error is None,
            "error": error,
        }

    def _post(self, url: str, body: bytes, headers: dict[str, str]) -> requests.Response:
        session = getattr(self._local, "session", None)
        if session is None:
            session = self._local.session = requests.Session()
            session.trust_env = False
        return session.post(url, data=body, headers=headers, timeout=WAIT_S, allow_redirects=False)

    def _body(self, event: Row, nonce: str) -> bytes:
        data = json.loads(event["data"])
        if event["type"] in SUBJECT_TYPES and "subject" not in data and event["person"]:
            person = self.world.people.by_key[event["person"]]
            subject = {"name": person["name"], "id_type": "111", "id_number": person["id_number"]}
            kid = self.keys.data_key_id
            plain = json.dumps(subject, ensure_ascii=False).encode()
            data["subject"] = seal(self.keys.suite, kid, self.keys.data_keys[kid], plain, nonce)
        named = {name: event[name] for name in ("event_id", "seq", "type", "occurred_at")}
        return json.dumps({**named, "data": data}, ensure_ascii=False).encode()

    def _why_no_answer(self, answer: requests.Response, nonce: str, request_id: str) -> str | None:
        """What is wrong with the client's answer by section 1; None where all is well."""
        head, keys = answer.headers, self.keys
        public = keys.client_publics.get(head.get("X-Key-Id", ""))
        stamp, answer_nonce = head.get("X-Timestamp", ""), head.get("X-Nonce", "")
        if head.get("X-App-Id") != self.world.keys.app_id or head.get("X-Suite") != keys.suite.name or public is None:
            return "app, suite or key of the answer"
        if head.get("X-Request-Id") != request_id:
            return "X-Request-Id is not echoed"
        if not (stamp.isascii() and stamp.isdigit()) or abs(int(stamp) - self.world.clock.now()) > WINDOW_S:
            return "the answer's clock"
        signed = response_text(keys.suite, answer.status_code, nonce, stamp, answer_nonce, answer.content)
        if not signed_by(keys.suite, public, signed, head.get("X-Signature", "")):
            return "the answer's signature"
        if not self.world.nonces.is_new(answer_nonce, self.world.clock.now()):
            return "the answer's nonce was used before"
        return None


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return body[:500].decode("utf-8", "replace")
