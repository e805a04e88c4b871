"""Spreadsheets for who imports: a kind's template, and a copy of what was uploaded with a column of what is wrong."""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import xlsxwriter
from sqlalchemy import select

from app.kernel.db import session
from app.volunteers.imports import papers as import_papers
from app.volunteers.imports.errors import ImportForgotten
from app.volunteers.imports.kinds import Kind
from app.volunteers.imports.models import Import, ImportChunk

# texts are texts: nothing in a cell is ever a formula, a link or a number
OPTIONS = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
           "strings_to_numbers": False}
WIDTH, NOTES, PROBLEM, NUMBER = 18, "填写说明", "问题", "原行号"


def template(kind: Kind) -> bytes:
    """Its columns are texts, so that numbers of eighteen digits stay whole; what they mean stands on a second sheet."""
    def write(book: Any) -> None:
        text, bold = book.add_format({"num_format": "@"}), book.add_format({"num_format": "@", "bold": True})
        sheet = book.add_worksheet(kind.title)
        sheet.set_column(0, len(kind.columns) - 1, WIDTH, text)
        for place, column in enumerate(kind.columns):
            sheet.write_string(0, place, column.label + ("*" if column.required else ""), bold)
        notes = book.add_worksheet(NOTES)
        notes.set_column(0, 3, 2 * WIDTH, text)
        told = [("列", "是否必填", "说明", "示例"), *((
            each.label, "必填" if each.required else "选填", each.hint, each.example) for each in kind.columns)]
        for number, row in enumerate(told):
            _row(notes, number, row)

    return _made(write)


def marked(job: Import, kind: Kind, *, only_wrong: bool) -> bytes:
    """In a transaction within the scope: the sheet as it was, its own numbers of rows and what is wrong behind.

    Raises ImportForgotten.
    """
    if job.data_key is None:
        raise ImportForgotten
    head = import_papers.head_of(job)

    def write(book: Any) -> None:
        sheet = book.add_worksheet(kind.title)
        sheet.set_column(0, len(head) + 1, WIDTH, book.add_format({"num_format": "@"}))
        _row(sheet, 0, [*head, PROBLEM, NUMBER])
        place = 0
        for number, cells, problem in _rows(job, kind):
            if problem or not only_wrong:
                place += 1
                _row(sheet, place, [*cells, *[""] * (len(head) - len(cells)), problem, str(number)])

    return _made(write)


def said(kind: Kind, words: Mapping[str, str]) -> str:
    """身份证号：末位校验码不对。 …"""
    labels = {column.key: column.label for column in kind.columns}
    return " ".join(f"{labels[key]}：{word}" if key in labels else word for key, word in words.items())


def _rows(job: Import, kind: Kind) -> Iterator[tuple[int, list[str], str]]:
    for number in range(job.chunks):
        chunk = session().scalars(select(ImportChunk).where(
            ImportChunk.import_id == job.id, ImportChunk.number == number)).one()
        for row, cells in import_papers.rows_of(job, chunk):
            told = chunk.words.get(str(row))
            yield row, cells, said(kind, told["words"]) if told and told["outcome"] == "wrong" else ""
        session().expunge(chunk)


def _row(sheet: Any, number: int, cells: Sequence[str]) -> None:
    for place, cell in enumerate(cells):
        if cell:
            sheet.write_string(number, place, cell)


def _made(write: Any) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sheet.xlsx"
        with xlsxwriter.Workbook(str(path), OPTIONS) as book:
            write(book)
        return path.read_bytes()
