"""A watermark of who and when on every page of a report, made by a process of its own (stamping.py) within bounds."""

import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from app.credit.errors import ReportUnreadable
from app.kernel import jsons
from app.kernel.settings import settings

PROGRAM = Path(__file__).with_name("stamping.py")
LARGEST = 32 * 1024 * 1024
GRACE_S = 5  # for starting, reading and writing, on a busy machine


@dataclass(frozen=True)
class Marked:
    """The PDF with its watermark."""

    pages: int
    pdf: bytes = field(repr=False)


def mark(pdf: bytes, lines: list[str]) -> Marked:
    """`lines`: the first may be Chinese, the others are ASCII. Raises ReportUnreadable: no PDF, encrypted, too many
    pages, or more work than the settings allow.
    """
    told = settings()
    wish = {"lines": lines, "pages": told.REPORT_PAGES, "bytes": LARGEST, "seconds": told.REPORT_SECONDS}
    try:
        done = subprocess.run(
            [sys.executable, "-I", str(PROGRAM)], input=jsons.dumps(wish) + b"\n" + pdf, env={}, cwd="/",
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=2 * told.REPORT_SECONDS + GRACE_S, check=False)
    except subprocess.TimeoutExpired:
        raise ReportUnreadable from None
    pages, newline, marked = done.stdout.partition(b"\n")
    if done.returncode != 0 or not newline:
        raise ReportUnreadable
    return Marked(int(pages), marked)
