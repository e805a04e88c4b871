"""A spreadsheet's way into the register: read, previewed, written, taken back; each row once, whatever happens.

Breaks tried: see each test.
"""

import uuid
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from app.kernel import clock
from app.staff.errors import RoleMissing
from app.staff.scoping import within
from app.volunteers import queries, registering, sealing
from app.volunteers.imports import carrying as carrying_imports
from app.volunteers.imports import importing, writing_many
from app.volunteers.imports import queries as import_queries
from app.volunteers.imports import sheets as import_sheets
from app.volunteers.imports.errors import ImportForgotten, ImportHasWrong, ImportMoved, ImportUnknown
from app.volunteers.imports.importable import KINDS
from app.volunteers.imports.sheet_errors import SheetTooLarge
from app.volunteers.registering import enrol
from app.volunteers.service import hours
from tests.volunteers import league, sheets
from tests.volunteers.league import League, number, person

VOLUNTEERS = KINDS["volunteers"]


@pytest.fixture
def tree(inside: Any) -> League:
    return league.made()


def count(db: psycopg.Connection, what: str = "volunteers") -> int:
    row = db.execute(f"SELECT count(*) FROM {what}").fetchone()  # noqa: S608 (our words)
    assert row
    return int(row[0])


def test_new_changed_same_and_wrong(tree: League, db: psycopg.Connection) -> None:
    """GB 18030, too. Fails where the preview doesn't look at what is out of sight (tried: `_registered` empty), and
    where doubles within a file aren't looked for (tried).
    """
    enrol(tree.school, person("示例同学", number(serial=1), phone=sheets.PHONE))
    enrol(tree.school, person("旧名字", number(serial=2), phone=sheets.PHONE))
    enrol(tree.west, person("别处的", number(serial=3)))
    rows = [*sheets.people(4), ("", number(serial=5), ""), ("示例同学", "36010220060101000", ""),
            ("示例同学", number(serial=4), "")]
    job = sheets.read(tree.school, sheets.csv_of(rows, encoding="gb18030"))
    assert job.state == "ready"
    assert job.counts["seen"] == {"new": 1, "changed": 1, "same": 1, "wrong": 4}
    with within(tree.school):
        told = dict(import_queries.words(job.id, "wrong", 10))
        assert list(told) == [4, 6, 7, 8], "the sheet's own numbers"
        assert "另一" in told[4][""] or "其他团组织" in told[4][""]
        assert import_sheets.said(VOLUNTEERS, told[6]).startswith("姓名：必填")
        assert "第 5 行重复" in told[8][""]
        assert import_queries.words(job.id, "changed", 10) == [(3, {"": "更正志愿者登记：姓名"})]
    assert db.execute("SELECT count(*) FROM trail_entries WHERE what = 'volunteer.found_elsewhere'").fetchone() == (1,)
    with pytest.raises(ImportHasWrong):
        importing.commit(tree.school, job.id, "all")
    importing.commit(tree.school, job.id, "valid")
    with pytest.raises(ImportMoved):
        importing.commit(tree.school, job.id, "valid")
    carrying_imports.run_due()
    job = sheets.now(job.id)
    assert (job.state, job.counts["became"]) == ("done", {"new": 1, "changed": 1, "same": 1, "wrong": 4})
    assert count(db) == 4


def test_a_row_comes_out_as_enrol_would_have_it(tree: League) -> None:
    """Everything that is kept, but ids, keys and moments. Fails where a column is forgotten (tried: the phone)."""
    minor = league.guardian()
    rows = [("示例同学", number(15, 7), sheets.PHONE, "360102", "否", f"{clock.today():%Y/%m/%d}", minor.name,
             minor.phone, "母亲", f"{minor.consented_on:%Y年%m月%d日}")]
    one = sheets.imported(tree.school, sheets.csv_of(rows, head=[each.label for each in VOLUNTEERS.columns]))
    assert one.counts["became"]["new"] == 1
    same = enrol(tree.school, person("示例同学", number(15, 7), guardian=minor, agreed_on=clock.today(),
                                     phone=sheets.PHONE))
    assert same.outcome == "same"
    other = enrol(tree.school, person("示例同学", number(15, 8), guardian=minor, agreed_on=clock.today()))
    with within(tree.school):
        first, second = (queries.seen(tree.school, each.volunteer_id) for each in (same, other))
        own = {"id", "volunteer_no", "identity_index", "data_key", "applied_at", "registered_at", "changed_at",
               "real_name_due_at", "name_sealed", "id_number_sealed", "phone_sealed", "guardian_sealed"}
        for column in registering.Volunteer.__table__.columns.keys():  # noqa: SIM118 (it isn't a dict)
            if column not in own:
                assert getattr(first, column) == getattr(second, column), column
        assert sealing.id_number_of(first) == number(15, 7)
        assert sealing.phone_of(first) == sheets.PHONE


def test_each_person_sees_it_in_their_access_log(tree: League, db: psycopg.Connection) -> None:
    """Fails without `_note` (tried)."""
    enrol(tree.school, person("旧名字", number(serial=1), phone=sheets.PHONE))
    job = sheets.imported(tree.school, sheets.csv_of(sheets.people(3)))
    told = db.execute("SELECT what, purpose, count(*) FROM trail_entries WHERE about LIKE 'volunteer:%' GROUP BY 1, 2"
                      " ORDER BY 2 DESC").fetchall()
    assert told == [("volunteer.registered", "登记志愿者（批量导入）", 2), ("volunteer.registered", "登记志愿者", 1),
                    ("volunteer.changed", "更正志愿者登记：姓名", 1)]
    assert count(db, f"trail_entries WHERE about = 'import:{job.id}'") == 2


