"""A merchant's month as a spreadsheet: every line of its days that are over, and what each day and service came to."""

import re
import tempfile
import uuid
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import xlsxwriter

from app.benefits import statements
from app.benefits.errors import NoStatement
from app.benefits.statements import Sums
from app.kernel import clock

# texts are texts: nothing in a cell is ever a formula or a link
OPTIONS = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
           "strings_to_numbers": False}
MONTH = re.compile(r"(2[01][0-9]{2})-(0[1-9]|1[0-2])")
MOST_LINES = 1_000_000  # a sheet ends a little later


def monthly_xlsx(merchant_id: uuid.UUID, month: str) -> bytes:
    """`month` as 2026-11: sheets 明细 and 汇总, through the last day whose statement can be had.

    Raises NoStatement where there is none yet, or no such month.
    """
    first, last = _days(month)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "month.xlsx"
        with xlsxwriter.Workbook(str(path), OPTIONS) as book:
            _write(book, merchant_id, first, last)
        return path.read_bytes()


def _write(book: Any, merchant_id: uuid.UUID, first: date, last: date) -> None:
    sheet = book.add_worksheet("明细")
    _row(sheet, 0, statements.HEAD)
    sums: dict[tuple[date, str], Sums] = {}
    row = 0
    for row, line in enumerate(statements.lines(merchant_id, first, until=last), 1):
        if row > MOST_LINES:
            raise NoStatement(field="month", issue="TOO_MANY_LINES")
        _row(sheet, row, statements.cells(line))
        sums.setdefault((clock.shanghai_day(line.at), line.service_id), Sums()).add(line)
    sheet = book.add_worksheet("汇总")
    _row(sheet, 0, ("日期", "服务ID", *statements.SUMMARY))
    for row, ((day, service_id), each) in enumerate(sorted(sums.items(), key=lambda item: item[0]), 1):
        _row(sheet, row, (day.isoformat(), service_id, *each.row()))


def _row(sheet: Any, row: int, cells: Any) -> None:
    for column, cell in enumerate(cells):
        if isinstance(cell, int):
            sheet.write_number(row, column, cell)
        elif cell:
            sheet.write_string(row, column, cell)


def _days(month: str) -> tuple[date, date]:
    found = MONTH.fullmatch(month)
    if found is None:
        raise NoStatement(field="month", issue="YYYY-MM")
    first = date(int(found[1]), int(found[2]), 1)
    last = (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    over = statements.last_ready()
    if first > over:
        raise NoStatement(field="month", issue="NO_STATEMENT_EXIST")
    return first, min(last, over)
