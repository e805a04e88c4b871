"""Spreadsheets that mean harm: each is refused by name, soon, in little memory; what people really send is read.

`make proof-import` takes 500 of ten kinds, `make test` one of each. Breaks tried, each fails here: the sizes not
summed, the parts not unzipped to see, the DTD not looked for.
"""

import os
import random
import threading
import time
from itertools import islice
from typing import Any

import psutil
import pytest

from app.kernel.settings import settings
from app.volunteers.imports import opening_sheets
from app.volunteers.imports.sheet_errors import SheetEmpty, SheetRefused
from tests.volunteers import hostile_sheets, sheets
from tests.volunteers.hostile_sheets import HEAD, cell, package, row
from tests.volunteers.import_worker import peak_mb

FULL = os.environ.get("PROOF") == "full"
FILES = 500 if FULL else 10
MOST_MB, MOST_S = 256, 10


class Watch:
    """The most memory that any child of this process has held."""

    def __init__(self) -> None:
        self.most_mb, self._over = 0.0, threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> "Watch":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        me = psutil.Process()
        while not self._over.wait(0.01):
            for each in me.children():
                if "reading_sheets" in " ".join(_argv(each)):
                    self.most_mb = max(self.most_mb, peak_mb(each.pid))


def _argv(each: psutil.Process) -> list[str]:
    try:
        return each.cmdline()
    except psutil.Error:
        return []


def rows(content: bytes) -> list[tuple[int, list[str]]]:
    return [each for batch in opening_sheets.batches(content) for each in batch]


def refused_for(content: bytes) -> str:
    with pytest.raises(SheetRefused) as no:
        rows(content)
    return no.value.code


def test_hostile_files_are_refused_by_name(inside: Any) -> None:
    seed, slowest, codes = random.randrange(10**6) if FULL else 7, 0.0, {}
    with Watch() as watch:
        for number, (kind, expected, content) in enumerate(islice(hostile_sheets.files(seed), FILES)):
            began = time.monotonic()
            code = refused_for(content)
            slowest = max(slowest, time.monotonic() - began)
            assert code in expected | {"SHEET_TOO_SLOW"}, (seed, number, kind)
            codes[code] = codes.get(code, 0) + 1
    print(f"\n{FILES} hostile files (seed {seed}): slowest {slowest:.1f} s, at most {watch.most_mb:.0f} MB; {codes}")
    assert slowest < MOST_S
    assert codes.get("SHEET_TOO_SLOW", 0) <= FILES // 20, "a busy machine may say so of some"
    assert watch.most_mb < MOST_MB
    assert settings().IMPORT_MEMORY_MB < MOST_MB, "what the kernel lets it have at most, whatever was seen in between"


def test_the_kernel_ends_what_takes_too_long_or_too_much(inside: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bounds below what an honest file takes, so that it is the kernel that speaks."""
    many = sheets.xlsx_of(sheets.people(30_000))
    monkeypatch.setitem(settings()._values, "IMPORT_MEMORY_MB", 30)
    assert refused_for(many) == "SHEET_TOO_HEAVY"
    assert refused_for(b"") == SheetEmpty.code


def test_a_dtd_is_refused_wherever_it_stands(inside: Any) -> None:
    for part in ("xl/workbook.xml", "xl/worksheets/sheet1.xml", "docProps/core.xml"):
        assert refused_for(package(row(HEAD), {part: '<!DOCTYPE x SYSTEM "file:///etc/hostname"><x/>'})) == "SHEET_DTD"


def test_what_spreadsheet_programs_write(inside: Any) -> None:
    """Rows keep the sheet's own numbers; numbers, days and truths are texts; long numbers don't look whole."""
    told = (f'{row(HEAD)}<row></row><row>{cell(" 林 ")}<c><v>360102200601010011</v></c><c><v>19900001234</v></c></row>'
            f'<row><c t="b"><v>1</v></c><c><v>1.5</v></c></row>')
    assert rows(package(told)) == [(1, list(HEAD)), (3, ["林", "3.60102E+17", "19900001234"]), (4, ["TRUE", "1.5"])]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("comma", [",", "\t", ";"])
def test_csv_in_the_encodings_of_this_country(inside: Any, encoding: str, comma: str) -> None:
    text = f'姓名{comma}证件号码\r\n㐂𠮷{comma}="00123"\r\n\r\n"林\n周"{comma}\'45\r\n'
    assert [cells for _, cells in rows(text.encode(encoding))] == [
        ["姓名", "证件号码"], ["㐂𠮷", "00123"], ["林\n周", "45"]]


if FULL:
    test_hostile_files_are_refused_by_name = pytest.mark.timeout(1800)(test_hostile_files_are_refused_by_name)
