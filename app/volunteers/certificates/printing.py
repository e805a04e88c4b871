"""A certificate as PDF: drawn line by line, without any markup that a text could bring along; 20 ms, few pages.

Chinese is written in the font that CERTIFICATE_FONT names, which goes into the file, or else in STSong-Light, which PDF
readers bring themselves. A character that the font lacks stands as its code point: 〔U+20BB7〕, never as a gap.
"""

import io
from dataclasses import dataclass
from functools import cache
from typing import Any

import segno
import structlog
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFError, TTFont
from reportlab.pdfgen.canvas import Canvas

from app.kernel.settings import settings
from app.volunteers.certificates.errors import CertificatesUnready
from app.volunteers.certificates.texts import Text, duration, shown_number

log = structlog.get_logger()
WIDTH, HEIGHT = A4
LEFT, RIGHT, TOP, BOTTOM = 62.0, WIDTH - 62.0, HEIGHT - 70.0, 64.0
SIZE, STEP = 10.5, 17.0
SEAL, QR = 113.0, 84.0  # points: 40 mm, 30 mm
BUILT_IN, EMBEDDED = "STSong-Light", "certificate"
RARE = "证明中的〔U+…〕为字库未收录的字，按国际编码（Unicode）标示。"


@dataclass(frozen=True)
class Paper:
    """What is printed: the text, its check code, the seal's PNG, and where anybody checks it."""

    text: Text
    check_code: str
    seal: bytes
    check_url: str


def print_out(paper: Paper) -> bytes:
    """The PDF; the same bytes for the same paper."""
    return _Sheet(paper).drawn()


