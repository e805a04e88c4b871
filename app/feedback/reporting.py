"""A day's comparison as a file that others can check: CSV, with a signature beside it.

The signature is ECDSA over SHA-256 of the file's bytes (DER) by the keyring's `trail` key, so that
`openssl dgst -sha256 -verify KEY -signature FILE.sig FILE` says what verify() says. The first line keeps it from
passing for a signature over anything else.
"""

import csv
import io
import re
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import select

from app.feedback import explaining
from app.feedback.errors import DayNotCompared
from app.feedback.models import Difference, Reconciliation, Report
from app.kernel import clock
from app.kernel.db import need_transaction, session
from app.kernel.sealing import keyring

TITLE = "信易+ 使用反馈对账报告 v1"
ALGORITHM = ec.ECDSA(hashes.SHA256())
STATES = {"agreed": "一致", "differs": "有差异", "incomplete": "平台尚未结清", "fetching": "正在核对"}
KINDS = ("差异", "含义", "建议")
COLUMNS = ("记录编号", "差异", "我方", "平台", "已作处理", "发现时间", "了结时间")
FOUND = (Difference.record_no, Difference.kind, Difference.ours, Difference.theirs, Difference.repair,
         Difference.found_at, Difference.closed_at)
FORMULA = re.compile(r"[\s\x00-\x1f]*[=+\-@|%＝＋－＠]")
KEY_LINE = re.compile(r"签名密钥,([A-Za-z0-9_-]{1,40})\r\n")
LARGEST = 64 * 1024 * 1024


@dataclass(frozen=True)
class Signed:
    """A report's file and its signature. `public_key` is PEM, empty where the key left the keyring."""

    day: date
    content: bytes = field(repr=False)
    signature: bytes = field(repr=False)
    key_id: str
    public_key: bytes = field(repr=False)


def make(day: date) -> None:
    """Write and sign the report of a compared day; the newest one counts. In the caller's transaction."""
    need_transaction()
    key_id = keyring().trail.current
    row = session().get_one(Reconciliation, day, populate_existing=True)
    content = _content(row, key_id)
    session().add(Report(day=day, content=content, key_id=key_id,
                         signature=keyring().trail.now.sign(content, ALGORITHM)))


def newest(day: date) -> Signed:
    """Raises DayNotCompared."""
    row = session().scalar(select(Report).where(Report.day == day).order_by(Report.id.desc()).limit(1))
    if row is None:
        raise DayNotCompared
    key = keyring().trail.by_id.get(row.key_id)
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo) if key else b""
    return Signed(day, row.content, row.signature, row.key_id, public)


def verify(content: bytes, signature: bytes) -> bool:
    """Whether a key of our keyring signed exactly these bytes, and as a report."""
    head = content[:4096].decode("utf-8-sig", "replace")
    named = KEY_LINE.search(head)
    key = keyring().trail.by_id.get(named[1]) if named else None
    if key is None or not head.startswith(TITLE):
        return False
    try:
        key.public_key().verify(signature, content, ALGORITHM)
    except InvalidSignature:
        return False
    return True


def _content(day: Reconciliation, key_id: str) -> bytes:
    """Some 100 bytes a row, and written as bytes at once: a day of 100,000 differences is a file of 10 MB."""
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, "utf-8-sig", newline="", write_through=True)
    rows = csv.writer(out, lineterminator="\r\n")
    rows.writerows([
        (TITLE,), ("签名密钥", key_id), ("结算日", day.day), ("结论", STATES[day.state]),
        ("核对时间", clock.rfc3339(day.checked_at or clock.now())), ("", "我方", "平台"),
        ("记录数", day.ours_count, day.theirs_count), ("减免金额（分）", day.ours_fen, day.theirs_fen),
        ("摘要", day.ours_digest, day.theirs_digest), (), KINDS])
    rows.writerows((kind, told.words, told.todo) for kind, told in explaining.DIFFERENCES.items())
    rows.writerows([(), COLUMNS])
    found = select(*FOUND).where(Difference.day == day.day).order_by(
        Difference.closed_at.is_not(None), Difference.kind, Difference.record_no)
    for row in session().execute(found.execution_options(yield_per=1000)):
        rows.writerow([safe(cell) for cell in _cells(row)])
    out.detach()
    return raw.getvalue()


def _cells(row: Any) -> tuple[str, ...]:
    return (row.record_no, row.kind, row.ours or "", row.theirs or "", explaining.REPAIRS.get(row.repair or "", ""),
            clock.rfc3339(row.found_at), clock.rfc3339(row.closed_at) if row.closed_at else "")


def safe(cell: Any) -> Any:
    """A text that no spreadsheet takes for a formula (CWE-1236)."""
    return f"'{cell}" if isinstance(cell, str) and FORMULA.match(cell) else cell
