"""What must hold of what a merchant tells: sums, ceilings, times, the same appid, an address to be told at."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.gateways.merchants import addresses
from app.kernel.settings import settings
from app.orders import moments
from app.orders.errors import AboveFund, AppidWrong, NotifyUrlWrong, TimeWrong, TotalWrong
from app.orders.models import ServiceOrder

Items = Sequence[Mapping[str, Any]] | None


def total(ending: Mapping[str, Any], ceiling_fen: int) -> tuple[int, int]:
    """(payments, discounts) in fen of {post_payments, post_discounts?, total_amount}. Raises TotalWrong, AboveFund."""
    payments, discounts = _sum(ending["post_payments"]), _sum(ending.get("post_discounts"))
    if payments - discounts != ending["total_amount"]:
        raise TotalWrong(field="total_amount", issue=TotalWrong.detail)
    if ending["total_amount"] > ceiling_fen:
        raise AboveFund(field="total_amount", issue=f"<= {ceiling_fen}")
    return payments, discounts


def risk_fund(fen: int, ceiling_fen: int) -> None:
    """Raises AboveFund."""
    if fen > ceiling_fen:
        raise AboveFund(field="risk_fund.amount", issue=f"<= {ceiling_fen}")


def expected(time_range: Mapping[str, str]) -> None:
    """An order that begins: it can't end before it starts. Raises TimeWrong."""
    start, end = time_range["start_time"], time_range.get("end_time")
    if end is not None and start != moments.ON_ACCEPT and moments.before(end, start):
        raise TimeWrong(field="time_range.end_time", issue="not before start_time")


def over(told: Mapping[str, str] | None, start: str) -> None:
    """A service that is over: it ended after it began (by the order, or as is told now), and not in the future.

    Raises TimeWrong.
    """
    told = told or {}
    start, end = told.get("start_time", start), told.get("end_time")
    if moments.to_come(start):
        raise TimeWrong(field="time_range.start_time", issue="not in the future")
    if end is None:
        return
    if moments.before(end, start):
        raise TimeWrong(field="time_range.end_time", issue="not before start_time")
    if moments.to_come(end):
        raise TimeWrong(field="time_range.end_time", issue="not in the future")


def started(order: ServiceOrder) -> str:
    """When an order that is under way began, as exactly as it was told; one that began with its acceptance, then.

    A beginning that was foreseen for later can't be later than an ending that has come.
    """
    start: str = order.content["time_range"]["start_time"]
    if order.begun_at is not None and (start == moments.ON_ACCEPT or moments.to_come(start)):
        return moments.told(order.begun_at)
    return start


def appid(told: str, right: str) -> None:
    """Raises AppidWrong."""
    if told != right:
        raise AppidWrong(field="appid")


def notify_url(url: str) -> None:
    """By its words alone; where it leads is looked at whenever something is sent. Raises NotifyUrlWrong."""
    try:
        addresses.read(url, anywhere=settings().NOTIFY_ANYWHERE)
    except addresses.AddressRefused:
        raise NotifyUrlWrong(field="notify_url") from None


def _sum(items: Items) -> int:
    """Of the items' amounts; each is its item's whole, whatever the count."""
    return sum(int(item["amount"]) for item in items or ())
