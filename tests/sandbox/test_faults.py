"""Bad days on order: each kind, on every call, with or without its effect.

Break that makes these fail: process the call before `hangs_up("before")` is asked in `door.answer`.
"""

import contextlib
import http.client
import json
import secrets
import time
from typing import Any

import pytest

from tests.sandbox.caller import Answer, record, rfc
from tests.sandbox.conftest import Played

BATCHES = "/benefit-usages/batches"


def calls(play: Played, lin: dict[str, Any], paper: str) -> dict[str, Any]:
    """Every call of the platform, each good."""
    nonce, send = secrets.token_hex(8), play.caller.call
    subject = play.caller.subject(lin, nonce)
    entry = {
        "subject": subject, "cited_by": "团省委", "document_no": "1号", "publicised_from": "2026-10-01",
        "publicised_to": "2026-10-09", "valid_from": "2026-10-10", "valid_to": "2027-10-09",
    }  # fmt: skip
    number = play.control("POST", "/platform/initiatives", {})["initiative_no"]
    response = {"response": "accepted", "measures": ["OF-1"], "responded_at": rfc(time.time())}
    month = {"period": "2026-11", "beneficiaries": 1, "usages": 1, "waived_fen": 1}
    red = "/red-lists/outstanding_youth_volunteer/Y1"
    return {
        "/identities/verifications": lambda p: send("POST", p, {"subject": subject}, nonce=nonce),
        "/authorizations": lambda p: play.caller.authorize(lin),
        f"/authorizations/{paper}/revocation": lambda p: send("POST", p, {"revoked_at": rfc(time.time())}),
        "/credit-grades/queries": lambda p: play.caller.ask(paper, lin, p),
        "/credit-reports": lambda p: play.caller.ask(paper, lin, p),
        BATCHES: lambda p: send("POST", p, {"batch_no": "B1", "records": [record(paper)]}),
        "/benefit-usages/reconciliations/2026-11-01": lambda p: send("GET", p),
        red: lambda p: send("PUT", p, entry, nonce=nonce),
        "/initiatives": lambda p: send("GET", p),
        f"/initiatives/{number}/responses": lambda p: send("POST", p, response),
        f"/initiatives/{number}/feedbacks": lambda p: send("POST", p, month),
    }


SPOILED = [("bad_signature", None), ("stale", None), ("truncate", None), ("html", None), ("html", 502)]
SPOILED += [("status", 502), ("status", 504), ("status", 200), ("other_nonce", None), ("other_request_id", None)]


@pytest.mark.parametrize("number", range(11))
def test_every_call_can_have_every_bad_day(play: Played, lin: dict[str, Any], paper: str, number: int) -> None:
    for kind, value in SPOILED:
        path, call = list(calls(play, lin, paper).items())[number]
        play.fault(kind, path + "$", value=value)
        assert not call(path).valid
        assert play.control("GET", "/faults")["items"] == []
    for kind in ("drop", "take_then_drop"):
        path, call = list(calls(play, lin, paper).items())[number]
        play.fault(kind, path)
        with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
            call(path)


def send(play: Played, paper: str, number: str = "U1") -> Answer:
    body = {"batch_no": "B-" + number, "records": [record(paper, record_no=number)]}
    return play.caller.call("POST", BATCHES, json.dumps(body).encode())


def taken(play: Played) -> int:
    return len(play.control("GET", "/platform/usages")["items"])


@pytest.mark.parametrize(
    ("kind", "more", "effect"),
    [
        ("drop", {}, False),
        ("take_then_drop", {}, True),
        ("drop", {"when": "after"}, True),
        ("status", {"value": 502}, False),
        ("status", {"value": 502, "when": "after"}, True),
        ("html", {}, False),
        ("html", {"when": "after"}, True),
        ("truncate", {}, True),
        ("truncate", {"value": "connection"}, True),
        ("bad_signature", {}, True),
        ("stale", {}, True),
    ],
)
def test_whether_a_fault_lets_the_effect_happen(play: Played, paper: str, kind: str, more: Any, effect: bool) -> None:
    play.fault(kind, BATCHES, **more)
    try:
        assert not send(play, paper).valid
    except (http.client.HTTPException, ConnectionError):
        assert kind in ("drop", "take_then_drop") or more.get("value") == "connection"
    assert taken(play) == int(effect)
    assert send(play, paper, "U2").valid
    assert taken(play) == int(effect) + 1


def test_a_refusal_on_order_is_signed(play: Played, paper: str) -> None:
    play.fault("status", BATCHES, value="MAINTENANCE")
    answer = send(play, paper)
    assert (answer.status, answer.valid, answer.json["retry_after_s"]) == (503, True, 30)
    play.fault("status", BATCHES, value={"code": "RATE_LIMITED", "retry_after_s": 7})
    answer = send(play, paper)
    assert (answer.status, answer.valid, answer.json["retry_after_s"]) == (429, True, 7)


def test_a_stale_answer_is_otherwise_good(play: Played) -> None:
    play.fault("stale", "/initiatives", value=-900)
    answer = play.caller.call("GET", "/initiatives")
    assert int(answer.headers["x-timestamp"]) - time.time() > 890
    assert not answer.valid


