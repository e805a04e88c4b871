"""Objecting over HTTP, on the real database; WeChat is the sandbox's process."""

import threading
from datetime import date, timedelta
from typing import Any

import psycopg
import pytest

from app.appeals import marking, opening, queries, settling
from app.appeals.cli import appeals_cli
from app.appeals.errors import AlreadySettled, AppealNotFound
from app.identity import queries as citizens
from app.kernel import clock
from tests import cast
from tests.cast import SignedIn
from tests.sandbox_process import Sandbox

TEXT = "我的等级不对：去年的欠费已在 2025 年还清。𠮷"
OTHER = {"about": {"kind": "other"}, "text": TEXT}


def about(kind: str, about_id: str, text: str = TEXT) -> dict[str, Any]:
    return {"about": {"kind": kind, "id": about_id}, "text": text}


def code_of(answer: Any) -> str:
    assert answer.content_type == "application/problem+json", answer.text
    return str(answer.json["code"])


def test_an_appeal_is_taken_and_its_clocks_run(lin: SignedIn, look: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fails where days are counted instead of working days, or the text comes back changed."""
    monkeypatch.setattr(clock, "today", lambda: date(2026, 9, 30))  # the day before the National Day holidays
    answer = lin.post("/api/v1/appeals", json=about("access", look))
    told: Any = answer.json
    assert answer.status_code == 201
    assert (told["state"], told["text"], told["about"]) == ("opened", TEXT, {"kind": "access", "id": look})
    assert (told["mark_by"], told["settle_by"]) == ("2026-10-08", "2026-10-13")  # Saturday the 10th is worked
    assert lin.get("/api/v1/appeals").json == {"items": [told], "next_cursor": None}
    newest: Any = lin.get("/api/v1/me/access-log").json
    assert newest["items"][0]["what"] == "appeal.open"


@pytest.mark.parametrize("kind", ["access", "decision", "entitlement", "usage"])
def test_another_s_thing_is_not_there(lin: SignedIn, zhou: SignedIn, look: str, kind: str) -> None:
    """T1. Fails where the owner is not part of the question; unknown ids are answered alike."""
    foreign = zhou.post("/api/v1/appeals", json=about(kind, look))
    unknown = zhou.post("/api/v1/appeals", json=about(kind, "01a208bf-1c53-78c1-a12b-2ab8a52c1811"))
    assert (foreign.status_code, code_of(foreign), code_of(unknown)) == (404, "NOT_FOUND", "NOT_FOUND")
    assert zhou.get("/api/v1/appeals").json == {"items": [], "next_cursor": None}


def test_one_sees_one_s_own_only(lin: SignedIn, zhou: SignedIn) -> None:
    """T1. Fails where the list is everybody's."""
    assert lin.post("/api/v1/appeals", json=OTHER).status_code == 201
    assert zhou.get("/api/v1/appeals").json == {"items": [], "next_cursor": None}


def test_grade_and_other_need_no_id(lin: SignedIn) -> None:
    """Fails where who objects to the grade has to name something that has no id."""
    for kind in ("grade", "other"):
        assert lin.post("/api/v1/appeals", json={"about": {"kind": kind}, "text": "x"}).status_code == 201


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"about": {"kind": "other"}},
        {"text": TEXT},
        {"about": {"kind": "other"}, "text": ""},
        {"about": {"kind": "other"}, "text": "字" * 1001},
        {"about": {"kind": "grade", "id": cast.LIN.id_number}, "text": "x"},
        {"about": {"kind": "verdict", "id": "1"}, "text": "x"},
        {"about": "other", "text": "x"},
        {**OTHER, "state": "settled"},
        {"about": {"kind": "other", "citizen_id": "1"}, "text": "x"},
        {"about": {"kind": "other", "id": "a" * 65}, "text": "x"},
    ],
)
def test_bodies_that_are_wrong(lin: SignedIn, body: dict[str, Any]) -> None:
    """C23. Fails where a field of ours can be set, or an identity number can stand in a plain column."""
    answer = lin.post("/api/v1/appeals", json=body)
    assert (answer.status_code, code_of(answer)) == (422, "VALIDATION_FAILED")


