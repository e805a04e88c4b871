"""Tables: whitelisted, bounded, the same rows over all pages, and no formula in a CSV.

Breaks tried: sorting by any column, a keyset with the wrong sign, `safe` taken away, the export without its
trail entry.
"""

import csv
import io
import re
from typing import Any

import psycopg
import pytest
from flask import Flask
from markupsafe import Markup

from app.console import cells
from app.console.tables import Column, Filter, Table, equals, holds, of_query, plain, safe, since, until
from app.kernel.errors import Invalid
from app.staff import inviting, queries
from app.staff.inviting import Newcomer
from tests.console.browsing import Some, Visit, words


def people(count: int) -> None:
    for number in range(count):
        inviting.invite(Newcomer(f"li.{number:03d}", f"示例 {number % 3}", "operations"), actor="operator:test")


def table(**more: Any) -> Table:
    columns = (Column("账号", lambda row: row.login, sort="login"), Column("姓名", lambda row: row.display_name),
               Column("时", lambda row: row.created_at, sort="created_at"))
    filters = (Filter("name", "姓名", holds("display_name")),
               Filter("realm", "所属", equals("realm"), {"operations": "x"}),
               Filter("from", "自", since("created_at"), day=True), Filter("to", "至", until("created_at"), day=True))
    return Table("t", columns, of_query(queries.accounts()), filters=filters, per_page=7, **more)


@pytest.mark.parametrize("sort", ["login", "-login", "created_at", "-created_at"])
def test_pages_hold_every_row_once_in_order(inside: Flask, sort: str) -> None:
    people(25)
    seen: list[str] = []
    args = {"sort": sort}
    while True:
        shown = table().shown(args)
        seen += [row.login for row in shown.rows]
        if shown.next_cursor is None:
            break
        args = {"sort": sort, "cursor": shown.next_cursor}
    assert seen == sorted(seen, reverse=sort.startswith("-"))
    assert len(set(seen)) == 25


@pytest.mark.parametrize("args", [
    {"sort": "password_hash"}, {"sort": "--login"}, {"sort": "login; DROP TABLE staff_accounts"}, {"realm": "merchant"},
    {"from": "2026-13-01"}, {"from": "２０２６-01-01"}, {"name": "x" * 101}, {"name": "\x00"}, {"cursor": "nonsense"},
    {"cursor": "W10"}, {"sort": "login", "cursor": "WzEsMiwzXQ"}])
def test_what_no_page_of_ours_sends_is_refused(inside: Flask, args: dict[str, str]) -> None:
    with pytest.raises(Invalid):
        table().shown(args)


def test_filters_narrow_and_wildcards_mean_themselves(inside: Flask) -> None:
    people(6)
    assert len(table().shown({"name": "示例 1"}).rows) == 2
    assert table().shown({"name": "%"}).rows == []
    assert len(table().shown({"from": "2026-01-01", "to": "2099-01-01"}).rows) == 6
    assert table().shown({"to": "2026-01-01"}).rows == []
    shown = table().shown({"name": "示例 1", "sort": "login"})
    assert shown.sorted_by(shown.table.columns[0]).startswith("?name=")
    assert "sort=-login" in shown.sorted_by(shown.table.columns[0])
    assert shown.order(shown.table.columns[0]) == "ascending"


@pytest.mark.parametrize("evil", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1",
                                  "＋1", "－1", "＠x", "\n=1", "|calc", "｜x", "%1", "％1"])
def test_no_cell_is_a_formula(evil: str) -> None:
    assert safe(evil) == f"'{evil}"
    assert safe(-5) == -5
    assert safe("示例") == "示例"


def test_a_csv_is_for_spreadsheets_and_is_written_down(app: Flask, visitor: Visit, someone: Some,
                                                       db: psycopg.Connection) -> None:
    who = someone("system_admin")
    with app.app_context():
        people(30)
        inviting.invite(Newcomer("li.evil", "=HYPERLINK(1)", "operations"), actor="operator:test")
    there = visitor(who)
    refused = there.post("/console/operations/accounts/", {"purpose": "好奇"})
    assert refused.status_code == 422
    answer = there.post("/console/operations/accounts/", {"purpose": "审计", "login": "li."})
    assert answer.mimetype == "text/csv"
    assert answer.data.startswith(b"\xef\xbb\xbf")
    assert answer.headers["Content-Disposition"].startswith("attachment; filename*=UTF-8''%E8%B4%A6")
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert len(rows) == 32, "over all pages"
    assert "'=HYPERLINK(1)" in {row[1] for row in rows}
    assert ("staff.exported", "账号 · 审计 · 31") in db.execute("SELECT what, purpose FROM trail_entries").fetchall()


def test_a_table_without_rows_says_so(visitor: Visit, someone: Some) -> None:
    there = visitor(someone("operator"))
    assert "还没有记录" in words(there.get("/console/operations/merchants/"))
    assert "放宽筛选条件" in words(there.get("/console/operations/merchants/?name=x"))
    assert "导出" not in words(there.get("/console/operations/merchants/"))


def test_a_display_name_is_text(app: Flask, visitor: Visit, someone: Some) -> None:
    """XSS: in a table, on a page, in the header, in a dialog."""
    evil = "<img src=x onerror=alert(1)>\"'{{7*7}}"
    with app.app_context():
        invited = inviting.invite(Newcomer("li.evil", evil[:40], "operations"), actor="operator:test")
    there = visitor(someone("system_admin"))
    for page in ("/console/operations/accounts/", f"/console/operations/accounts/{invited.account.id}",
                 f"/console/operations/accounts/{invited.account.id}/unlock"):
        text = there.get(page).text
        assert "<img" not in text
        assert "&lt;img src=x onerror=alert(1)&gt;" in text
        assert "49" not in re.sub(r"[0-9a-f-]{36}|\d{2}:\d{2}:\d{2}|[0-9a-f]{16,64}", "", text)


def test_cells_escape() -> None:
    assert cells.link("<b>", 'x"y') == Markup('<a href="x&#34;y">&lt;b&gt;</a>')
    assert cells.badge("<b>") == Markup('<span class="badge-plain ">&lt;b&gt;</span>')
    assert [cells.yuan(fen) for fen in (None, 0, 5, 1234567, -250)] == [None, "0.00", "0.05", "12,345.67", "-2.50"]
    assert plain(cells.badge("好")) == "好"