class _Sheet:
    """A canvas with a place where the next line goes."""

    def __init__(self, paper: Paper) -> None:
        self._paper, self._out = paper, io.BytesIO()
        self._font = _font(settings().CERTIFICATE_FONT)
        self._canvas = Canvas(self._out, pagesize=A4, invariant=1, pageCompression=1)
        self._y, self._page, self._rare = TOP, 1, False

    def drawn(self) -> bytes:
        text, canvas = self._paper.text, self._canvas
        canvas.setTitle(f"志愿服务记录证明 {shown_number(text.number)}")
        self._centred("志愿服务记录证明", 22)
        self._y -= 30
        self._centred(f"证明编号：{shown_number(text.number)}", SIZE)
        self._y -= 26
        self._fields()
        self._lines()
        self._closing()
        self._foot()
        canvas.save()
        return self._out.getvalue()

    def _fields(self) -> None:
        text = self._paper.text
        for label, value in (
                ("姓名", text.name), ("证件类型", text.id_kind), ("证件号码", text.id_number),
                ("志愿者编号", text.volunteer_no), ("服务期间", f"{text.first} 至 {text.last}"),
                ("服务时长", f"{duration(text.minutes)}（共 {text.minutes} 分钟）")):
            self._row(((label, LEFT), (value, LEFT + 84)))

    def _lines(self) -> None:
        self._y -= 6
        self._row((("服务内容", LEFT), ("日期", LEFT + 270), ("时长", RIGHT - 70)))
        self._rule(self._y + 12)
        for line in self._paper.text.lines:
            days = line.first if line.first == line.last else f"{line.first} 至 {line.last}"
            for at, part in enumerate(self._wrapped(line.activity, 262)):
                more = () if at else ((days, LEFT + 270), (duration(line.minutes), RIGHT - 70))
                self._row(((part, LEFT), *more), 9)
        if self._paper.text.more:
            self._row(((f"其他 {self._paper.text.more} 项活动合计", LEFT),
                       (duration(self._paper.text.more_minutes), RIGHT - 70)), 9)
        self._rule(self._y + 12)

    def _closing(self) -> None:
        """Who answers for it with the seal on the right, the way to check it on the left: all on one page."""
        text, canvas = self._paper.text, self._canvas
        notes = [part for note in self._notes() for part in self._wrapped(note, RIGHT - LEFT, 9)]
        self._room(len(notes) * 13 + 190)
        for note in notes:
            self._put(note, LEFT, 9)
            self._y -= 13
        top = self._y - 18
        for at, line in enumerate((f"出具单位：{text.issuer}", f"负责人：{text.responsible}", f"经办人：{text.handler}",
                                   f"联系方式：{text.contact}", f"出具日期：{text.issued_on}")):
            self._y = top - at * 19
            self._put(line, LEFT + 230)
        canvas.drawImage(ImageReader(io.BytesIO(self._paper.seal)), RIGHT - SEAL, top - 96, SEAL, SEAL,
                         mask="auto", preserveAspectRatio=True)
        self._square(LEFT, top - QR + 14)
        self._y = top - QR
        for line in ("扫码，或在查验网页填写证明编号和证件号码", f"后四位，即可查验。校验码 {self._paper.check_code}"):
            self._put(line, LEFT, 8)
            self._y -= 11

    def _notes(self) -> list[str]:
        text = self._paper.text
        told = [f"说明：{text.note}"] if text.note else []
        if text.replaces:
            told.append(f"本证明换发自 {shown_number(text.replaces)}，原证明同时失效。")
        told.append("本证明依据志愿服务记录如实、免费出具；记录由出具单位负责。")
        return [*told, RARE] if self._rare else told

    def _square(self, left: float, bottom: float) -> None:
        """The QR code, as squares: it holds the number and nothing else of the paper."""
        matrix = segno.make(self._paper.check_url, error="m", micro=False).matrix
        side = QR / len(matrix)
        path = self._canvas.beginPath()
        for y, row in enumerate(reversed(matrix)):
            for x, dark in enumerate(row):
                if dark:
                    path.rect(left + x * side, bottom + y * side, side, side)
        self._canvas.drawPath(path, stroke=0, fill=1)

    def _row(self, parts: tuple[tuple[str, float], ...], size: float = SIZE) -> None:
        self._room(STEP)
        for words, x in parts:
            self._put(words, x, size)
        self._y -= STEP

    def _room(self, height: float) -> None:
        if self._y - height < BOTTOM:
            self._foot()
            self._canvas.showPage()
            self._y, self._page = TOP, self._page + 1

    def _foot(self) -> None:
        self._canvas.setFont(self._font, 8)
        self._canvas.drawCentredString(WIDTH / 2, BOTTOM - 28,
                                       f"{shown_number(self._paper.text.number)} · 第 {self._page} 页")

    def _rule(self, y: float) -> None:
        self._canvas.setLineWidth(0.5)
        self._canvas.line(LEFT, y, RIGHT, y)

    def _centred(self, words: str, size: float) -> None:
        self._canvas.setFont(self._font, size)
        self._canvas.drawCentredString(WIDTH / 2, self._y, self._spelled(words))

    def _put(self, words: str, x: float, size: float = SIZE) -> None:
        self._canvas.setFont(self._font, size)
        self._canvas.drawString(x, self._y, self._spelled(words))

    def _wrapped(self, words: str, width: float, size: float = 9) -> list[str]:
        lines, line, long = [], "", 0.0
        for char in self._spelled(words):
            wide = pdfmetrics.stringWidth(char, self._font, size)
            if long + wide > width:
                lines.append(line)
                line, long = "", 0.0
            line, long = line + char, long + wide
        return [*lines, line]

    def _spelled(self, words: str) -> str:
        told = "".join(char if _drawable(self._font, char) else f"〔U+{ord(char):04X}〕" for char in words)
        self._rare = self._rare or told != words
        return told


@cache
def _font(file: str) -> str:
    """Registers the font that is named, or the one that readers bring. Raises CertificatesUnready: no such font."""
    try:
        font: Any = TTFont(EMBEDDED, file) if file else UnicodeCIDFont(BUILT_IN)
    except (TTFError, OSError) as wrong:
        log.error("certificate_font_unusable", kind=type(wrong).__name__)
        raise CertificatesUnready from None
    pdfmetrics.registerFont(font)
    return EMBEDDED if file else BUILT_IN


def _drawable(font: str, char: str) -> bool:
    """Of the readers' own font nobody knows what it holds: what GBK has, all of them do."""
    if font == EMBEDDED:
        return ord(char) in pdfmetrics.getFont(font).face.charToGlyph
    try:
        char.encode("gbk")
    except UnicodeEncodeError:
        return False
    return True