def test_a_thousand_characters_are_taken(lin: SignedIn) -> None:
    """Fails where a character outside of the BMP counts twice, or WeChat's own limit is met first."""
    assert lin.post("/api/v1/appeals", json={**OTHER, "text": "𠮷" * 1000}).status_code == 201


def test_what_wechat_does_not_allow(lin: SignedIn) -> None:
    """Fails where the text doesn't pass through msg_sec_check, or is kept all the same."""
    answer = lin.post("/api/v1/appeals", json={**OTHER, "text": "违禁"})
    assert (answer.status_code, code_of(answer)) == (422, "TEXT_NOT_ALLOWED")
    assert lin.get("/api/v1/appeals").json == {"items": [], "next_cursor": None}


@pytest.mark.parametrize(
    ("text", "fault", "check"),
    [("清楚", None, "pass"), ("可疑", None, "review"), ("清楚", "drop", "unchecked"), ("违禁", "html", "unchecked")],
)
def test_wechat_s_word_is_kept_and_its_silence_stops_nobody(
    lin: SignedIn, world: Sandbox, db: psycopg.Connection, text: str, fault: str | None, check: str
) -> None:
    """Fails where a right hangs on WeChat's server, or staff can't see that nobody looked."""
    if fault:
        world.control(
            "POST", "/faults", {"target": "wechat", "path": "/wxa/msg_sec_check", "kind": fault, "times": 2}
        )
    assert lin.post("/api/v1/appeals", json={**OTHER, "text": text}).status_code == 201
    assert db.execute("SELECT text_check FROM appeals").fetchall() == [(check,)]


def test_the_text_is_sealed(lin: SignedIn, db: psycopg.Connection) -> None:
    """Fails where text or answer stand readable in the table."""
    lin.post("/api/v1/appeals", json=OTHER)
    row = str(db.execute("SELECT a::text FROM appeals AS a").fetchone())
    assert TEXT not in row
    assert TEXT.encode().hex() not in row


def test_the_same_key_is_the_same_appeal(lin: SignedIn, db: psycopg.Connection) -> None:
    """C12, C13. Fails where a repeated call makes a second one, or another body slips in under the key."""
    first = lin.post("/api/v1/appeals", json=OTHER, key="k1")
    again = lin.post("/api/v1/appeals", json=OTHER, key="k1")
    assert (again.status_code, again.json) == (201, first.json)
    reused = lin.post("/api/v1/appeals", json={**OTHER, "text": "别的"}, key="k1")
    assert (reused.status_code, code_of(reused)) == (422, "IDEMPOTENCY_KEY_REUSED")
    assert lin.post("/api/v1/appeals", json=OTHER, key="k2").json != first.json
    db.execute("DELETE FROM idempotency_keys")  # as after a crash between the verb's commit and the key's note
    after = lin.post("/api/v1/appeals", json=OTHER, key="k1")
    assert after.json == first.json


def test_one_key_at_many_places_at_once(app: Any, lin: SignedIn, db: psycopg.Connection) -> None:
    """C12. Fails without the citizen's lock: the verb itself must be safe, with the key's row or without it."""
    gate = threading.Barrier(6)

    def work() -> None:
        with app.app_context():
            citizen = citizens.get(lin.citizen_id)  # type: ignore[arg-type]
            assert citizen is not None
            gate.wait()
            opening.open_appeal(citizen, opening.Objection("other", "", TEXT, "k1"), opening.Clocks(1, 5, 24))

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert db.execute("SELECT count(*) FROM appeals").fetchone() == (1,)


def test_a_key_is_forgotten_after_its_hours(app: Any, lin: SignedIn, db: psycopg.Connection) -> None:
    """Fails where an old key swallows a new appeal."""
    lin.post("/api/v1/appeals", json=OTHER, key="k1")
    db.execute("UPDATE appeals SET opened_at = opened_at - interval '25 hours'")
    db.execute("DELETE FROM idempotency_keys")
    assert lin.post("/api/v1/appeals", json={**OTHER, "text": "新的"}, key="k1").json["text"] == "新的"


