"""Joint-incentive initiatives as they come: polled (platform.md 4.8) or pushed (section 5), read strictly."""

import re
from dataclasses import dataclass
from datetime import datetime

from app.gateways.platform import fields
from app.gateways.platform.fields import Data

REGION = re.compile(r"[0-9]{6}")
MOST_ON_PAGE = 1000


@dataclass(frozen=True)
class Initiative:
    """What the platform asks for. `red_list` is None where none is named; `measures` are its words, in Chinese."""

    initiative_no: str
    title: str
    document_no: str
    red_list: str | None
    grades: list[str]
    measures: list[str]
    regions: list[str]
    issued_at: datetime
    respond_by: datetime
    ends_at: datetime


@dataclass(frozen=True)
class InitiativesPage:
    """`cursor` is the next `since`; `next_cursor` is not None while more waits now (ask with it as `since`)."""

    initiatives: list[Initiative]
    cursor: str
    next_cursor: str | None


def read(data: Data) -> Initiative:
    """One initiative. Raises fields.Unreadable; unknown fields are ignored."""
    return Initiative(
        initiative_no=fields.identifier(data, "initiative_no"),
        title=fields.text(data, "title", 500),
        document_no=fields.text(data, "document_no", 200),
        red_list=None if data.get("red_list") is None else fields.pattern(data, "red_list", fields.CODE),
        grades=fields.several(data, "grades", 7, lambda item: fields.one_of(item, "grades", fields.GRADES)),
        measures=fields.several(data, "measures", 200, lambda item: fields.text(item, "measures", 500)),
        regions=fields.several(data, "regions", 500, lambda item: fields.pattern(item, "regions", REGION)),
        issued_at=fields.moment(data, "issued_at"),
        respond_by=fields.moment(data, "respond_by"),
        ends_at=fields.moment(data, "ends_at"),
    )


def page(data: Data, since: str | None) -> InitiativesPage:
    return InitiativesPage(
        initiatives=[read(row) for row in fields.rows(data, "initiatives", MOST_ON_PAGE)],
        cursor=fields.text(data, "cursor", fields.LONGEST_CURSOR),
        next_cursor=fields.next_cursor(data, since),
    )


def response(data: Data, initiative_no: str, expected: str) -> str:
    """The status, an open code: the page names none; `expected` is what we said, and what it may repeat."""
    fields.same(data, "initiative_no", initiative_no)
    status = fields.pattern(data, "status", fields.CODE)
    if status in ("accepted", "declined") and status != expected:
        raise fields.Unreadable("status")
    return status


def feedback(data: Data, initiative_no: str, period: str) -> str:
    fields.same(data, "initiative_no", initiative_no)
    fields.same(data, "period", period)
    return fields.same(data, "status", "received")
