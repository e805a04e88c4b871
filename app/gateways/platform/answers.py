"""What the platform answers to each call (platform.md, section 4), read strictly; unknown fields are ignored.

Each reader takes the JSON object of a verified answer; raises fields.Unreadable where it isn't as said there.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple

from app.gateways.platform import fields, sealing, wire
from app.gateways.platform.fields import Data, Unreadable
from app.gateways.platform.keys import PlatformKeys
from app.gateways.platform.suites import BadSeal

ROWS_IN_BATCH = 500
ROWS_ON_PAGE = 1000


@dataclass(frozen=True)
class IdentityAnswer:
    """4.1. `result`: match, mismatch or not_found."""

    verification_no: str
    result: str
    checked_at: datetime


@dataclass(frozen=True)
class RegisteredAuthorization:
    """4.2. `status`: active, or for one that was registered before, its present one (revoked, expired)."""

    authorization_id: str
    authorization_no: str
    status: str


@dataclass(frozen=True)
class GradeAnswer:
    """4.3. `grade`: AAA to D or NONE; `valid_until` inclusive; `answered_at`: the answer's X-Timestamp."""

    query_no: str
    grade: str
    as_of: date
    valid_until: date
    red_lists: list[str]
    restricted: bool
    answered_at: datetime


@dataclass(frozen=True)
class ReportAnswer:
    """4.4. `pdf`: the report's bytes; `sha256` is theirs in lower-case hex; `valid_until` inclusive."""

    report_no: str
    sha256: str
    pdf: bytes = field(repr=False)
    valid_until: date


class RowAnswer(NamedTuple):
    """4.5. `status`: accepted or duplicate (with `receipt_no`), or rejected (with `reason`, an open code)."""

    record_no: str
    status: str
    receipt_no: str | None
    reason: str | None


@dataclass(frozen=True)
class BatchAnswer:
    """4.5. One row for each record, in the order of the batch that was sent."""

    batch_no: str
    receipt_no: str
    results: list[RowAnswer]


@dataclass(frozen=True)
class SettledRecord:
    """4.6. A record that the platform accepted on the day."""

    record_no: str
    receipt_no: str


@dataclass(frozen=True)
class ReconciliationPage:
    """4.6. `count`, `waived_fen` and `digest` are of the whole day; `complete` once nothing more can come."""

    date: date
    count: int
    waived_fen: int
    digest: str
    records: list[SettledRecord]
    next_cursor: str | None
    complete: bool


def identity(data: Data) -> IdentityAnswer:
    return IdentityAnswer(
        verification_no=fields.identifier(data, "verification_no"),
        result=fields.one_of(data, "result", ("match", "mismatch", "not_found")),
        checked_at=fields.moment(data, "checked_at"),
    )


def authorization(data: Data, authorization_no: str) -> RegisteredAuthorization:
    return RegisteredAuthorization(
        authorization_id=fields.identifier(data, "authorization_id"),
        authorization_no=fields.same(data, "authorization_no", authorization_no),
        status=fields.one_of(data, "status", ("active", "revoked", "expired")),
    )


def revocation(data: Data) -> None:
    fields.same(data, "status", "revoked")


def grade(data: Data, answered_at: datetime) -> GradeAnswer:
    return GradeAnswer(
        query_no=fields.identifier(data, "query_no"),
        grade=fields.one_of(data, "grade", fields.GRADES),
        as_of=fields.day(data, "as_of"),
        valid_until=fields.day(data, "valid_until"),
        red_lists=fields.codes(data, "red_lists", 100),
        restricted=fields.boolean(data, "restricted"),
        answered_at=answered_at,
    )


def report(data: Data, keys: PlatformKeys, nonce: str) -> ReportAnswer:
    """`nonce` is the request's; the answer's seal is under the data key of the request."""
    sha256 = fields.pattern(data, "sha256", fields.HEX_DIGEST)
    pdf = _pdf(data.get("pdf"), keys, nonce)
    if hashlib.sha256(pdf).hexdigest() != sha256:
        raise Unreadable("sha256")
    return ReportAnswer(fields.identifier(data, "report_no"), sha256, pdf, fields.day(data, "valid_until"))


def red_list(data: Data, entry_no: str, status: str) -> str:
    fields.same(data, "entry_no", entry_no)
    return fields.same(data, "status", status)


def batch(data: Data, batch_no: str, record_nos: Sequence[str]) -> BatchAnswer:
    """Rows in any order, or repeated as they were, are taken; missing, foreign, contradicting ones not."""
    asked, found = set(record_nos), dict[str, RowAnswer]()
    for told in fields.rows(data, "results", 2 * ROWS_IN_BATCH):
        row = _row(told)
        if row.record_no not in asked or found.setdefault(row.record_no, row) != row:
            raise Unreadable("results")
    if len(found) != len(asked):
        raise Unreadable("results")
    return BatchAnswer(
        batch_no=fields.same(data, "batch_no", batch_no),
        receipt_no=fields.identifier(data, "receipt_no"),
        results=[found[record_no] for record_no in record_nos],
    )


def reconciliation(data: Data, day: date, cursor: str | None) -> ReconciliationPage:
    if fields.day(data, "date") != day:
        raise Unreadable("date")
    return ReconciliationPage(
        date=day,
        count=fields.whole_number(data, "count"),
        waived_fen=fields.whole_number(data, "waived_fen"),
        digest=fields.pattern(data, "digest", fields.HEX_DIGEST),
        records=[_settled(row) for row in fields.rows(data, "records", ROWS_ON_PAGE)],
        next_cursor=fields.next_cursor(data, cursor),
        complete=fields.boolean(data, "complete") if "complete" in data else False,
    )


def _pdf(sealed: object, keys: PlatformKeys, nonce: str) -> bytes:
    try:
        if not isinstance(sealed, dict) or sealed.get("kid") != keys.data_key_id:
            raise BadSeal
        opened = sealing.open_json(keys, sealed, nonce)
        return wire.strict_base64(opened if isinstance(opened, str) else "!")
    except (BadSeal, wire.Malformed):
        raise Unreadable("pdf") from None


def _row(told: Data) -> RowAnswer:
    """`record_no` is any text here: it has to be one that was asked about."""
    record_no, status = told.get("record_no"), told.get("status")
    if not isinstance(record_no, str):
        raise Unreadable("record_no")
    if status in ("accepted", "duplicate") and "reason" not in told:
        return RowAnswer(record_no, status, fields.identifier(told, "receipt_no"), None)
    if status == "rejected" and "receipt_no" not in told:
        return RowAnswer(record_no, status, None, fields.pattern(told, "reason", fields.CODE))
    raise Unreadable("results")


def _settled(told: Data) -> SettledRecord:
    fields.same(told, "status", "accepted")
    return SettledRecord(fields.identifier(told, "record_no"), fields.identifier(told, "receipt_no"))
