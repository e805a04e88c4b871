"""Reads a spreadsheet that somebody sent: a program of its own, since what such a file holds is somebody else's word.

    python -I reading_sheets.py < "<JSON line>\\n<XLSX or CSV>" > lines of JSON

The line names the bounds: {"unzipped", "parts", "rows", "columns", "cell", "seconds", "memory"} (bytes, characters,
seconds of the processor). Answers are batches of rows, [[row number of the sheet, [texts]], …], and at the end
{"rows": how many} or {"refused": code, "row": where it was}. Memory and processor are bounded by the kernel, nothing
can be written. What the kernel ends says nothing more: its parent knows by the signal.
"""

import csv
import datetime
import io
import re
import resource
import stat
import sys
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from typing import Any

import orjson
from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

BATCH = 500
RATIO, FROM = 200, 8 * 1024 * 1024  # so much larger unzipped is no table that a person has filled in
PIECE = 1 << 20
OLE, ZIP = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"PK\x03\x04"
ODD_NAME = re.compile(r"(?:^|/)\.\.?(?:/|$)|^/|//|[\\:\x00-\x1f\x7f]")
MACRO, LINKS = re.compile(r"vbaproject|macrosheets/"), re.compile(r"externallinks/|(?:^|/)connections\.xml$")
DTD = re.compile(rb"<!(?:DOCTYPE|ENTITY)")
MACRO_TYPE = re.compile(rb"macroEnabled|ms-office\.vbaProject")
CELLS = re.compile(rb"""\sr=["'](?:([A-Za-z]{2,})[0-9]+|[A-Za-z]?([0-9]{6,}))["']""")
UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
AS_FORMULA = re.compile(r'="([^"]*)"')  # how some programs keep a long number a text


class Refused(Exception):
    """The file breaks a bound; `row` of the sheet, where it is one row's fault."""

    def __init__(self, code: str, row: int | None = None) -> None:
        self.code, self.row = code, row
        super().__init__(code)


def main() -> int:
    told = orjson.loads(sys.stdin.buffer.readline())
    resource.setrlimit(resource.RLIMIT_AS, (told["memory"], told["memory"]))
    resource.setrlimit(resource.RLIMIT_CPU, (told["seconds"], told["seconds"] + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        _say({"rows": _send(_checked(_rows(sys.stdin.buffer.read(), told), told))})
    except Refused as no:
        _say({"refused": no.code, "row": no.row})
    except MemoryError:
        _say({"refused": "TOO_HEAVY", "row": None})
    except (Exception, RecursionError):  # whatever it is, it is the file's fault
        _say({"refused": "BROKEN", "row": None})
    return 0


def _say(told: Any) -> None:
    sys.stdout.buffer.write(orjson.dumps(told) + b"\n")
    sys.stdout.buffer.flush()


def _send(rows: Iterable[tuple[int, list[str]]]) -> int:
    """All rows in batches; how many they were."""
    count, batch = 0, []
    for row in rows:
        count += 1
        batch.append(row)
        if len(batch) == BATCH:
            _say(batch)
            batch = []
    if batch:
        _say(batch)
    return count


def _checked(rows: Iterable[tuple[int, list[Any]]], told: dict[str, int]) -> Iterator[tuple[int, list[str]]]:
    """Rows that hold something, as texts without the blanks around them and without the empty cells behind them."""
    longest, count = told["cell"], 0
    for number, cells in rows:
        texts = [_text(cell) for cell in cells]
        while texts and not texts[-1]:
            texts.pop()
        if not texts:
            continue
        count += 1
        if count > told["rows"] + 1:
            raise Refused("TOO_MANY_ROWS", number)
        if len(texts) > told["columns"]:
            raise Refused("TOO_MANY_COLUMNS", number)
        if max(map(len, texts)) > longest:
            raise Refused("CELL_TOO_LONG", number)
        yield number, texts
    if not count:
        raise Refused("EMPTY")


def _text(cell: Any) -> str:
    if isinstance(cell, str):
        text = cell.strip()
        if text[:1] in {"=", "'"}:
            kept = AS_FORMULA.fullmatch(text)
            text = kept[1].strip() if kept else text.removeprefix("'")
        return UNSEEN.sub("\ufffd", text)
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float | int):  # past fifteen digits a spreadsheet has lost the others: it mustn't look whole
        if abs(cell) >= 1e15:
            return f"{cell:.6G}"
        return f"{cell:.0f}" if float(cell).is_integer() else str(cell)
    if isinstance(cell, datetime.datetime):
        return f"{cell:%Y-%m-%d %H:%M}" if cell.time() != datetime.time() else f"{cell:%Y-%m-%d}"
    if isinstance(cell, datetime.time):
        return f"{cell:%H:%M}"
    return str(cell)


def _rows(content: bytes, told: dict[str, int]) -> Iterator[tuple[int, list[Any]]]:
    if not content.strip():
        raise Refused("EMPTY")
    if content.startswith(OLE):
        raise Refused("ENCRYPTED" if "EncryptedPackage".encode("utf-16-le") in content else "OTHER_FORMAT")
    if content.startswith(b"PK"):
        _check_parts(content, told)
        return _sheet(content, told)
    return _csv(content, told)


def _check_parts(content: bytes, told: dict[str, int]) -> None:
    """The zip's directory, then every byte of every part, before anything parses them."""
    try:
        parts = zipfile.ZipFile(io.BytesIO(content)).infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError):
        raise Refused("BROKEN") from None
    if len(parts) > told["parts"]:
        raise Refused("TOO_MANY_PARTS")
    names = [part.filename.lower() for part in parts]
    if len(set(names)) != len(names) or any(_odd(part) for part in parts):
        raise Refused("ODD_PARTS")
    if any(part.flag_bits & 0x41 for part in parts):
        raise Refused("ENCRYPTED")
    whole = sum(part.file_size for part in parts)
    if whole > told["unzipped"] or whole > max(FROM, RATIO * len(content)):
        raise Refused("UNZIPS_TOO_LARGE")
    if any(MACRO.search(name) for name in names):
        raise Refused("MACRO")
    if any(LINKS.search(name) for name in names):
        raise Refused("EXTERNAL")
    if "xl/workbook.xml" not in names:
        raise Refused("OTHER_FORMAT")
    for part in parts:
        _look_through(content, part, told)


