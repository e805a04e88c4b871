"""Spreadsheets that mean harm, or are merely broken: ten kinds, as many of each as one likes, each a little other.

`files(seed)` never ends: (kind, what it has to be refused for, bytes). No two of one seed are alike.
"""

import io
import random
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import Any

HEAD = ("姓名", "证件号码", "手机号")
TYPES = ('<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
         '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
         '<Default Extension="xml" ContentType="application/xml"/>'
         '<Override PartName="/xl/workbook.xml" ContentType="application/vnd.{}.main+xml"/></Types>')
PLAIN = "openxmlformats-officedocument.spreadsheetml.sheet"
RELS = ('<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        '<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{}" '
        'Target="{}"/></Relationships>')
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
BOOK = (f'<workbook xmlns="{MAIN}" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
        '<sheets><sheet name="志愿者" sheetId="1" r:id="rId1"/></sheets></workbook>')
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
Made = tuple[set[str], bytes]


def sheet(rows: str, before: str = "") -> str:
    return f'<?xml version="1.0"?>{before}<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>'


def cell(text: str, place: str = "") -> str:
    at = f' r="{place}"' if place else ""
    return f'<c{at} t="inlineStr"><is><t>{text}</t></is></c>'


def row(texts: Any) -> str:
    return f"<row>{''.join(map(cell, texts))}</row>"


def package(rows: str, more: dict[str, Any] | None = None, *, before: str = "", types: str = PLAIN) -> bytes:
    """A small XLSX of these rows; `more` parts may replace the usual ones."""
    parts: dict[str, Any] = {
        "[Content_Types].xml": TYPES.format(types), "_rels/.rels": RELS.format("officeDocument", "xl/workbook.xml"),
        "xl/workbook.xml": BOOK, "xl/_rels/workbook.xml.rels": RELS.format("worksheet", "worksheets/sheet1.xml"),
        "xl/worksheets/sheet1.xml": sheet(rows, before), **(more or {})}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as book:
        for name, content in parts.items():
            book.writestr(name, content)
    return out.getvalue()


def good(count: int = 2) -> bytes:
    return package(row(HEAD) + "".join(row((f"林{n}", str(n), "")) for n in range(count)))


