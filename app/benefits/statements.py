"""A merchant's statement of a day: read from the ledger, which never changes, so it is the same whenever it is made.

A day's lines are those that the ledger got on that day; what happened earlier and came late, or is put right, stands
where it was booked (docs/reference/statements.md).
"""

import csv
import io
import uuid
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice

from sqlalchemy import or_, select

from app.benefits import offers
from app.benefits.errors import NoStatement, OfferNotFound, StatementNotReady
from app.benefits.models import Entitlement, Offer, Redemption
from app.kernel import clock
from app.kernel.db import session
from app.kernel.settings import settings
from app.ledger.queries import OF_MERCHANTS
from app.merchants import queries as merchants

HEAD = ("记账时间", "类型", "服务ID", "商户使用单号", "商户服务订单号", "使用编号", "权益凭证号", "门店", "店员",
        "原价(分)", "免除(分)", "实付(分)", "使用时间")
SUMMARY = ("总行数", "开立笔数", "开立免除(分)", "完结笔数", "完结免除(分)", "完结实付(分)", "违约笔数", "违约免除(分)",
           "撤回笔数", "撤回免除(分)")
KINDS = {"redeem": "开立", "settle": "完结", "breach": "违约", "reverse": "撤回"}
RISKY = "=+-@|%\t\r\n'＝＋－＠｜"  # a cell that begins so may be taken for a formula; ' is what marks ours
ORDERS = "order:"  # numbers of redemptions that a service order stands behind
Namer = Callable[[Collection[uuid.UUID]], Mapping[uuid.UUID, str]]
NAMERS: list[Namer] = []


@dataclass(frozen=True)
class Line:
    """One entry of the ledger, with the redemption that it is of. `kind`: redeem (an order began), settle, breach,
    reverse. Money in fen.
    """

    at: datetime
    kind: str
    service_id: str
    out_redemption_no: str
    out_order_no: str
    redemption_no: str
    entitlement_no: str
    store_code: str
    clerk: str
    original_fen: int | None
    waived_fen: int
    paid_fen: int
    redeemed_at: datetime


def names(namer: Namer) -> Namer:
    """Register what a package above calls redemptions (their ids to its merchants' numbers)."""
    NAMERS.append(namer)
    return namer


def ready(day: date, merchant_id: uuid.UUID) -> None:
    """Whether the day is over and its statement can be had. Raises StatementNotReady, NoStatement."""
    if day >= clock.today() or day < clock.shanghai_day(merchants.get(merchant_id).created_at):
        raise NoStatement(field="bill_date", issue="NO_STATEMENT_EXIST")
    if day > last_ready():
        raise StatementNotReady(field="bill_date", issue="STATEMENT_CREATING")


def last_ready() -> date:
    """The last day whose statement can be had."""
    today = clock.now().astimezone(clock.SHANGHAI)
    return today.date() - timedelta(days=1 if today.hour >= settings().STATEMENT_HOUR else 2)


def service(merchant_id: uuid.UUID, service_id: str) -> uuid.UUID:
    """The id of this merchant's offer of that number. Raises OfferNotFound, for another's too."""
    try:
        offer = offers.get(uuid.UUID(hex=service_id))
    except ValueError:
        raise OfferNotFound from None
    if offer.merchant_id != merchant_id or offer.service_id != service_id:
        raise OfferNotFound
    return offer.id


