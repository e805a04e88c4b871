"""Puts a watermark on every page of a PDF: a program of its own, since what a PDF holds is somebody else's word.

    python -I stamping.py < "<JSON line>\\n<PDF>" > "<pages>\\n<marked PDF>"

The line: {"lines": [Chinese, ASCII, …], "pages": most, "bytes": most of the result, "seconds": of the processor}.
Memory and processor are bounded by the kernel, no file can be written. Exit 0, or 3 where this is no PDF that can be
marked.
Nothing of the file is executed: pages alone are carried over, without the actions, scripts and files of the document.
"""

import io
import json
import math
import resource
import sys
from typing import Any

from pypdf import PdfReader, PdfWriter
from pypdf.generic import (
    ArrayObject,
    DecodedStreamObject,
    DictionaryObject,
    FloatObject,
    NameObject,
    NumberObject,
    TextStringObject,
)

MEMORY = 768 * 1024 * 1024
REFUSED = 3


def main() -> int:
    wish = json.loads(sys.stdin.buffer.readline())
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (wish["seconds"], wish["seconds"]))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        pages, marked = stamped(sys.stdin.buffer.read(), wish["lines"], wish["pages"])
    except (Exception, RecursionError, MemoryError):  # whatever it is, it is the file's fault, and told by the code
        return REFUSED
    if len(marked) > wish["bytes"]:
        return REFUSED
    sys.stdout.buffer.write(b"%d\n" % pages + marked)
    return 0


def stamped(pdf: bytes, lines: list[str], most: int) -> tuple[int, bytes]:
    """How many pages, and the marked PDF. Raises whatever pypdf does; ValueError for too many pages or none."""
    reader, writer = PdfReader(io.BytesIO(pdf), strict=False), PdfWriter()
    if reader.is_encrypted or not 1 <= len(reader.pages) <= most:
        raise ValueError("encrypted, empty or too long")
    marks = _Marks(writer)
    for page in reader.pages:
        marks.put_on(writer.add_page(page), lines)
    out = io.BytesIO()
    writer.write(out)
    return len(writer.pages), out.getvalue()


class _Marks:
    """The fonts and the paleness, once for the document. Chinese by a font that readers bring themselves."""

    def __init__(self, writer: Any) -> None:
        self._writer = writer
        self._chinese = self._added({
            "/Type": "/Font", "/Subtype": "/Type0", "/BaseFont": "/STSong-Light", "/Encoding": "/UniGB-UTF16-H",
            "/DescendantFonts": [self._added({
                "/Type": "/Font", "/Subtype": "/CIDFontType0", "/BaseFont": "/STSong-Light", "/DW": 1000,
                "/CIDSystemInfo": {"/Registry": "Adobe", "/Ordering": "GB1", "/Supplement": 4},
                "/FontDescriptor": self._added({
                    "/Type": "/FontDescriptor", "/FontName": "/STSong-Light", "/Flags": 6, "/ItalicAngle": 0,
                    "/FontBBox": [-25, -254, 1000, 880], "/Ascent": 880, "/Descent": -120, "/CapHeight": 880,
                    "/StemV": 93})})]})
        self._latin = self._added({"/Type": "/Font", "/Subtype": "/Type1", "/BaseFont": "/Helvetica"})
        self._pale = self._added({"/Type": "/ExtGState", "/ca": 0.35, "/CA": 0.35})

    def put_on(self, page: Any, lines: list[str]) -> None:
        """Over the page's own content, which is fenced in by q and Q and never looked into."""
        _tame(page)
        own = page.get("/Contents")
        own = own.get_object() if own is not None else ArrayObject()
        parts = list(own) if isinstance(own, list) else [page.raw_get("/Contents")]
        box = page.mediabox
        drawn = _drawing(float(box.left), float(box.bottom), float(box.width), float(box.height), lines)
        page[NameObject("/Contents")] = ArrayObject([self._stream(b"q\n"), *parts, self._stream(b"\nQ\n" + drawn)])
        self._resources(page)

    def _resources(self, page: Any) -> None:
        """The page's own copy, since pages may share one, with our names beside its own."""
        shared = page.get("/Resources")
        mine = DictionaryObject(shared.get_object() if shared is not None else {})
        for kind, names in {"/Font": {"/XyHan": self._chinese, "/XyLat": self._latin},
                            "/ExtGState": {"/XyPale": self._pale}}.items():
            there = mine.get(kind)
            inner = DictionaryObject(there.get_object() if there is not None else {})
            inner.update({NameObject(name): told for name, told in names.items()})
            mine[NameObject(kind)] = inner
        page[NameObject("/Resources")] = mine

    def _stream(self, data: bytes) -> Any:
        stream = DecodedStreamObject()
        stream.set_data(data)
        return self._writer._add_object(stream)

    def _added(self, told: dict[str, Any]) -> Any:
        return self._writer._add_object(_as_pdf(told))


def _tame(page: Any) -> None:
    """Pictures of seals stay; what would act by itself, or when touched, goes."""
    page.pop("/AA", None)
    for each in page.get("/Annots") or []:
        annotation = each.get_object()
        for action in ("/A", "/AA"):
            annotation.pop(action, None)


def _drawing(left: float, bottom: float, width: float, height: float, lines: list[str]) -> bytes:
    """Twelve slanting marks, as large as the page lets them be."""
    if not all(math.isfinite(each) for each in (left, bottom, width, height)) or min(width, height) <= 0:
        raise ValueError("a page of no size")
    size, cos, sin = min(width, height) / 48, math.cos(math.pi / 6), math.sin(math.pi / 6)
    han, latin = lines[0].encode("utf-16-be").hex(), [line.encode("ascii").hex() for line in lines[1:]]
    more = "".join(f" 0 {-size:.2f} Td <{line}> Tj" for line in latin)
    out = ["q /XyPale gs 0.45 g"]
    for row in range(4):
        for column in range(3):
            x = left + width * (column + 0.1 + 0.1 * (row % 2)) / 3
            y = bottom + height * (row + 0.3) / 4
            out.append(f"BT {cos:.4f} {sin:.4f} {-sin:.4f} {cos:.4f} {x:.2f} {y:.2f} Tm /XyHan {size:.2f} Tf <{han}> Tj"
                       f" /XyLat {size * 0.7:.2f} Tf{more} ET")
    return "\n".join([*out, "Q"]).encode("ascii")


def _as_pdf(told: Any) -> Any:
    if isinstance(told, dict) and not isinstance(told, DictionaryObject):
        return DictionaryObject({NameObject(name): _as_pdf(value) for name, value in told.items()})
    if isinstance(told, list):
        return ArrayObject([_as_pdf(each) for each in told])
    if isinstance(told, str):
        return NameObject(told) if told.startswith("/") else TextStringObject(told)
    if isinstance(told, int):
        return NumberObject(told)
    return FloatObject(told) if isinstance(told, float) else told


if __name__ == "__main__":
    sys.exit(main())
