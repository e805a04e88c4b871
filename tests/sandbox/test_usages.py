"""Usage batches and reconciliation (platform.md 4.5, 4.6).

Break that makes these fail: judge a known record again in `_settle`; sort the day's digest by anything but bytes.
"""

import hashlib
import json
import secrets
import time
from typing import Any
from urllib.parse import quote

import pytest

from tests.sandbox.caller import Answer, record, rfc
from tests.sandbox.conftest import Played


def today() -> str:
    """The Shanghai day of this moment, not of the collection."""
    return time.strftime("%Y-%m-%d", time.gmtime(time.time() + 8 * 3600))



def send(play: Played, records: list[Any], batch_no: str | None = None) -> Answer:
    return play.caller.call("POST", "/benefit-usages/batches", batch(records, batch_no))


def batch(records: list[Any], batch_no: str | None = None) -> bytes:
    return json.dumps({"batch_no": batch_no or "B-" + secrets.token_hex(6), "records": records}).encode()


def rows(answer: Answer) -> list[str]:
    return [row["status"] + ":" + row.get("reason", "") for row in answer.json["results"]]


def test_rows_come_in_the_request_s_order(play: Played, paper: str) -> None:
    records = [record(paper), record("A404"), record(paper)]
    answer = send(play, records)
    assert (answer.status, answer.valid) == (200, True)
    assert rows(answer) == ["accepted:", "rejected:AUTHORIZATION_NOT_FOUND", "accepted:"]
    assert [row["record_no"] for row in answer.json["results"]] == [one["record_no"] for one in records]
    assert ["receipt_no" in row for row in answer.json["results"]] == [True, False, True]
    taken = play.control("GET", "/platform/usages")
    assert [one["record_no"] for one in taken["items"]] == [records[0]["record_no"], records[2]["record_no"]]
    assert taken["items"][0]["receipt_no"] == answer.json["results"][0]["receipt_no"]
    assert taken["rejected"][0]["reason"] == "AUTHORIZATION_NOT_FOUND"


def test_the_same_bytes_again(play: Played, paper: str) -> None:
    body = batch([record(paper), record("A404")], "B1")
    first, again = (play.caller.call("POST", "/benefit-usages/batches", body) for _ in range(2))
    assert first.json["receipt_no"] == again.json["receipt_no"]
    assert rows(again) == ["duplicate:", "rejected:AUTHORIZATION_NOT_FOUND"]
    assert again.json["results"][0]["receipt_no"] == first.json["results"][0]["receipt_no"]
    assert len(play.control("GET", "/platform/usages")["items"]) == 1


def test_a_batch_number_is_for_these_bytes_only(play: Played, paper: str) -> None:
    one = record(paper)
    assert send(play, [one], "B1").status == 200
    spaced = batch([one], "B1") + b" "
    answer = play.caller.call("POST", "/benefit-usages/batches", spaced)
    assert (answer.status, answer.code) == (409, "BATCH_NO_REUSED")


def test_a_refused_batch_leaves_its_number_free(play: Played, paper: str) -> None:
    assert send(play, [], "B1").code == "BAD_REQUEST"
    assert send(play, [record(paper), {"record_no": "U1", "more": 1}], "B1").code == "BAD_REQUEST"
    assert play.control("GET", "/platform/usages") == {"items": [], "rejected": []}
    assert send(play, [record(paper)], "B1").status == 200


def test_a_record_is_taken_once_whatever_batch_it_is_in(play: Played, paper: str) -> None:
    one = record(paper)
    first = send(play, [one, one])
    assert rows(first) == ["accepted:", "duplicate:"]
    changed = send(play, [{**one, "waived_fen": 1}])
    assert rows(changed) == ["duplicate:"]
    assert changed.json["results"][0]["receipt_no"] == first.json["results"][0]["receipt_no"]
    assert play.control("GET", "/platform/usages")["items"][0]["waived_fen"] == 9900
    assert play.breaches() == ["RECORD_CHANGED"]


def test_a_rejected_record_stays_so_until_corrected_under_a_new_number(play: Played, paper: str) -> None:
    bad = record(paper, region="36")
    assert rows(send(play, [bad])) == ["rejected:FIELD_INVALID:region"]
    assert rows(send(play, [{**bad, "region": "360100"}])) == ["rejected:FIELD_INVALID:region"]
    assert rows(send(play, [record(paper, corrects=bad["record_no"])])) == ["accepted:"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"authorization_id": "A404"}, "AUTHORIZATION_NOT_FOUND"),
        ({"scenario": "library"}, "SCENARIO_UNKNOWN"),
        ({"scenario": "gambling"}, "SCENARIO_UNKNOWN"),
        ({"occurred_at": rfc(time.time() + 86400)}, "OCCURRED_IN_FUTURE"),
        ({"occurred_at": rfc(time.time() - 30 * 86400 - 60)}, "TOO_OLD"),
        ({"provider_uscc": "91360100MA35DEM008"}, "FIELD_INVALID:provider_uscc"),
        ({"benefit": ""}, "FIELD_INVALID:benefit"),
        ({"outcome": "lost"}, "FIELD_INVALID:outcome"),
        ({"waived_fen": -1}, "FIELD_INVALID:waived_fen"),
        ({"waived_fen": 1.0}, "FIELD_INVALID:waived_fen"),
        ({"paid_fen": True}, "FIELD_INVALID:paid_fen"),
        ({"occurred_at": "2026-02-30T10:00:00+08:00"}, "FIELD_INVALID:occurred_at"),
        ({"initiative_no": "I404"}, "FIELD_INVALID:initiative_no"),
        ({"corrects": "U404"}, "FIELD_INVALID:corrects"),
    ],
)
def test_reasons(play: Played, paper: str, change: dict[str, Any], reason: str) -> None:
    assert rows(send(play, [{**record(paper), **change}])) == [f"rejected:{reason}"]