def bombs(chance: random.Random) -> Made:
    """Kilobytes that become gigabytes: in the sheet, in the shared strings, in a part that nobody needs, in many."""
    size = chance.randrange(150, 400) << 20
    kind = chance.randrange(3)
    if kind == 2:
        each = {f"xl/media/image{n}.xml": b"\0" * (size // 40) for n in range(40)}
        return {"SHEET_UNZIPS_TOO_LARGE"}, package(row(HEAD), each)
    name = ("xl/worksheets/sheet1.xml", "xl/sharedStrings.xml")[kind]
    return {"SHEET_UNZIPS_TOO_LARGE"}, package(row(HEAD), {name: b"<a>" + b"A" * size})


def liars(chance: random.Random) -> Made:
    """A part that unzips to other than its directory says, or a directory that says what can't be."""
    content = bytearray(package(row(HEAD), {"xl/worksheets/sheet1.xml": sheet(
        row(HEAD) + "".join(row(("林", "1", "")) for _ in range(chance.randrange(2000, 30000))))}))
    at = content.index(b"PK\x01\x02", content.index(b"PK\x01\x02") + 4)
    while content[at + 46:at + 70].decode("latin-1") != "xl/worksheets/sheet1.xml":
        at = content.index(b"PK\x01\x02", at + 4)
    said = chance.choice((chance.randrange(1, 4000), 1 << 27, 0xFFFFFFF0))
    content[at + 24:at + 28] = struct.pack("<I", said)
    return {"SHEET_UNZIPS_TOO_LARGE", "SHEET_BROKEN"}, bytes(content)


def far_cells(chance: random.Random) -> Made:
    place = chance.choice((f"XFD{chance.randrange(1, 1048576)}", f"A{chance.randrange(200_000, 1048577)}",
                           f"B{chance.randrange(10**6, 10**9)}", f"{chance.choice('BCDE')}ZZ{chance.randrange(2, 99)}",
                           f"ZZ{chance.randrange(2, 999)}"))
    return {"SHEET_FAR_CELL"}, package(row(HEAD) + f"<row>{cell('远', place)}</row>")


def endless(chance: random.Random) -> Made:
    """More rows or columns than a file may have, in both formats."""
    if chance.random() < 0.4:
        line = "林,1\n" * chance.randrange(100_100, 130_000)
        return {"SHEET_TOO_MANY_ROWS"}, ("姓名,证件号码\n" + line).encode(chance.choice(("utf-8", "gb18030")))
    if chance.random() < 0.5:
        wide = chance.randrange(41, 3000)
        if chance.random() < 0.5:
            return {"SHEET_TOO_MANY_COLUMNS"}, (",".join(["列"] * wide) + "\n").encode()
        return {"SHEET_TOO_MANY_COLUMNS"}, package(row(["列"] * wide))
    many = [f"<row>{cell('林')}{cell(str(chance.random()))}</row>" for _ in range(chance.randrange(100_100, 112_000))]
    return {"SHEET_TOO_MANY_ROWS"}, package(row(HEAD) + "".join(many))


def long_cells(chance: random.Random) -> Made:
    """One text that never ends; one text shared by all cells; a quote of a CSV that nobody closes."""
    kind = chance.randrange(3)
    if kind == 0:
        return {"SHEET_CELL_TOO_LONG", "SHEET_BROKEN"}, (
            '姓名,证件号码\n"' + "林," * chance.randrange(3000, 900_000)).encode("gb18030")
    if kind == 1:
        return {"SHEET_CELL_TOO_LONG"}, package(row(HEAD) + row(["林" * chance.randrange(501, 900_000)]))
    text = "".join(chance.choices("林周吴梅王", k=chance.randrange(40_000, 70_000)))
    shared = f'<sst xmlns="{MAIN}"><si><t>{text}</t></si></sst>'
    used = ("<row>" + '<c t="s"><v>0</v></c>' * 30 + "</row>") * chance.randrange(300, 3000)
    rels = RELS.replace("</Relationships>", '<Relationship Id="rId2" Type="http://schemas.openxmlformats.org/'
                        'officeDocument/2006/relationships/sharedStrings" Target="sharedStrings.xml"/></Relationships>')
    return {"SHEET_CELL_TOO_LONG", "SHEET_TOO_HEAVY"}, package(used, {
        "xl/sharedStrings.xml": shared,
        "xl/_rels/workbook.xml.rels": rels.format("worksheet", "worksheets/sheet1.xml")})


def entities(chance: random.Random) -> Made:
    """Laughter by the billion, somebody else's file, a DTD behind a megabyte of blanks, in UTF-16."""
    inner = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, chance.randrange(3, 12)))
    told = chance.choice((f'<!DOCTYPE x [<!ENTITY l0 "lol">{inner}]>', '<!DOCTYPE x SYSTEM "file:///etc/hostname">',
                          f'<!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1:{chance.randrange(1, 65535)}/">%p;]>'))
    before = " " * chance.randrange(0, 1 << 20) + told
    if chance.random() < 0.2:
        return {"SHEET_BROKEN"}, package("", {"xl/worksheets/sheet1.xml": sheet(row(HEAD), told).encode("utf-16")})
    part = chance.choice(("xl/workbook.xml", "[Content_Types].xml", "xl/sharedStrings.xml", "xl/worksheets/sheet1.xml"))
    return {"SHEET_DTD"}, package("", {part: f'<?xml version="1.0"?>{before}<x>&l1;</x>'})


def actives(chance: random.Random) -> Made:
    """Macros under any name, other people's workbooks, connections to data."""
    kind = chance.randrange(3)
    if kind == 0:
        name = chance.choice(("vbaProject.bin", "VBAPROJECT.BIN", "x/vbaProjectSignature.bin", "macrosheets/a.xml"))
        return {"SHEET_MACRO"}, package(row(HEAD), {f"xl/{name}": chance.randbytes(200)})
    if kind == 1:
        return {"SHEET_MACRO"}, package(row(HEAD), types="ms-excel.sheet.macroEnabled",
                                        more={"docProps/a.xml": f"<a>{chance.random()}</a>"})
    name = chance.choice(("xl/externalLinks/externalLink1.xml", "xl/ExternalLinks/x.xml", "xl/connections.xml"))
    return {"SHEET_EXTERNAL"}, package(row(HEAD), {name: f"<externalLink>{chance.random()}</externalLink>"})


