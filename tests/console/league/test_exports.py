"""Exports: marked, for a purpose, nobody alone above 500 rows a day, each person told.

Breaks tried: what was taken today not counted; `looks` not called. The verbs: tests/staff/test_exporting.py.
"""

import csv
import io
import re
from typing import Any

import psycopg
import pytest

from app.staff import exporting
from tests.console.browsing import words
from tests.console.league.conftest import Ground
from tests.console.league.test_volunteers import PAGE, looks

EXPORTS = "/console/league/exports/"


def rows(answer: Any) -> list[dict[str, str]]:
    assert answer.mimetype == "text/csv", words(answer)
    return list(csv.DictReader(io.StringIO(answer.get_data().decode("utf-8-sig"))))


def hidden(page: Any) -> dict[str, str]:
    """The fields of the download's form."""
    form = page.text.partition(f'action="{PAGE}"')[2]
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', form))


def one(db: psycopg.Connection) -> tuple[str, str]:
    found = db.execute("SELECT id::text, state FROM export_requests ORDER BY asked_at DESC LIMIT 1").fetchone()
    assert found
    return found


def test_a_small_one_is_given_marked_and_told(ground: Ground, db: psycopg.Connection) -> None:
    there = ground.there("east")
    assert there.post(PAGE, {"purpose": ""}).status_code == 422
    assert there.post(PAGE, {"purpose": "好奇"}).status_code == 422
    told = rows(there.post(PAGE, {"purpose": "年度核对", "stars": "1"}))
    assert [each["姓名"] for each in told] == ["东*"]
    number = db.execute("SELECT number FROM export_requests").fetchone()
    assert number
    for part in ("东县团委", "示例人员", "年度核对", number[0]):
        assert part in told[0]["水印"]
    assert looks(db, ground.east["东一"]) == [("volunteer.export", "导出：年度核对", "东县团委")]
    assert looks(db, ground.east["东二"]) == []
    said = db.execute("SELECT purpose FROM trail_entries WHERE what = 'staff.exported'").fetchone()
    assert said == (f"志愿者 · 年度核对 · 1 行 · {number[0]}",)


def test_a_large_one_has_somebody_elses_yes_and_is_taken_once(ground: Ground, db: psycopg.Connection,
                                                              monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole way, with 2 for 500."""
    monkeypatch.setattr(exporting, "ALONE", 2)
    asker, reviewer, west = (ground.there(place, "reviewer") for place in ("east", "city", "west"))
    told = asker.post(PAGE, {"purpose": "保险办理", "state": "registered"})
    request, state = one(db)
    assert state == "open"
    assert "须由另一位审核员同意" in words(told)
    assert looks(db, ground.east["东一"]) == [], "nobody has seen anything yet"
    page = f"{EXPORTS}{request}"
    assert "下载" not in words(asker.get(page)).partition("下载期限")[2]
    assert asker.post(f"{page}/approve").status_code == 409
    assert west.get(page).status_code == west.post(f"{page}/approve", page=PAGE).status_code == 404
    assert "已登记" in words(reviewer.get(page)), "what for, and which rows"
    assert 'name="request"' not in reviewer.get(page).text
    reviewer.post(f"{page}/approve")
    form = hidden(asker.get(page))
    assert form["request"] == request
    changed = asker.post(PAGE, {**form, "state": "left"})
    assert changed.status_code == 404, "not for other rows"
    assert reviewer.post(PAGE, form).status_code == 404, "not by another"
    assert len(rows(asker.post(PAGE, form))) == 3
    assert asker.post(PAGE, form).status_code == 404, "once"
    assert looks(db, ground.east["东三"]) == [("volunteer.export", "导出：保险办理", "东县团委")]
    assert one(db)[1] == "taken"


def test_slices_add_up(ground: Ground, db: psycopg.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "ALONE", 3)
    there = ground.there("east")
    assert len(rows(there.post(PAGE, {"purpose": "年度核对", "stars": "0"}))) == 2
    assert len(rows(there.post(PAGE, {"purpose": "年度核对", "stars": "1"}))) == 1
    assert "须由另一位审核员同意" in words(there.post(PAGE, {"purpose": "年度核对", "stars": "1"}))
    db.execute("UPDATE export_requests SET taken_at = taken_at - interval '25 hours' WHERE state = 'taken'")
    assert len(rows(there.post(PAGE, {"purpose": "年度核对", "stars": "1"}))) == 1, "the next day"


def test_no_cell_is_a_formula(ground: Ground, db: psycopg.Connection) -> None:
    db.execute("UPDATE volunteers SET volunteer_no = '=1+1' WHERE id = %s", (ground.east["东一"],))
    told = rows(ground.there("east").post(PAGE, {"purpose": "年度核对", "stars": "1"}))
    assert told[0]["编号"] == "'=1+1"
