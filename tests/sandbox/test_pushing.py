"""Events that the platform pushes: what they say, and the timetable of sending again (platform.md 5).

Break that makes these fail: leave the nonce check out of `_why_no_answer`; send the same sealed bytes again.
"""

import base64
import json
import secrets
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from sandbox.platform.pushing import DELAYS_S
from sandbox.signing import request_text, response_text, signature, signed_by
from sandbox.wire import Request, Response, Server, json_response
from tests.sandbox.conftest import Played


class Receiver:
    """The client's side of one URL: verifies what comes and answers signed, or badly when told so."""

    def __init__(self, play: Played) -> None:
        self.caller = play.caller
        self.got: list[Any] = []
        self.raw: list[bytes] = []
        self.status, self.bad, self.nonce = 200, "", ""

    def answer(self, request: Request) -> Response:
        header, caller = request.header, self.caller
        nonce = header("x-nonce") or ""
        stamp = header("x-timestamp") or ""
        text = request_text(caller.suite, request.method, request.target, stamp, nonce, request.body)
        if not signed_by(caller.suite, caller.public, text, header("x-signature") or ""):
            return self.sign(request, 401, {"code": "BAD_SIGNATURE"})
        if abs(int(stamp) - time.time()) > 300:
            return self.sign(request, 401, {"code": "CLOCK_SKEW"})
        event = json.loads(request.body)
        self.raw.append(request.body)
        if "subject" in event["data"]:
            event["data"]["subject"] = caller.unseal(event["data"]["subject"], nonce)
        self.got.append(event)
        return self.sign(request, self.status, {"event_id": event["event_id"], "status": "processed"})

    def sign(self, request: Request, status: int, payload: Any) -> Response:
        response = json_response(status, payload)
        stamp, nonce = str(int(time.time())), self.nonce or secrets.token_hex(16)
        asked = request.header("x-nonce") or ""
        text = response_text(self.caller.suite, status, asked, stamp, nonce, response.body)
        response.headers |= {
            "X-App-Id": self.caller.app_id, "X-Suite": self.caller.suite.name, "X-Key-Id": self.caller.key_id,
            "X-Timestamp": stamp, "X-Nonce": nonce, "X-Request-Id": request.header("x-request-id") or "",
            "X-Signature": signature(self.caller.suite, self.caller.private, text),
        }  # fmt: skip
        if self.bad == "signature":
            response.headers["X-Signature"] = base64.b64encode(bytes(64)).decode()
        if self.bad == "request id":
            response.headers["X-Request-Id"] = "another"
        return response


@pytest.fixture
def receiver(play: Played) -> Iterator[Receiver]:
    receiver = Receiver(play)
    with Server(0, receiver.answer) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_address[1]}/platform/v1/events"
        play.world.settings = replace(play.world.settings, events_url=url)
        yield receiver
        server.shutdown()


def push(play: Played, kind: str, **more: Any) -> list[Any]:
    return list(play.control("POST", "/platform/events", {"type": kind, **more})["events"])


def test_one_event_for_each_authorisation_with_what_the_platform_knows(
    play: Played, receiver: Receiver, lin: dict[str, Any], paper: str
) -> None:
    other = play.caller.authorize(lin).json["authorization_id"]
    said = push(play, "grade.changed", person="lin", data={"grade": "D"})
    assert [(one["taken"], one["answer"]["status"]) for one in said] == [(True, "processed")] * 2
    first, second = receiver.got
    assert [first["data"]["authorization_id"], second["data"]["authorization_id"]] == [paper, other]
    assert first["seq"] < second["seq"]
    assert first["data"]["subject"] == {"name": lin["name"], "id_type": "111", "id_number": lin["id_number"]}
    assert {"grade": "D", "restricted": False}.items() <= first["data"].items()
    assert {"as_of", "valid_until"} <= set(first["data"])
    assert play.caller.ask(paper, lin).json["grade"] == "D"


