"""The League's red list and the initiatives (platform.md 4.7, 4.8).

Break that makes these fail: let `put` overwrite the subject; skip the comparison with respond_by.
"""

import secrets
import time
from typing import Any

import pytest

from tests.sandbox.caller import rfc
from tests.sandbox.conftest import Played

ENTRY = {
    "cited_by": "共青团江西省委", "document_no": "赣青发〔2026〕1号", "publicised_from": "2026-10-01",
    "publicised_to": "2026-10-09", "valid_from": "2026-10-10", "valid_to": "2099-10-09",
}  # fmt: skip
LIST = "/red-lists/outstanding_youth_volunteer/"


def put(play: Played, person: dict[str, Any], number: str = "Y2026-0001", **changes: Any) -> Any:
    nonce = secrets.token_hex(8)
    body = {**ENTRY, "subject": play.caller.subject(person, nonce), **changes}
    return play.caller.call("PUT", LIST + number, body, nonce=nonce)


def test_an_entry_is_listed_replaced_and_delisted(play: Played, lin: dict[str, Any]) -> None:
    for number in ("Y2026-0001", "Y2026-0001"):
        assert put(play, lin, number).json == {"entry_no": number, "status": "listed"}
    assert play.world.people.red_lists_of(lin) == ["outstanding_youth_volunteer"]
    for _ in range(2):
        assert play.caller.call("DELETE", LIST + "Y2026-0001").json["status"] == "delisted"
    assert play.world.people.red_lists_of(lin) == []


def test_an_entry_keeps_its_subject(play: Played, lin: dict[str, Any]) -> None:
    assert put(play, lin).status == 200
    assert put(play, play.person("wu")).code == "BAD_REQUEST"


@pytest.mark.parametrize(
    "change", [{"valid_from": "2026-10-08"}, {"valid_to": "2026-10-09"}, {"cited_by": None}, {"publicised_to": "x"}]
)
def test_entries_that_cannot_be(play: Played, lin: dict[str, Any], change: dict[str, Any]) -> None:
    assert put(play, lin, **change).code == "BAD_REQUEST"


def test_unknown_people_and_entries(play: Played, lin: dict[str, Any]) -> None:
    assert put(play, {**lin, "name": "林某"}).code == "SUBJECT_NOT_FOUND"
    assert play.caller.call("DELETE", LIST + "Y404").code == "NOT_FOUND"
    assert play.caller.call("DELETE", LIST + "Y404", b"{}").code == "BAD_REQUEST"


def initiate(play: Played, **data: Any) -> str:
    return str(play.control("POST", "/platform/initiatives", data)["initiative_no"])


def respond(play: Played, number: str, **change: Any) -> Any:
    body = {"response": "accepted", "measures": ["OF-1"], "responded_at": "2026-11-23T09:30:00+08:00", **change}
    kept = {name: value for name, value in body.items() if value is not ...}
    return play.caller.call("POST", f"/initiatives/{number}/responses", kept)


def test_initiatives_are_listed_once_by_cursor(play: Played) -> None:
    play.control("PUT", "/platform/settings", {"page_size": 2})
    numbers = [initiate(play) for _ in range(3)]
    first = play.caller.call("GET", "/initiatives").json
    assert [one["initiative_no"] for one in first["initiatives"]] == numbers[:2]
    second = play.caller.call("GET", f"/initiatives?since={first['next_cursor']}").json
    assert [one["initiative_no"] for one in second["initiatives"]] == numbers[2:]
    assert second["next_cursor"] is None
    assert play.caller.call("GET", f"/initiatives?since={second['cursor']}").json["initiatives"] == []
    assert play.caller.call("GET", "/initiatives?since=x").code == "BAD_REQUEST"


def test_a_response_is_given_once(play: Played) -> None:
    number = initiate(play)
    for _ in range(2):
        assert respond(play, number).json == {"initiative_no": number, "status": "accepted"}
    assert respond(play, number, measures=["OF-2"]).code == "BAD_REQUEST"
    assert respond(play, "I404").code == "NOT_FOUND"


@pytest.mark.parametrize(
    "change", [{"measures": ...}, {"measures": []}, {"response": "declined"}, {"responded_at": "today"}, {"more": 1}]
)
def test_responses_that_cannot_be(play: Played, change: dict[str, Any]) -> None:
    assert respond(play, initiate(play), **change).code == "BAD_REQUEST"


def test_declined_with_a_reason_and_too_late(play: Played) -> None:
    declined = respond(play, initiate(play), response="declined", reason="本地无此项目", measures=...)
    assert declined.json["status"] == "declined"
    assert respond(play, initiate(play, respond_by=rfc(time.time() - 1))).code == "BAD_REQUEST"


def test_a_period_s_feedback_replaces(play: Played) -> None:
    number = initiate(play)
    body = {"period": "2026-11", "beneficiaries": 12, "usages": 40, "waived_fen": 123400, "note": "首月\n正常"}
    for usages in (40, 41):
        answer = play.caller.call("POST", f"/initiatives/{number}/feedbacks", {**body, "usages": usages})
        assert answer.json == {"initiative_no": number, "period": "2026-11", "status": "received"}
    shown = play.control("GET", "/platform/initiatives")["items"][0]["feedbacks"]
    assert [one["usages"] for one in shown] == [41]
    for wrong in ({"period": "2026-13"}, {"period": "2099-01"}, {"usages": -1}, {"note": None}):
        assert play.caller.call("POST", f"/initiatives/{number}/feedbacks", {**body, **wrong}).code == "BAD_REQUEST"
