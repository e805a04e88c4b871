"""Importing at the console: template, upload, columns, preview, yes, a copy with errors, undo; others' aren't there.

Breaks tried: see each test.
"""

import io
from typing import Any

import psycopg
import python_calamine

from app.volunteers.imports import carrying as carrying_imports
from tests.console.browsing import Visitor, words
from tests.console.league.conftest import Ground
from tests.volunteers import sheets
from tests.volunteers.league import number

PAGE = "/console/league/imports/"


def upload(there: Visitor, content: bytes, name: str = "名单.csv") -> Any:
    return there.post(f"{PAGE}volunteers/new", {"file": (io.BytesIO(content), name)})


def cells(content: bytes) -> list[list[Any]]:
    return python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()


def carry(app: Any) -> None:
    with app.app_context():
        carrying_imports.run_due()


def test_the_whole_way(app: Any, ground: Ground, db: psycopg.Connection) -> None:
    """Uploaded, matched by hand once, previewed, the good rows written, the wrong ones had back in words, undone."""
    there = ground.there("east")
    rows = [*sheets.people(3, first=20), ("=cmd|' /C calc'!A0", number(serial=30), "123"), ("林", "36010219", "")]
    sent = upload(there, sheets.csv_of(rows, head=("本人", "号", "手机号"), encoding="gb18030"))
    assert "正在读取" in words(sent) or "读取志愿者表格" in words(sent)
    at = sent.request.path
    carry(app)
    assert "请选择它们在表格中的位置" in words(there.get(at))
    assert "待确认的导入 1" in words(there.get("/console/league/"))
    again = there.post(f"{at}/columns", {"name": "0", "id_number": "0"})
    assert "同一列选了两次" in words(again)
    there.post(f"{at}/columns", {"name": "0", "id_number": "1", "phone": "2"})
    carry(app)
    shown = words(there.get(at))
    assert "新增 3" in shown
    assert "有问题 2" in shown
    assert "只导入没有问题的 3 行" in shown
    copy = cells(there.post(f"{at}/problems/rows", page=at).data)
    assert copy[0] == ["本人", "号", "手机号", "问题", "原行号"]
    assert [row[0] for row in copy[1:]] == ["=cmd|' /C calc'!A0", "林"]
    assert "手机号：须为 11 位手机号" in copy[1][3]
    assert "身份证号：" in copy[2][3]
    assert there.post(f"{at}/commit/all", page=at).status_code == 409
    there.post(f"{at}/commit/valid")
    carry(app)
    assert "撤销整次导入" in words(there.get(at))
    assert db.execute("SELECT count(*) FROM volunteers").fetchone() == (7,)
    there.post(f"{at}/undo")
    carry(app)
    assert "已撤销 3" in words(there.get(at))
    assert db.execute("SELECT count(*) FROM volunteers").fetchone() == (4,)
    second = upload(there, sheets.csv_of(rows[:1], head=("本人", "号", "手机号")))
    carry(app)
    assert "导入全部 1 行" in words(there.get(second.request.path)), "the columns are remembered"
    assert "已撤销" in words(there.get(PAGE))


def test_the_template_is_text_and_comes_back(app: Any, ground: Ground) -> None:
    there = ground.there("east")
    answer = there.get(f"{PAGE}volunteers/template")
    assert answer.mimetype.endswith("spreadsheetml.sheet")
    assert cells(answer.data)[0][:3] == ["姓名*", "身份证号*", "手机号"]
    sent = upload(there, answer.data, "模板.xlsx")
    carry(app)
    assert "没有内容" in words(there.get(sent.request.path))


def test_another_countys_import_isnt_there(app: Any, ground: Ground) -> None:
    east, west, viewer = ground.there("east"), ground.there("west"), ground.there("east", "viewer")
    at = upload(east, sheets.csv_of(sheets.people(1, first=20))).request.path
    carry(app)
    for path in ("", "/columns", "/commit/valid", "/drop", "/undo"):
        assert west.get(at + path).status_code == 404, path
        assert viewer.get(at + path).status_code == 403, path
    for path in ("/columns", "/commit/valid", "/drop", "/undo", "/problems/rows"):
        assert west.post(at + path, page=PAGE).status_code == 404, path
    assert at not in west.get(PAGE).text
    assert at in ground.there("city").get(PAGE).text


def test_what_is_too_large_is_refused_at_the_door(ground: Ground) -> None:
    answer = upload(ground.there("east"), b"x" * (16_777_216 + 70_000))
    assert answer.status_code == 413