@pytest.mark.parametrize("value", [0.3, 300])
def test_latency_in_seconds_or_milliseconds(play: Played, value: float) -> None:
    play.fault("latency", "/initiatives", value=value)
    start = time.monotonic()
    assert play.caller.call("GET", "/initiatives").valid
    assert 0.3 <= time.monotonic() - start < 2


def test_latency_does_not_hold_others_up(play: Played) -> None:
    play.fault("latency", "/initiatives", value=30)
    connection = http.client.HTTPConnection("127.0.0.1", play.port)
    connection.request("GET", "/gateway/v1/initiatives")
    while play.control("GET", "/faults")["items"]:  # until this request, and no later one, has met it
        time.sleep(0.01)
    start = time.monotonic()
    assert play.caller.call("GET", "/initiatives").valid
    assert time.monotonic() - start < 2
    connection.close()


def test_patches_are_signed_and_rows_are_moved(play: Played, lin: dict[str, Any], paper: str) -> None:
    play.fault("patch", "/credit-grades", value={"grade": "S", "more": 1})
    answer = play.caller.ask(paper, lin)
    assert (answer.valid, answer.json["grade"], answer.json["more"]) == (True, "S", 1)
    body = {"batch_no": "B1", "records": [record(paper) for _ in range(3)]}
    for value, count in (("repeat", 4), ("lose", 2), ("shuffle", 3)):
        play.fault("rows", BATCHES, value=value)
        answer = play.caller.call("POST", BATCHES, json.dumps(body).encode())
        assert (answer.valid, len(answer.json["results"])) == (True, count)


def test_times_skip_and_method_count(play: Played) -> None:
    play.fault("status", "/initiatives", value=502, times=2, skip=1)
    assert [play.caller.call("GET", "/initiatives").status for _ in range(4)] == [200, 502, 502, 200]
    play.fault("status", "/initiatives", value=502, times=None, method="POST")
    assert play.caller.call("GET", "/initiatives").status == 200
    assert play.caller.call("POST", "/initiatives/I1/responses", {}).status == 502
    assert play.control("DELETE", "/faults", {"target": "platform"}) == {"deleted": 1}


@pytest.mark.parametrize(
    ("path", "hit"),
    [
        ("/", True),
        ("/authorizations", True),
        ("/authorizations$", False),
        ("/authorizations/*/revocation", True),
        ("/authorizations/{authorization_id}/revocation", True),
        ("/gateway/v1/authorizations/", True),
        ("/credit-grades", False),
        ("*/revocation", True),
    ],
)
def test_paths_by_prefix_glob_or_exactly(play: Played, path: str, hit: bool) -> None:
    if not path.startswith("/"):
        path = "/" + path
    play.fault("status", path, value=502)
    answer = play.caller.call("POST", "/authorizations/A1/revocation", {"revoked_at": rfc(time.time())})
    assert (answer.status == 502) is hit


def test_faults_are_narrowed_when_deleted(play: Played) -> None:
    play.fault("html", "/a", times=None)
    play.fault("html", "/b", times=None)
    play.control("POST", "/faults", {"target": "wechat", "path": "/sns", "kind": "drop"})
    assert play.control("DELETE", "/faults?target=wechat") == {"deleted": 1}
    assert play.control("DELETE", "/faults", {"path": "/a"}) == {"deleted": 1}
    assert play.control("DELETE", "/faults") == {"deleted": 1}


@pytest.mark.parametrize(
    "wish",
    [
        {},
        {"target": "moon", "kind": "drop"},
        {"target": "platform", "kind": "rain"},
        {"target": "wechat", "kind": "bad_signature"},
        {"target": "platform", "kind": "latency"},
        {"target": "platform", "kind": "latency", "value": -1},
        {"target": "platform", "kind": "drop", "times": 0},
        {"target": "platform", "kind": "drop", "path": "no-slash"},
        {"target": "platform", "kind": "drop", "more": 1},
        {"target": "platform", "kind": "rows", "value": "burn"},
        {"target": "platform", "kind": ["drop"]},
    ],
)
def test_orders_that_make_no_sense(play: Played, wish: dict[str, Any]) -> None:
    response = play.http("POST", "/_control/faults", wish)
    assert response.status == 400
    assert json.loads(response.read())["error"]


def test_who_is_turned_away_before_the_effect_is_counted(play: Played, lin: dict[str, Any], paper: str) -> None:
    """Meant to fail where a drop isn't noted, and where a call that took effect is."""
    path = "/credit-grades/queries"
    for kind, value, when in (("drop", None, "before"), ("html", None, "before"), ("status", "INTERNAL", "before"),
                              ("drop", None, "after"), ("bad_signature", None, None)):
        play.fault(kind, path, value=value, **({"when": when} if when else {}))
        with contextlib.suppress(http.client.HTTPException, ConnectionError):
            play.caller.ask(paper, lin, path)
    play.control("PUT", "/platform/settings", {"maintenance_s": 30})
    play.caller.ask(paper, lin, path)
    turned = [(each["call"], each["why"]) for each in play.control("GET", "/platform/turned-away")["items"]]
    assert turned == [(f"POST {path}", why) for why in ("a fault", "a fault", "a fault", "MAINTENANCE")]
    assert len(play.control("GET", "/platform/queries")["items"]) == 2