def locked(chance: random.Random) -> Made:
    """Encrypted ones, those of the last century, and what is no spreadsheet at all."""
    kind = chance.randrange(4)
    if kind == 0:
        noise = chance.randbytes(chance.randrange(600, 5000))
        return {"SHEET_ENCRYPTED"}, OLE + noise + "EncryptedPackage".encode("utf-16-le") + noise
    if kind == 1:
        return {"SHEET_OTHER_FORMAT"}, OLE + chance.randbytes(chance.randrange(600, 60_000))
    if kind == 2:
        content = bytearray(good(chance.randrange(1, 500)))
        at = content.index(b"PK\x01\x02")
        content[at + 8] |= 1  # the flag of an encrypted part
        return {"SHEET_ENCRYPTED"}, bytes(content)
    start = chance.choice((b"%PDF-1.7\n\x00", b"\x89PNG\r\n\x1a\n\x00", b"\x7fELF\x02", b"GIF89a\x01\x00",
                           b"\x1f\x8b\x08\x00"))
    return {"SHEET_OTHER_FORMAT", "SHEET_ENCODING"}, start + chance.randbytes(chance.randrange(100, 90_000))


def odd_parts(chance: random.Random) -> Made:
    """Names that lead out of the package, links, doubles, thousands of parts."""
    kind = chance.randrange(4)
    if kind == 0:
        up = chance.choice(("../evil.xml", "/etc/cron.d/x", "xl/../../x.xml", "xl\\..\\x.xml", "C:/x.xml", "a//b.xml",
                            "xl/x\x01.xml"))
        return {"SHEET_ODD_PARTS"}, package(row(HEAD), {up: chance.randbytes(99)})
    if kind == 1:
        return {"SHEET_TOO_MANY_PARTS"}, package(row(HEAD), {
            f"xl/x{n}.xml": "<a/>" for n in range(chance.randrange(200, 5000))})
    out = io.BytesIO(good(chance.randrange(1, 300)))
    with zipfile.ZipFile(out, "a") as book:
        if kind == 2:
            link = zipfile.ZipInfo("xl/worksheets/sheet2.xml")
            link.create_system, link.external_attr = 3, 0o120777 << 16
            book.writestr(link, "/etc/hostname")
        else:
            book.writestr("XL/workbook.xml", BOOK)
    return {"SHEET_ODD_PARTS"}, out.getvalue()


def broken(chance: random.Random) -> Made:
    """Cut short, bytes turned over, XML that doesn't end, half a character, CSV in UTF-16."""
    whole, kind = good(chance.randrange(20, 900)), chance.randrange(4)
    if kind == 0:
        return {"SHEET_BROKEN"}, whole[:chance.randrange(4, len(whole) - 30)]
    if kind == 1:
        content, [at] = bytearray(whole), [whole.index(b"xl/worksheets/sheet1.xml") + 24]
        for _ in range(20):
            content[at + chance.randrange(0, 60)] ^= chance.randrange(1, 256)
        return {"SHEET_BROKEN", "SHEET_UNZIPS_TOO_LARGE"}, bytes(content)
    if kind == 2:
        deep = "<a>" * chance.randrange(1000, 200_000)
        open_ended = {"xl/worksheets/sheet1.xml": f"<worksheet><sheetData>{deep}"}
        return {"SHEET_BROKEN", "SHEET_EMPTY"}, package("", open_ended)
    text = "姓名,证件号码\n" + "林,1\n" * chance.randrange(1, 500)
    return {"SHEET_ENCODING"}, chance.choice((text.encode("utf-16"), text.encode("gb18030") + b"\xff\xff\n"))


KINDS: tuple[Callable[[random.Random], Made], ...] = (
    bombs, liars, far_cells, endless, long_cells, entities, actives, locked, odd_parts, broken)


def files(seed: int) -> Iterator[tuple[str, set[str], bytes]]:
    """Kind by kind, for ever."""
    chance, seen = random.Random(seed), set()
    while True:
        for kind in KINDS:
            refused_for, content = kind(chance)
            if (digest := zlib.crc32(content)) not in seen:
                seen.add(digest)
                yield kind.__name__, refused_for, content