def _odd(part: zipfile.ZipInfo) -> bool:
    mode = part.external_attr >> 16
    return bool(ODD_NAME.search(part.orig_filename)) or len(part.filename) > 200 or stat.S_ISLNK(mode)


def _look_through(content: bytes, part: zipfile.ZipInfo, told: dict[str, int]) -> None:
    """One part, unzipped piece by piece and no further than its directory says: a directory may lie."""
    size, tail, first = 0, b"", True
    for piece in _pieces(content, part):
        size += len(piece)
        if size > part.file_size:
            raise Refused("UNZIPS_TOO_LARGE")
        if first and piece[:2] in {b"\xff\xfe", b"\xfe\xff", b"<\x00", b"\x00<"}:
            raise Refused("BROKEN")  # UTF-16, in which no spreadsheet program writes: what is looked for would hide
        seen, first = tail + piece, False
        if DTD.search(seen):
            raise Refused("DTD")
        if MACRO_TYPE.search(seen) and part.filename.lower() == "[content_types].xml":
            raise Refused("MACRO")
        for found in CELLS.finditer(seen) if "worksheets/" in part.filename.lower() else ():
            _near(found, told)
        tail = seen[-64:]
    if size != part.file_size:
        raise Refused("BROKEN")


def _near(found: re.Match[bytes], told: dict[str, int]) -> None:
    """A cell past the bounds would be held as a table with all that is before it."""
    if found[2] and (len(found[2]) > 7 or int(found[2]) > told["rows"] + 10_000):
        raise Refused("FAR_CELL")
    if found[1] and (len(found[1]) > 3 or _column(found[1]) > max(told["columns"], 100)):
        raise Refused("FAR_CELL")


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def _pieces(content: bytes, part: zipfile.ZipInfo) -> Iterator[bytes]:
    start = part.header_offset
    head = content[start:start + 30]
    if len(head) < 30 or not head.startswith(ZIP) or part.compress_type not in {0, 8}:
        raise Refused("BROKEN")
    start += 30 + int.from_bytes(head[26:28], "little") + int.from_bytes(head[28:30], "little")
    packed = memoryview(content)[start:start + part.compress_size]
    if part.compress_type == 0:
        yield bytes(packed)
        return
    stream, feed = zlib.decompressobj(-15), packed
    while not stream.eof:
        piece = stream.decompress(feed, PIECE)
        feed = memoryview(stream.unconsumed_tail)
        if not piece and not feed:
            raise Refused("BROKEN")
        yield piece


def _sheet(content: bytes, told: dict[str, int]) -> Iterator[tuple[int, list[Any]]]:
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        shown = [each.name for each in book.sheets_metadata
                 if each.typ == SheetTypeEnum.WorkSheet and each.visible == SheetVisibleEnum.Visible]
        if not shown:
            raise Refused("EMPTY")
        sheet = book.get_sheet_by_name(shown[0])
    except CalamineError:
        raise Refused("BROKEN") from None
    if sheet.width > max(told["columns"], 100):
        raise Refused("TOO_MANY_COLUMNS")
    if sheet.height > told["rows"] + 10_000:
        raise Refused("TOO_MANY_ROWS")
    return enumerate(sheet.iter_rows(), 1)


def _csv(content: bytes, told: dict[str, int]) -> Iterator[tuple[int, list[Any]]]:
    text = _decoded(content)
    if UNSEEN.search(text):
        raise Refused("OTHER_FORMAT")
    line = text.split("\n", 1)[0]
    csv.field_size_limit(told["cell"] * 4)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",\t;", key=line.count), strict=True)
    try:
        for cells in reader:
            if len(cells) > max(told["columns"], 100):
                raise Refused("TOO_MANY_COLUMNS", reader.line_num)
            yield reader.line_num, cells
    except csv.Error as wrong:
        raise Refused("CELL_TOO_LONG" if "limit" in str(wrong) else "BROKEN", reader.line_num) from None


def _decoded(content: bytes) -> str:
    """UTF-8, or else GB 18030, as spreadsheet programs of this country write."""
    if content[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        raise Refused("ENCODING")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Refused("ENCODING")


if __name__ == "__main__":
    sys.exit(main())
