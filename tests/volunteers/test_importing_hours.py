"""A sheet of hours: what a row may say, what waits then, what is odd, and taking it back.

Breaks tried: `unpaid` read as yes whatever it says; `_there` empty (the same sheet twice is twice the hours).
"""

from collections.abc import Mapping
from typing import Any

import pytest

from app.kernel import clock
from app.staff.scoping import within
from app.volunteers import queries
from app.volunteers.imports import carrying as carrying_imports
from app.volunteers.imports import hour_cells, importing, importing_hours
from app.volunteers.imports.importing_hours import KIND, preview, undo, write
from app.volunteers.imports.kinds import Effect, Row
from app.volunteers.service import confirming
from app.volunteers.service import queries as hours_queries
from tests.volunteers import field, league, sheets
from tests.volunteers.field import Field


@pytest.fixture
def there(inside: Any, monkeypatch: pytest.MonkeyPatch) -> Field:
    made = field.made(monkeypatch)
    made.moment.passes(hours=3)
    return made


def cells(**told: str) -> Mapping[str, str]:
    return {"activity": "社区清洁", "served_on": "2026-11-19", "hours": "2", **told}


def rows(*told: Mapping[str, str]) -> list[Row]:
    made = []
    for number, each in enumerate(told, 2):
        value, wrong = KIND.read(each)
        assert value is not None, wrong
        made.append(Row(number, each, value))
    return made


def written(there: Field, given: list[Row]) -> list[Effect]:
    with within(there.anna):
        return write(there.anna, given, clock.now())


def test_hours_in_a_cell(inside: Any) -> None:
    for told, minutes in (("2", 120), ("1.5", 90), ("0.1", 6), ("24", 1440), ("2小时", 120), ("0.25", 15),
                          ("0.0167", 0), ("0", 0), ("24.5", 0), ("-1", 0), ("２", 0), ("1e1", 0), ("", 0)):
        value, wrong = hour_cells.read(cells(volunteer_no="3601021234567890", hours=told))
        assert (value.minutes if value else 0, set(wrong)) == (minutes, set() if minutes else {"hours"}), told


def test_what_a_row_cant_say(inside: Any) -> None:
    known = {"volunteer_no": "3601021234567890"}
    for told, place in (
            ({}, "volunteer_no"), ({"volunteer_no": "12"}, "volunteer_no"),
            ({"volunteer_no": "3.6E+15"}, "volunteer_no"), ({"id_number": "360102199203045530"}, "id_number"),
            ({**known, "unpaid": "否"}, "unpaid"), ({**known, "served_on": "2026-02-30"}, "served_on"),
            ({**known, "begins": "25:00"}, "begins"),
            ({**known, "activity": "联系 19900001234"}, "activity")):
        value, wrong = hour_cells.read(cells(**told))
        assert (value, set(wrong)) == (None, {place}), told


def test_what_was_written_waits_and_counts_once_confirmed(there: Field, db: Any) -> None:
    person = there.volunteer("甲", 1)
    there.volunteer("西", 2, there.league.west)
    given = rows(cells(volunteer_no=there.numbers["甲"], begins="09:00"),
                 cells(id_number=league.number(serial=1), served_on="2026/11/18", hours="1.5"),
                 cells(volunteer_no=there.numbers["西"]))
    assert [each.outcome for each in preview(there.anna, given)] == ["new", "new", "wrong"]
    assert db.execute("SELECT count(*) FROM attendances").fetchone() == (0,), "a preview writes nothing"
    done = written(there, given)
    assert [each.outcome for each in done] == ["new", "new", "wrong"]
    assert [each.outcome for each in preview(there.anna, given)] == ["same", "same", "wrong"]
    assert [each.outcome for each in written(there, given)] == ["same", "same", "wrong"]
    activity = db.execute("SELECT DISTINCT activity_id FROM attendances").fetchone()[0]
    assert confirming.confirm(there.bert, activity).done == 2
    assert queries.minutes(person) == 210
    with within(there.anna):
        left = undo(there.anna, [each for each in done if each.subject], clock.now())
    assert left == {2: importing_hours.CONFIRMED, 3: importing_hours.CONFIRMED}


def test_what_is_odd_in_a_sheet_is_flagged(there: Field, db: Any) -> None:
    for serial, key in enumerate("甲乙丙丁", 1):
        there.volunteer(key, serial)
    number = there.numbers
    done = written(there, rows(
        cells(volunteer_no=number["甲"], begins="09:00"), cells(volunteer_no=number["甲"], begins="10:59"),
        cells(volunteer_no=number["乙"], hours="12.5"), cells(volunteer_no=number["丙"], served_on="2026-11-21"),
        cells(volunteer_no=number["丁"]), cells(volunteer_no=number["丁"], hours="3")))
    with within(there.anna) as s:
        kinds = sorted(row.kind for row in s.execute(hours_queries.flags(there.anna)))
    assert kinds == ["future", "long_day", "overlap", "overlap", "overlap", "overlap"]
    with within(there.anna):
        assert undo(there.anna, done[:1], clock.now()) == {}
    assert db.execute("SELECT count(*) FROM attendance_flags f JOIN attendances a ON a.id = attendance_id "
                      "WHERE volunteer_no = %s AND state = 'waiting'", [number["甲"]]).fetchone() == (0,)


def test_nobody_imports_their_own(there: Field) -> None:
    there.volunteer("甲", 1)
    field.owning.tell(there.anna, there.numbers["甲"])
    (seen,) = preview(there.anna, rows(cells(volunteer_no=there.numbers["甲"])))
    assert seen.outcome == "wrong"


def test_a_whole_file_there_and_back(there: Field, db: Any) -> None:
    """Uploaded, previewed, written by the job, undone whole."""
    there.volunteer("甲", 1)
    head = ("志愿者编号", "活动名称", "服务日期", "时长（小时）")
    told = [(each, "社区清洁", "2026-11-19", "2") for each in (there.numbers["甲"], "12")]
    file = sheets.csv_of(told, head)
    job_id = sheets.upload(there.anna, file, "hours")
    carrying_imports.run_due()
    assert sheets.now(job_id).counts["seen"] == {"new": 1, "changed": 0, "same": 0, "wrong": 1}
    importing.commit(there.anna, job_id, "valid")
    carrying_imports.run_due()
    assert db.execute("SELECT state, minutes, source FROM attendances").fetchall() == [("waiting", 120, "import")]
    importing.undo(there.anna, job_id)
    carrying_imports.run_due()
    assert sheets.now(job_id).state == "undone"
    assert db.execute("SELECT state FROM attendances").fetchall() == [("withdrawn",)]