def test_every_type_carries_its_data(play: Played, receiver: Receiver, lin: dict[str, Any], paper: str) -> None:
    push(play, "record.repaired", person="lin")
    push(play, "red_list.added", person="lin", data={"list": "good_neighbour"})
    push(play, "usage.disputed", data={"record_no": "U1", "reason": "非本人使用"})
    push(play, "initiative.issued", data={"title": "示范发起"})
    push(play, "authorization.revoked", person="lin")
    push(play, "something.else", data={"a": 1})
    names = {event["type"]: set(event["data"]) for event in receiver.got}
    assert names == {
        "record.repaired": {"authorization_id", "subject", "repaired_at"},
        "red_list.added": {"authorization_id", "subject", "list"},
        "usage.disputed": {"record_no", "reason"},
        "initiative.issued": set(play.caller.call("GET", "/initiatives").json["initiatives"][0]),
        "authorization.revoked": {"authorization_id", "revoked_at"},
        "something.else": {"a"},
    }
    assert play.person("lin")["red_lists"] == ["good_neighbour"]
    assert play.caller.ask(paper, lin).code == "AUTHORIZATION_REVOKED"
    seqs = [event["seq"] for event in receiver.got]
    assert seqs == sorted(set(seqs))


def test_what_is_not_taken_is_sent_again_sealed_anew(play: Played, receiver: Receiver, paper: str) -> None:
    receiver.status = 503
    assert not push(play, "record.repaired", person="lin")[0]["taken"]
    row = play.control("GET", "/platform/events")["items"][0]
    assert row["status"] == "waiting"
    assert 14 <= row["next_at"] - time.time() <= DELAYS_S[0]
    receiver.status = 200
    play.sandbox.parts.pusher.deliver(play.world.state.one("select * from events") or {})
    assert [event["event_id"] for event in receiver.got] == [row["event_id"]] * 2
    assert receiver.raw[0] != receiver.raw[1]
    assert play.control("GET", "/platform/events")["items"][0]["status"] == "taken"


def test_the_timetable_ends_after_three_days(play: Played, receiver: Receiver, paper: str) -> None:
    receiver.status = 500
    push(play, "record.repaired", person="lin")
    delays = []
    while (row := play.world.state.one("select * from events") or {})["next_at"] is not None:
        delays.append(round(row["next_at"] - play.world.clock.now()))
        receiver.nonce = ""
        play.world.clock.offset_s += delays[-1]
        play.sandbox.parts.pusher.deliver(row)
    assert delays[:6] == [15, 60, 300, 1800, 3600, 3600]
    assert row["status"] == "given up"
    assert 70 <= sum(delays) / 3600 <= 72


@pytest.mark.parametrize("bad", ["signature", "request id"])
def test_an_answer_that_does_not_verify_is_none(play: Played, receiver: Receiver, paper: str, bad: str) -> None:
    receiver.bad = bad
    assert not push(play, "record.repaired", person="lin")[0]["verified"]
    assert play.breaches() == ["BAD_ANSWER"]


def test_a_nonce_of_an_answer_is_used_once(play: Played, receiver: Receiver, paper: str) -> None:
    receiver.nonce = secrets.token_hex(16)
    assert [push(play, "record.repaired", person="lin")[0]["verified"] for _ in range(2)] == [True, False]
    assert play.caller.call("GET", "/initiatives", nonce=receiver.nonce).code == "NONCE_REPLAYED"


def test_events_can_be_spoilt_doubled_and_out_of_order(play: Played, receiver: Receiver, paper: str) -> None:
    assert push(play, "record.repaired", person="lin", fault="bad_signature")[0]["http_status"] == 401
    assert push(play, "record.repaired", person="lin", fault="stale")[0]["http_status"] == 401
    for _ in range(2):
        push(play, "record.repaired", person="lin", event_id="E-twice", seq=5, occurred_at="2026-11-01T00:00:00+08:00")
    assert [(one["event_id"], one["seq"], one["occurred_at"]) for one in receiver.got] == [
        ("E-twice", 5, "2026-11-01T00:00:00+08:00")
    ] * 2


def test_nobody_there_is_no_error_of_ours(play: Played, paper: str) -> None:
    play.world.settings = replace(play.world.settings, events_url="http://127.0.0.1:9/platform/v1/events")
    said = push(play, "record.repaired", person="lin")[0]
    assert (said["taken"], said["http_status"], said["error"]) == (False, None, "ConnectionError")


def test_events_that_cannot_be(play: Played, receiver: Receiver) -> None:
    for wish in (
        {"type": "grade.changed", "person": "wu"},
        {"type": "grade.changed"},
        {"type": "grade.changed", "person": "nobody"},
        {"type": 7},
        {"type": "record.repaired", "data": []},
        {"type": "record.repaired", "fault": "rain"},
    ):
        assert play.http("POST", "/_control/platform/events", wish).status == 400
    assert receiver.got == []
