"""Spreadsheets of made-up volunteers, and an import taken from upload to whatever step a test needs."""

import csv
import io
import tempfile
import uuid
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import xlsxwriter

from app.kernel.db import session, transaction
from app.staff.scoping import Scope
from app.volunteers.imports import carrying as carrying_imports
from app.volunteers.imports import importing
from app.volunteers.imports import papers as import_papers
from app.volunteers.imports.importable import KINDS
from app.volunteers.imports.models import Import
from tests.volunteers.league import number

HEAD = ("姓名", "身份证号", "手机号")
PHONE = "19900001234"


def people(count: int, first: int = 1, name: str = "示例同学") -> list[tuple[str, str, str]]:
    """Of twenty years, each with a number of their own (up to 999 a day of birth)."""
    return [(name, number(serial=(first + place) % 1000, days=-((first + place) // 1000)), PHONE)
            for place in range(count)]


def csv_of(rows: Iterable[Sequence[str]], head: Sequence[str] = HEAD, encoding: str = "utf-8-sig") -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out).writerows([head, *rows])
    return out.getvalue().encode(encoding)


def upload(scope: Scope, content: bytes, kind: str = "volunteers") -> uuid.UUID:
    return importing.begin(scope, KINDS[kind], "名单.csv", content)


def read(scope: Scope, content: bytes) -> Import:
    """Uploaded and as far as it comes by itself."""
    import_id = upload(scope, content)
    carrying_imports.run_due()
    return now(import_id)


def imported(scope: Scope, content: bytes, choice: Any = "all") -> Import:
    """To the end."""
    job = read(scope, content)
    importing.commit(scope, job.id, choice)
    carrying_imports.run_due()
    return now(job.id)


def now(import_id: uuid.UUID) -> Import:
    with transaction():
        session().expire_all()
        job = import_papers.get(import_id)
    assert job is not None
    return job


def xlsx_of(rows: Iterable[Sequence[str]], head: Sequence[str] = HEAD) -> bytes:
    """As a spreadsheet program writes it: every cell a text."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "名单.xlsx"
        with xlsxwriter.Workbook(str(path), {"constant_memory": True, "strings_to_numbers": False}) as book:
            sheet = book.add_worksheet("名单")
            for number, row in enumerate([head, *rows]):
                for place, text in enumerate(row):
                    sheet.write_string(number, place, text)
        return path.read_bytes()