def test_limits_of_time_are_generous_to_the_last_second(play: Played, paper: str) -> None:
    late, early = rfc(time.time() - 30 * 86400 + 60), rfc(time.time() + 290)
    assert rows(send(play, [record(paper, occurred_at=at) for at in (late, early)])) == ["accepted:"] * 2


def test_a_provider_may_be_marked_unknown(play: Played, paper: str) -> None:
    uscc = record(paper)["provider_uscc"]
    play.control("POST", "/platform/providers", {"uscc": uscc, "known": False})
    assert rows(send(play, [record(paper)])) == ["rejected:PROVIDER_UNKNOWN"]
    play.control("POST", "/platform/providers", {"uscc": uscc, "known": True})
    assert rows(send(play, [record(paper)])) == ["accepted:"]


def test_the_paper_needs_the_scope_but_need_not_live(play: Played, lin: dict[str, Any], paper: str) -> None:
    narrow = play.caller.authorize(lin, scopes=["grade.read"]).json["authorization_id"]
    play.caller.call("POST", f"/authorizations/{paper}/revocation", {"revoked_at": rfc(time.time())})
    assert rows(send(play, [record(paper), record(narrow)])) == ["accepted:", "rejected:AUTHORIZATION_NOT_FOUND"]


@pytest.mark.parametrize(
    "records",
    [
        [],
        [{}],
        ["U1"],
        [record("A1", record_no="x" * 65)],
        [record("A1", record_no="with space")],
        [record("A1", corrects=None)],
        [record("A1", more=1)],
    ],
)
def test_batches_that_cannot_be(play: Played, records: list[Any]) -> None:
    assert send(play, records).code == "BAD_REQUEST"


def test_at_most_500_records_and_a_mebibyte(play: Played, paper: str) -> None:
    assert rows(send(play, [record(paper) for _ in range(500)])) == ["accepted:"] * 500
    assert send(play, [record(paper) for _ in range(501)]).code == "BAD_REQUEST"
    body = batch([record(paper)])
    full = body + b" " * (1_048_576 - len(body))
    assert play.caller.call("POST", "/benefit-usages/batches", full).status == 200
    over = play.caller.call("POST", "/benefit-usages/batches", full + b" ")
    assert (over.status, over.code) == (400, "BAD_REQUEST")


def test_a_day_is_reconciled_page_by_page(play: Played, paper: str) -> None:
    numbers = ["U-0003", "U-0010", "u-0001", "U-0001", "U-0002", "U-é"[:2] + "0009"]
    send(play, [record(paper, record_no=number, waived_fen=7, outcome="reversed") for number in numbers])
    send(play, [record("A404")])
    play.control("PUT", "/platform/settings", {"page_size": 4})
    answers: list[Any] = []
    seen, cursor = [], None
    while not answers or cursor:
        query = f"?cursor={quote(cursor, safe='')}" if cursor else ""
        answers.append(play.caller.call("GET", f"/benefit-usages/reconciliations/{today()}{query}").json)
        seen += [row["record_no"] for row in answers[-1]["records"]]
        cursor = answers[-1]["next_cursor"]
    assert seen == sorted(numbers, key=str.encode)
    assert len(answers) == 2
    digest = hashlib.sha256("\n".join(seen).encode()).hexdigest()
    for answer in answers:
        assert (answer["count"], answer["waived_fen"], answer["digest"]) == (6, 42, digest)
        assert answer["complete"] is False
    assert {row["status"] for row in answers[0]["records"]} == {"accepted"}


def test_a_cursor_must_be_percent_encoded(play: Played, paper: str) -> None:
    send(play, [record(paper) for _ in range(3)])
    play.control("PUT", "/platform/settings", {"page_size": 1})
    path = f"/benefit-usages/reconciliations/{today()}"
    cursor = play.caller.call("GET", path).json["next_cursor"]
    assert play.caller.call("GET", f"{path}?cursor={cursor}").code == "BAD_REQUEST"
    assert play.caller.call("GET", f"{path}?cursor={quote(cursor, safe='')}").status == 200


def test_an_empty_day_and_days_that_cannot_be(play: Played) -> None:
    path = "/benefit-usages/reconciliations/"
    empty = play.caller.call("GET", path + "2026-01-01").json
    assert (empty["count"], empty["digest"]) == (0, hashlib.sha256(b"").hexdigest())
    assert (empty["complete"], empty["next_cursor"]) == (True, None)
    for day in ("2099-01-01", "2026-1-1", "2026-02-30", "20260101"):
        assert play.caller.call("GET", path + day).code == "BAD_REQUEST"


def test_a_day_is_complete_from_two_o_clock(play: Played) -> None:
    now = time.time() + 8 * 3600
    to_midnight = 86400 - now % 86400
    for after_midnight, complete in ((2 * 3600 - 5, False), (2 * 3600 + 5, True)):
        play.world.clock.offset_s = shift = to_midnight + after_midnight
        answer = play.caller.call("GET", f"/benefit-usages/reconciliations/{today()}", at=shift)
        assert answer.json["complete"] is complete