def test_undoing_takes_back_what_nobody_touched(tree: League, db: psycopg.Connection) -> None:
    """Fails where `changed_at` isn't compared (tried)."""
    enrol(tree.school, person("旧名字", number(serial=1), phone=league.OTHER_PHONE))
    job = sheets.imported(tree.school, sheets.csv_of(sheets.people(5)))
    assert job.counts["became"] == {"new": 4, "changed": 1, "same": 0, "wrong": 0}
    ids = {row: _id(db, number(serial=row)) for row in range(1, 6)}
    enrol(tree.school, person("后来改的", number(serial=2)))
    hours.add(ids[3], activity="植树", served_on=clock.today(), minutes=60, source="school")
    importing.undo(tree.school, job.id)
    carrying_imports.run_due()
    job = sheets.now(job.id)
    assert (job.state, job.counts["left"]) == ("undone", 2)
    with within(tree.school):
        left = dict(import_queries.left(job.id, 10))
        assert left.keys() == {3, 4}
        assert "更正过" in left[3]
        assert "关联" in left[4]
        first = queries.seen(tree.school, ids[1])
        assert first is not None
        assert (sealing.name_of(first), sealing.phone_of(first)) == ("旧名字", league.OTHER_PHONE)
    assert count(db) == 3
    with pytest.raises(ImportMoved):
        importing.undo(tree.school, job.id)


def test_all_or_nothing_stops_at_a_row_that_turned_wrong(tree: League, db: psycopg.Connection,
                                                         monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody else registers one of them between preview and yes: what was written of the others is taken back."""
    monkeypatch.setattr(carrying_imports, "CHUNK", 2)
    monkeypatch.setattr(carrying_imports.opening_sheets, "batches", _by_twos(carrying_imports.opening_sheets.batches))
    job = sheets.read(tree.school, sheets.csv_of(sheets.people(6)))
    assert job.chunks >= 3
    enrol(tree.west, person("示例同学", number(serial=6)))
    importing.commit(tree.school, job.id, "all")
    carrying_imports.run_due()
    assert sheets.now(job.id).state == "undone"
    assert count(db) == 1


def test_nothing_of_a_file_stays_in_clear_nor_for_ever(tree: League, db: psycopg.Connection,
                                                       monkeypatch: pytest.MonkeyPatch) -> None:
    """Fails where a chunk is kept as it is (tried), and where `forget` leaves the key."""
    importing.begin(tree.school, VOLUNTEERS, "示例同学.csv", sheets.csv_of(sheets.people(3)))
    for step in range(2):
        for table in ("imports", "import_chunks", "work_progress"):
            kept = str(db.execute(f"SELECT {table}::text FROM {table}").fetchall())  # noqa: S608
            assert not any(each in kept or each.encode().hex() in kept
                           for each in ("示例同学", number(serial=1), sheets.PHONE)), (step, table)
        carrying_imports.run_due()
    monkeypatch.setattr(clock, "now", lambda real=clock.now: real() + timedelta(days=15))
    assert carrying_imports.forget() == 1
    assert db.execute("SELECT state, data_key, head_sealed FROM imports").fetchone() == ("dropped", None, None)
    assert count(db, "import_chunks") == 0


def test_who_may_and_what_isnt_there(tree: League) -> None:
    job = sheets.read(tree.school, sheets.csv_of(sheets.people(1)))
    for verb in (lambda s: importing.commit(s, job.id, "all"), lambda s: importing.undo(s, job.id),
                 lambda s: importing.drop(s, job.id), lambda s: importing.match(s, job.id, {})):
        with pytest.raises(ImportUnknown):
            verb(tree.west)
        with pytest.raises(RoleMissing):
            verb(league.colleague(tree.school, "viewer"))
    with pytest.raises(RoleMissing):
        sheets.upload(league.colleague(tree.school, "viewer"), b"x")
    with pytest.raises(SheetTooLarge):
        sheets.upload(tree.school, b"x" * 16_777_217)
    importing.drop(tree.school, job.id)
    with within(tree.school), pytest.raises(ImportForgotten):
        import_sheets.marked(sheets.now(job.id), VOLUNTEERS, only_wrong=True)


def test_a_number_that_is_taken_is_drawn_again(tree: League, db: psycopg.Connection,
                                               monkeypatch: pytest.MonkeyPatch) -> None:
    """Numbers are drawn: among many, two meet. Seen to fail where one row alone was left for the second try."""
    monkeypatch.setattr(registering.secrets, "randbelow", lambda below: 7)
    draws = iter(range(1, 100))
    monkeypatch.setattr(writing_many, "secrets", type("Drawn", (), {"randbelow": lambda below: next(draws)}))
    assert sheets.imported(tree.school, sheets.csv_of(sheets.people(3))).counts["became"]["new"] == 3
    assert count(db) == 3


def _by_twos(batches: Any) -> Any:
    def read(content: bytes) -> Any:
        for batch in batches(content):
            head, *rest = batch
            yield [head, *rest[:2]]
            for place in range(2, len(rest), 2):
                yield rest[place:place + 2]

    return read


def _id(db: psycopg.Connection, id_number: str) -> uuid.UUID:
    index = registering.citizen_sealing.identity_index(id_number)
    row = db.execute("SELECT id FROM volunteers WHERE identity_index = %s", (index,)).fetchone()
    assert row
    return row[0]
