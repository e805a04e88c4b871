"""A spreadsheet's way into the register: read, previewed, written, taken back; each row once, whatever happens.

Breaks tried: see each test.
"""

from typing import Any

import psycopg
import pytest

from app.staff.scoping import within
from app.volunteers import carrying_imports, importing, queries, registering
from app.volunteers.registering import enrol
from tests.volunteers import league, sheets
from tests.volunteers.league import League, number, person


@pytest.fixture
def tree(inside: Any) -> League:
    return league.made()


def test_new_changed_same_and_wrong(tree: League, db: psycopg.Connection) -> None:
    enrol(tree.school, person("示例同学", number(serial=1), phone=sheets.PHONE))
    enrol(tree.school, person("旧名字", number(serial=2), phone=sheets.PHONE))
    enrol(tree.west, person("别处的", number(serial=3)))
    rows = [*sheets.people(4), ("", number(serial=5), ""), ("示例同学", "36010220060101000", ""),
            ("示例同学", number(serial=4), "")]
    job = sheets.read(tree.school, sheets.csv_of(rows, encoding="gb18030"))
    assert job.state == "ready"
    assert job.counts["seen"] == {"new": 1, "changed": 1, "same": 1, "wrong": 4}
    importing.commit(tree.school, job.id, "valid")
    carrying_imports.run_due()
    job = sheets.now(job.id)
    assert (job.state, job.counts["became"]) == ("done", {"new": 1, "changed": 1, "same": 1, "wrong": 4})
    assert db.execute("SELECT count(*) FROM volunteers").fetchone() == (4,)
