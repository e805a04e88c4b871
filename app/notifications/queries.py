"""Reads for merchants' managers, staff and the command line."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select

from app.kernel.db import session
from app.kernel.http import page
from app.notifications.models import Attempt, Lane, Notification

FILTERS = ("state", "event_type", "subject")


def listed(merchant_id: uuid.UUID | None, args: dict[str, Any]) -> tuple[list[Notification], str | None]:
    """A page, newest first: (rows, next cursor). `args`: limit, cursor?, state?, event_type?, subject?, since?,
    until?; `merchant_id` None: every merchant's, for staff.
    """
    return page(_filtered(merchant_id, args), (Notification.created_at, Notification.id), args)


def every(merchant_id: uuid.UUID | None, args: dict[str, Any]) -> list[Notification]:
    """The same rows for an export, 10,000 at most."""
    return list(session().scalars(_filtered(merchant_id, args).order_by(
        Notification.created_at.desc(), Notification.id.desc()).limit(10_000)))


def by_number(notification_no: str, merchant_id: uuid.UUID | None) -> Notification | None:
    """None where there is none, or where it is another merchant's."""
    query = select(Notification).where(Notification.notification_no == notification_no)
    return session().scalar(query if merchant_id is None else query.where(Notification.merchant_id == merchant_id))


def attempts(notification_id: uuid.UUID) -> list[Attempt]:
    """Each try, in order."""
    return list(session().scalars(select(Attempt).where(Attempt.notification_id == notification_id)
                                  .order_by(Attempt.ordinal)))


@dataclass(frozen=True)
class Standing:
    """How a merchant stands: what waits, what came to nothing, and whether wrong signatures were taken."""

    merchant_id: uuid.UUID
    pending: int
    undelivered: int
    slow: bool
    probes_sent: int
    probes_taken: int
    probe_taken_at: datetime | None  # set while the last probe was taken: the merchant doesn't check signatures


def standing(merchant_id: uuid.UUID | None = None) -> list[Standing]:
    """One for each merchant that was ever notified, those who take wrong signatures first."""
    counts = (select(Notification.merchant_id,
                     func.count().filter(Notification.state == "pending").label("pending"),
                     func.count().filter(Notification.state == "undelivered").label("undelivered"))
              .group_by(Notification.merchant_id).subquery())
    query = (select(Lane, func.coalesce(counts.c.pending, 0), func.coalesce(counts.c.undelivered, 0))
             .outerjoin(counts, counts.c.merchant_id == Lane.merchant_id)
             .order_by(Lane.probe_taken_at.is_(None), Lane.merchant_id))
    if merchant_id is not None:
        query = query.where(Lane.merchant_id == merchant_id)
    return [Standing(lane.merchant_id, pending, undelivered, lane.slow, lane.probes_sent, lane.probes_taken,
                     lane.probe_taken_at) for lane, pending, undelivered in session().execute(query)]


def _filtered(merchant_id: uuid.UUID | None, args: dict[str, Any]) -> Select[Notification]:
    query = select(Notification)
    if merchant_id is not None:
        query = query.where(Notification.merchant_id == merchant_id)
    for name in FILTERS:
        if args.get(name):
            query = query.where(getattr(Notification, name) == args[name])
    if args.get("since"):
        query = query.where(Notification.created_at >= args["since"])
    if args.get("until"):
        query = query.where(Notification.created_at < args["until"])
    return query
