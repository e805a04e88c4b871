"""Control calls, the people, the keys and the page.

Break that makes these fail: let `People.put` keep a person before `check`; add an inline script to the page.
"""

import json
import re
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from sandbox.keys import load, make
from sandbox.people import FILE, valid_id_number
from sandbox.world import Settings, World
from tests.sandbox.conftest import Played

PAGE = Path(FILE).with_name("page")


def test_ten_people_with_different_lots(play: Played) -> None:
    people = play.control("GET", "/people")["items"]
    assert len(people) == 10
    assert all(valid_id_number(one["id_number"]) for one in people)
    assert all(re.fullmatch(r"1990000\d{4}", one["phone"]) for one in people)
    assert {one["grade"] for one in people} == {"AAA", "AA", "A", "B", "C", "D", "NONE"}
    assert [one["key"] for one in people[:3]] == ["lin", "zhou", "wu"]


def test_a_new_person_needs_only_a_key(play: Played) -> None:
    made = [play.control("PUT", f"/people/p{n}", {}) for n in range(40)]
    assert len({one["id_number"] for one in made}) == 40
    assert all(valid_id_number(one["id_number"]) for one in made)
    changed = play.control("PUT", "/people/p1", {"grade": "D", "red_lists": ["a_list"]})
    assert changed == {**made[1], "grade": "D", "red_lists": ["a_list"], "effective_red_lists": ["a_list"]}


@pytest.mark.parametrize(
    "change",
    [
        {"id_number": "360102199003071231"},
        {"id_number": "360102209902301237"},
        {"id_number": "36030219851212109x"},
        {"id_number": "360302198512121090"},
        {"grade": "S"},
        {"phone": "123"},
        {"name": ""},
        {"name": "字" * 41},
        {"restricted": "no"},
        {"red_lists": "x"},
        {"valid_until": "soon"},
        {"more": 1},
        {"key": "wu"},
    ],
)
def test_people_that_cannot_be(play: Played, change: dict[str, Any]) -> None:
    before = play.control("GET", "/people")
    response = play.http("PUT", "/_control/people/lin", change)
    assert (response.status, bool(json.loads(response.read())["error"])) == (400, True)
    assert play.control("GET", "/people") == before


def test_people_outlive_a_restart_and_are_sealed_on_disk(play: Played, tmp_path: Path) -> None:
    play.control("PUT", "/people/lin", {"grade": "B", "name": "林换名"})
    play.caller.authorize(play.person("lin"))
    again = World(Settings(0, tmp_path / "sandbox", None, None, None))
    assert (again.people.by_key["lin"]["name"], again.people.by_key["lin"]["grade"]) == ("林换名", "B")
    again.state.run("pragma wal_checkpoint")
    files = b"".join(path.read_bytes() for path in (tmp_path / "sandbox").glob("state.sqlite3*"))
    for person in again.people.by_key.values():
        assert not any(person[name].encode() in files for name in ("name", "id_number", "phone"))
    sqlite3.connect(tmp_path / "sandbox" / "state.sqlite3").execute("select * from people").fetchone()


def test_keys_are_made_once_and_kept_private(tmp_path: Path) -> None:
    path = make(tmp_path / "keys")
    files = {file.name: file.read_bytes() for file in path.parent.iterdir()}
    make(tmp_path / "keys")
    assert files == {file.name: file.read_bytes() for file in path.parent.iterdir()}
    assert {file.stat().st_mode & 0o777 for file in path.parent.iterdir()} == {0o600}
    paper = json.loads(path.read_text("utf-8"))
    assert (paper["app_id"], paper["platform_id"]) == ("xinyi-plus", "jx-credit-platform")
    for entry in paper["suites"].values():
        needed = {
            "client_key_id",
            "client_private",
            "platform_key_id",
            "platform_public",
            "data_key_id",
            "data_keys_hex",
        }
        assert needed <= set(entry)
        assert entry["data_key_id"] in entry["data_keys_hex"]
    loaded = load(path.parent)
    assert "PrivateKey" not in repr(loaded)


def test_nobody_else_s_page_steers_us(play: Played) -> None:
    response = play.http("POST", "/_control/reset", {}, Origin="https://elsewhere.example")
    assert response.status == 403
    assert play.http("POST", "/_control/reset", {}, Origin=f"http://127.0.0.1:{play.port}").status == 200


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/wechat/codes", {"person": "nobody"}, 404),
        ("POST", "/wechat/codes", {}, 400),
        ("GET", "/nothing", None, 404),
        ("POST", "/clock", {"offset_s": "1"}, 400),
        ("POST", "/clock", {}, 400),
        ("PUT", "/platform/settings", {"page_size": 0}, 400),
        ("PUT", "/platform/settings", {"more": 1}, 400),
        ("POST", "/platform/providers", {"uscc": "91360100MA35DEM008", "known": True}, 400),
        ("POST", "/platform/events", {"type": "grade.changed", "person": "lin"}, 409),
        ("DELETE", "/faults", {"more": 1}, 400),
        ("PUT", "/people/a%20b", {}, 400),
    ],
)
def test_control_calls_that_cannot_be(play: Played, method: str, path: str, body: Any, status: int) -> None:
    response = play.http(method, "/_control" + path, body)
    assert (response.status, bool(json.loads(response.read())["error"])) == (status, True)


def test_reset_forgets_what_happened_but_not_who_there_is(play: Played, lin: dict[str, Any], paper: str) -> None:
    play.caller.ask(paper, lin)
    play.caller.ask("A404", lin)
    play.fault("drop", "/", times=None)
    play.control("POST", "/clock", {"offset_s": 500})
    play.control("POST", "/reset")
    assert play.control("GET", "/platform/queries") == {"items": [], "refused": []}
    assert play.control("GET", "/platform/breaches")["items"] == []
    assert play.control("GET", "/faults")["items"] == []
    assert play.caller.ask(paper, lin).status == 200
    play.control("POST", "/reset", {"authorizations": True})
    assert play.caller.ask(paper, lin).code == "AUTHORIZATION_NOT_FOUND"


def test_people_are_again_as_they_are_written_down(play: Played) -> None:
    before = play.control("GET", "/people")["items"]
    play.control("PUT", "/people/lin", {"grade": "D", "valid_until": "2026-01-31", "red_lists": ["a_list"]})
    made = play.control("PUT", "/people/made", {"grade": "B"})
    play.control("POST", "/reset")
    assert play.control("GET", "/people")["items"] != [*before, made], "only who asks for it"
    play.control("POST", "/reset", {"people": True})
    assert play.control("GET", "/people")["items"] == [*before, made]


def test_the_page_brings_everything_itself(play: Played) -> None:
    response = play.http("GET", "/")
    html = response.read().decode()
    policy = response.getheader("Content-Security-Policy") or ""
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert re.findall(r'(?:src|href)="([^"]+)"', html)
    for link in re.findall(r'(?:src|href)="([^"#]+)"', html):
        assert link.startswith("/")
        assert play.http("GET", link).status == 200
    assert not re.search(r"<script>|<style|\sstyle=|\son\w+=", html)
    for file in PAGE.iterdir():
        assert not re.search(r"https?://(?!www\.w3\.org)", file.read_text("utf-8"))


def test_health(play: Played) -> None:
    assert json.loads(play.http("GET", "/healthz").read()) == {"status": "ok"}
    assert play.http("GET", "/nowhere").status == 404