def test_staff_mark_and_settle_and_the_citizen_sees_it_all(app: Any, lin: SignedIn) -> None:
    """Fails where a step is left out of the trail, the answer doesn't arrive, or a settled one changes."""
    no = lin.post("/api/v1/appeals", json=OTHER).json["appeal_no"]
    runner = app.test_cli_runner()
    assert no in runner.invoke(appeals_cli, ["list"]).output
    assert runner.invoke(appeals_cli, ["read", no, "--by", "wang"]).output.strip() == TEXT
    assert [runner.invoke(appeals_cli, ["mark", no, "--by", "wang"]).output.strip() for _ in "12"] == ["marked"] * 2
    settle = ["settle", no, "--outcome", "upheld", "--answer", "已更正，谢谢。", "--by", "wang"]
    assert runner.invoke(appeals_cli, settle).output.strip() == "settled"
    for late in (settle, ["mark", no, "--by", "wang"]):
        again = runner.invoke(appeals_cli, late)
        assert (again.exit_code, "APPEAL_SETTLED" in again.output) == (1, True)
    told: Any = lin.get("/api/v1/appeals").json
    assert (told["items"][0]["outcome"], told["items"][0]["answer"]) == ("upheld", "已更正，谢谢。")
    assert told["items"][0]["marked_at"] < told["items"][0]["settled_at"] or told["items"][0]["marked_at"]
    log: Any = lin.get("/api/v1/me/access-log").json
    assert [look["what"] for look in log["items"][:4]] == [
        "appeal.settle",
        "appeal.mark",
        "appeal.read",
        "appeal.open",
    ]
    assert runner.invoke(appeals_cli, ["list"]).output == ""


def test_settling_at_once_marks_too(app: Any, lin: SignedIn) -> None:
    """Fails where a settled appeal looks as if it was never marked."""
    no = lin.post("/api/v1/appeals", json=OTHER).json["appeal_no"]
    with app.app_context():
        settled = settling.settle(no, settling.Settlement("dismissed", "依据充分。"), "wang")
        assert settled.marked_at is not None
        with pytest.raises(AlreadySettled):
            settling.settle(no, settling.Settlement("upheld", "x"), "wang")
        with pytest.raises(AppealNotFound):
            marking.mark("AP0", "wang")


def test_what_is_late_is_shown(app: Any, lin: SignedIn, db: psycopg.Connection) -> None:
    """Fails where a missed day of either clock isn't found, or the last day itself counts as missed."""
    lin.post("/api/v1/appeals", json=OTHER)
    with app.app_context():
        appeal = queries.waiting()[0]
        day = timedelta(days=1)
        assert queries.overdue(appeal.mark_by) == []
        assert len(queries.overdue(appeal.mark_by + day)) == 1
        marking.mark(appeal.appeal_no, "wang")
        assert queries.overdue(appeal.settle_by) == []
        assert len(queries.overdue(appeal.settle_by + day)) == 1
    db.execute("UPDATE appeals SET settle_by = '2020-01-01'")
    assert app.test_cli_runner().invoke(appeals_cli, ["list"]).output.startswith("!")


def test_leaving_closes_what_is_open(app: Any, lin: SignedIn, db: psycopg.Connection) -> None:
    """Fails where an appeal of somebody who left stays on the clock, or its text can still be opened."""
    no = lin.post("/api/v1/appeals", json=OTHER).json["appeal_no"]
    export: Any = lin.get("/api/v1/me/export").json
    assert [each["text"] for each in export["appeals"]] == [TEXT]
    assert lin.delete("/api/v1/me").status_code == 204
    assert db.execute("SELECT state, outcome FROM appeals").fetchall() == [("settled", "withdrawn")]
    assert app.test_cli_runner().invoke(appeals_cli, ["read", no, "--by", "wang"]).output.strip() == ""


def test_the_door_asks_who_is_there(client: Any) -> None:
    """Fails where the guard is missing."""
    assert client.get("/api/v1/appeals").status_code == 401
    assert client.post("/api/v1/appeals", json=OTHER).status_code == 401
