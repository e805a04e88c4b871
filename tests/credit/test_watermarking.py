"""The watermark: on every page, over whatever is there, within bounds; and nothing that a file holds is let through.

Breaks that were tried, each fails here: the pages not counted; `/AA` left on a page. Not tried: the time not bounded
(the bomb would run on); the document cloned whole (its script would come along). The name masked is test_reports.py's.
"""

import io
import time
import zlib
from typing import Any

import pytest
from pypdf import PdfReader, PdfWriter
from pypdf.generic import (
    ArrayObject,
    DecodedStreamObject,
    DictionaryObject,
    NameObject,
    TextStringObject,
)

from app.credit import watermarking
from app.credit.errors import ReportUnreadable
from app.kernel.settings import settings
from sandbox.platform.printing import report_pdf

LINES = ["林** 本人下载", "2026-11-23T16:05:06+08:00", "No. 019a"]
REPORT = report_pdf("R1", "A", "2026-11-01", "2026-11-30")


def written(writer: PdfWriter) -> bytes:
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def pages_of(count: int) -> PdfWriter:
    writer = PdfWriter()
    for _ in range(count):
        writer.add_blank_page(595, 842)
    return writer


def texts(pdf: bytes) -> list[str]:
    return [page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages]


def marked(pdf: bytes) -> watermarking.Marked:
    return watermarking.mark(pdf, LINES)


def test_every_page_has_it_and_keeps_its_own(inside: Any) -> None:
    done = marked(REPORT)
    [page] = texts(done.pdf)
    assert done.pages == 1
    assert "公共信用信息报告" in page
    assert all(line in page for line in LINES)
    many = marked(written(pages_of(12)))
    assert many.pages == 12
    assert all("林** 本人下载" in page for page in texts(many.pdf))


def test_pages_that_share_their_resources_or_have_none(inside: Any) -> None:
    """Nothing of one page's mark reaches another's twice; a page without contents gets one, too."""
    writer = pages_of(2)
    shared = writer._add_object(DictionaryObject({NameObject("/ProcSet"): ArrayObject()}))
    for page in writer.pages:
        page[NameObject("/Resources")] = shared
    assert [page.count(LINES[2]) for page in texts(marked(written(writer)).pdf)] == [12, 12]


def test_the_names_own_words_can_not_break_out(inside: Any) -> None:
    """What is drawn is hexadecimal: brackets and backslashes of a name are letters like others."""
    odd = "𠮷)\\ > Tj *"
    assert odd in texts(watermarking.mark(REPORT, [odd, "x"]).pdf)[0]


def test_what_a_document_would_do_by_itself_is_left_behind(inside: Any) -> None:
    writer = pages_of(1)
    writer.add_attachment("evil.exe", b"MZ")
    writer._root_object[NameObject("/OpenAction")] = action()
    page = writer.pages[0]
    page[NameObject("/AA")] = DictionaryObject({NameObject("/O"): action()})
    page[NameObject("/Annots")] = ArrayObject([writer._add_object(DictionaryObject({
        NameObject("/Type"): NameObject("/Annot"), NameObject("/Subtype"): NameObject("/Link"),
        NameObject("/A"): action()}))])
    before, after = written(writer), marked(written(writer)).pdf
    for trace in (b"/JavaScript", b"/OpenAction", b"/AA", b"MZ", b"/EmbeddedFile"):
        assert trace in before
        assert trace not in after


def action() -> DictionaryObject:
    return DictionaryObject({NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject("x()")})


@pytest.mark.parametrize("wrong", [
    b"", b"no PDF at all", b"%PDF-1.7\n%%EOF", REPORT[:200], b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"])
def test_what_is_no_report(inside: Any, wrong: bytes) -> None:
    with pytest.raises(ReportUnreadable):
        marked(wrong)


def test_too_many_pages_none_and_encrypted(inside: Any) -> None:
    locked = pages_of(1)
    locked.encrypt("secret", algorithm="RC4-128")
    for wrong in (written(pages_of(settings().REPORT_PAGES + 1)), written(locked)):
        with pytest.raises(ReportUnreadable):
            marked(wrong)


def test_bombs_are_out_of_bounds(inside: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cross-reference stream that unpacks to 300 MB, and an endless page tree: refused, and soon."""
    monkeypatch.setitem(settings()._values, "REPORT_SECONDS", 1)
    for bomb in (unpacking(), going_round()):
        began = time.monotonic()
        with pytest.raises(ReportUnreadable):
            marked(bomb)
        assert time.monotonic() - began < 10


def unpacking() -> bytes:
    packer = zlib.compressobj(1)
    packed = b"".join(packer.compress(bytes(1 << 20)) for _ in range(300)) + packer.flush()
    head = b"%PDF-1.5\n"
    xref = (b"1 0 obj\n<< /Type /XRef /Size 100000000 /W [1 4 2] /Root 2 0 R /Filter /FlateDecode /Length %d >>\n"
            b"stream\n" % len(packed)) + packed + b"\nendstream\nendobj\n"
    return head + xref + b"startxref\n%d\n%%%%EOF\n" % len(head)


def going_round() -> bytes:
    writer = pages_of(1)
    tree = writer._root_object["/Pages"].get_object()
    tree[NameObject("/Kids")] = ArrayObject([writer._root_object.raw_get("/Pages")])
    return written(writer)


def test_a_page_whose_content_is_a_list(inside: Any) -> None:
    writer = pages_of(1)
    parts = []
    for letters in (b"BT /F1 12 Tf 10 10 Td ", b"(HELLO) Tj ET"):
        stream = DecodedStreamObject()
        stream.set_data(letters)
        parts.append(writer._add_object(stream))
    writer.pages[0][NameObject("/Contents")] = ArrayObject(parts)
    writer.pages[0][NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): DictionaryObject({
        NameObject("/F1"): DictionaryObject({NameObject("/Type"): NameObject("/Font"), NameObject("/Subtype"):
                                             NameObject("/Type1"), NameObject("/BaseFont"): NameObject("/Courier")})})})
    [page] = texts(marked(written(writer)).pdf)
    assert "HELLO" in page
    assert LINES[2] in page


def test_the_process_knows_no_secret(inside: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the environment nor our modules are there."""
    seen: dict[str, Any] = {}
    real = watermarking.subprocess.run

    def run(command: list[str], **more: Any) -> Any:
        seen.update(more, command=command)
        return real(command, **more)

    monkeypatch.setattr(watermarking.subprocess, "run", run)
    marked(REPORT)
    assert (seen["env"], seen["cwd"], seen["command"][1]) == ({}, "/", "-I")
