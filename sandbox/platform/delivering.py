"""One attempt at pushing an event: sealed and signed anew, and the client's answer checked as strictly."""

import json
import secrets
import uuid
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests

from sandbox.keys import SuiteKeys
from sandbox.platform.asking import NONCE, TIMESTAMP, WINDOW_S
from sandbox.seals import seal
from sandbox.signing import request_text, response_text, signature, signed_by
from sandbox.state import Row
from sandbox.world import World

WAIT_S = 30
SUBJECT_TYPES = {"grade.changed", "record.repaired", "red_list.added", "red_list.removed"}


@dataclass(frozen=True)
class Delivery:
    """What came back: no status where nobody answered; `error` where the answer is none by section 1."""

    http_status: int | None = None
    answer: Any = None
    error: str | None = None

    def takes(self, event_id: str) -> bool:
        """Whether the client has the event: signed, 200, and this event's number in it."""
        said = self.answer if isinstance(self.answer, dict) else {}
        named = said.get("event_id") == event_id and said.get("status") in ("processed", "duplicate")
        return self.http_status == 200 and self.error is None and named


def post(world: World, event: Row, fault: str | None) -> Delivery:
    """Send an event in the suite that the client speaks; `fault` bad_signature, stale or replay spoils it."""
    keys = world.keys.suites[world.client_suite]
    nonce = secrets.token_hex(16)
    body = _body(world, keys, event, nonce)
    url = world.settings.events_url or ""
    headers = _headers(world, keys, urlsplit(url).path, body, nonce, fault)
    try:
        with requests.Session() as session:
            session.trust_env = False
            for _ in range(2 if fault == "replay" else 1):
                answer = session.post(url, data=body, headers=headers, timeout=WAIT_S, allow_redirects=False)
    except requests.RequestException as failed:
        return Delivery(error=type(failed).__name__)
    return Delivery(answer.status_code, _json(answer.content), _why_none(world, keys, answer, headers))


def _headers(world: World, keys: SuiteKeys, path: str, body: bytes, nonce: str, fault: str | None) -> dict[str, str]:
    stamp = str(int(world.clock.now()) - (2 * WINDOW_S if fault == "stale" else 0))
    private = keys.platform_private
    if fault == "bad_signature":
        private = keys.suite.load_private(keys.suite.new_private())
    text = request_text(keys.suite, "POST", path, stamp, nonce, body)
    return {
        "Content-Type": "application/json",
        "X-App-Id": world.keys.platform_id,
        "X-Suite": keys.suite.name,
        "X-Key-Id": keys.platform_key_id,
        "X-Timestamp": stamp,
        "X-Nonce": nonce,
        "X-Request-Id": str(uuid.uuid4()),
        "X-Signature": signature(keys.suite, private, text),
    }


def _body(world: World, keys: SuiteKeys, event: Row, nonce: str) -> bytes:
    data = json.loads(event["data"])
    if event["type"] in SUBJECT_TYPES and "subject" not in data and event["person"]:
        person = world.people.by_key[event["person"]]
        subject = {"name": person["name"], "id_type": "111", "id_number": person["id_number"]}
        plain = json.dumps(subject, ensure_ascii=False).encode()
        data["subject"] = seal(keys.suite, keys.data_key_id, keys.data_keys[keys.data_key_id], plain, nonce)
    named = {name: event[name] for name in ("event_id", "seq", "type", "occurred_at")}
    return json.dumps({**named, "data": data}, ensure_ascii=False).encode()


def _why_none(world: World, keys: SuiteKeys, answer: requests.Response, sent: dict[str, str]) -> str | None:
    """What is wrong with the client's answer by section 1; None where all is well."""
    head = answer.headers
    public = keys.client_publics.get(head.get("X-Key-Id", ""))
    stamp, nonce = head.get("X-Timestamp", ""), head.get("X-Nonce", "")
    if head.get("X-App-Id") != world.keys.app_id or head.get("X-Suite") != keys.suite.name or public is None:
        return "app, suite or key of the answer"
    if head.get("X-Request-Id") != sent["X-Request-Id"]:
        return "X-Request-Id is not echoed"
    if not TIMESTAMP.fullmatch(stamp) or not NONCE.fullmatch(nonce):
        return "X-Timestamp or X-Nonce is malformed"
    if abs(int(stamp) - world.clock.now()) > WINDOW_S:
        return "the answer's clock"
    text = response_text(keys.suite, answer.status_code, sent["X-Nonce"], stamp, nonce, answer.content)
    if not signed_by(keys.suite, public, text, head.get("X-Signature", "")):
        return "the answer's signature"
    if not world.nonces.is_new(nonce, world.clock.now()):
        return "the answer's nonce was used before"
    return None


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return body[:500].decode("utf-8", "replace")