def lines(merchant_id: uuid.UUID, day: date, offer_id: uuid.UUID | None = None, *,
          until: date | None = None) -> Iterator[Line]:
    """In the order in which they were booked, for one service or all; `until`: through that day.

    A voucher is used and settled at once: one line.
    """
    booked = OF_MERCHANTS.c
    query = (select(booked.at, booked.kind, booked.fen, Redemption, Entitlement.entitlement_no, Offer.id)
             .join(Redemption, Redemption.id == booked.redemption_id)
             .join(Entitlement, Entitlement.id == booked.entitlement_id).join(Offer, Offer.id == Entitlement.offer_id)
             .where(booked.merchant_id == merchant_id, booked.at >= clock.day_start(day),
                    booked.at < clock.day_end(until or day),
                    or_(booked.kind != "redeem", Entitlement.kind == "order"))
             .order_by(booked.at, booked.entry_id).execution_options(yield_per=500))
    if offer_id is not None:
        query = query.where(Offer.id == offer_id)
    rows = iter(session().execute(query))
    while batch := list(islice(rows, 500)):
        known = _names([row[3].id for row in batch])
        for at, kind, fen, redemption, entitlement_no, of_offer in batch:
            yield _line(at, kind, fen, redemption, entitlement_no, of_offer, known)


def plain(merchant_id: uuid.UUID, day: date, offer_id: uuid.UUID | None = None) -> bytes:
    """The file: UTF-8 with a byte order mark, lines that end in CR LF, a head, the lines, a head, one summary row.

    Raises StatementNotReady, NoStatement.
    """
    ready(day, merchant_id)
    text = io.StringIO()
    writer, sums = csv.writer(text), Sums()
    writer.writerow(HEAD)
    for line in lines(merchant_id, day, offer_id):
        sums.add(line)
        writer.writerow(cells(line))
    writer.writerow(SUMMARY)
    writer.writerow(sums.row())
    return b"\xef\xbb\xbf" + text.getvalue().encode()


class Sums:
    """What the lines of a statement come to, by kind: (count, waived, paid)."""

    def __init__(self) -> None:
        self.by_kind = {kind: [0, 0, 0] for kind in KINDS}

    def add(self, line: Line) -> None:
        sums = self.by_kind[line.kind]
        sums[0], sums[1], sums[2] = sums[0] + 1, sums[1] + line.waived_fen, sums[2] + line.paid_fen

    def row(self) -> list[int]:
        """As SUMMARY names them."""
        opened, settled, breached, reversed_ = (self.by_kind[kind] for kind in KINDS)
        return [sum(sums[0] for sums in self.by_kind.values()), *opened[:2], *settled, *breached[:2], *reversed_[:2]]


def cells(line: Line) -> list[str | int]:
    """As HEAD names them; texts that were somebody's own are made safe."""
    own = [safe(each) for each in (line.out_redemption_no, line.out_order_no)]
    marks = [safe(each) for each in (line.store_code, line.clerk)]
    original = "" if line.original_fen is None else line.original_fen
    return [clock.rfc3339(line.at), KINDS[line.kind], line.service_id, *own, line.redemption_no, line.entitlement_no,
            *marks, original, line.waived_fen, line.paid_fen, clock.rfc3339(line.redeemed_at)]


def safe(text: str) -> str:
    """Never a formula: a ' goes before what begins like one (and before a ' of its own, so that it can be undone)."""
    return f"'{text}" if text.lstrip(" \u3000")[:1] in RISKY and text.strip(" \u3000") else text


def _names(redemption_ids: list[uuid.UUID]) -> dict[uuid.UUID, str]:
    known: dict[uuid.UUID, str] = {}
    for namer in NAMERS:
        known.update(namer(redemption_ids))
    return known


def _line(at: datetime, kind: str, fen: int, redemption: Redemption, entitlement_no: str, offer_id: uuid.UUID,
          known: Mapping[uuid.UUID, str]) -> Line:
    own = redemption.out_redemption_no
    paid = redemption.paid_fen
    if kind == "settle" and redemption.completion:
        paid = int(redemption.completion["total_amount"])
    return Line(at, kind, offer_id.hex, "" if own.startswith(ORDERS) else own, known.get(redemption.id, ""),
                redemption.redemption_no, entitlement_no, redemption.store_code or "", redemption.clerk or "",
                redemption.original_fen, fen, paid, redemption.redeemed_at)
