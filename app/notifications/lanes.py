"""Whose turn it is: one notification of a merchant at a time, merchants in turn, the slow in a part of the places.

The lane's row is the lock. It is held by a lease while the notification is out, so that another worker goes on
where one died; and whoever wakes up too late finds that the lane isn't theirs any more.
"""

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select, text, update

from app.kernel import clock
from app.kernel.db import session, transaction
from app.kernel.settings import settings
from app.notifications.models import Attempt, Lane, Notification

_DUE = """
    SELECT n.id FROM notifications n
    WHERE n.merchant_id = l.merchant_id AND n.state = 'pending' AND n.next_at <= :moment
      AND NOT EXISTS (SELECT FROM notifications e WHERE e.merchant_id = n.merchant_id AND e.subject = n.subject
                      AND e.position < n.position AND e.state = 'pending')
    ORDER BY n.next_at, n.position LIMIT 1
"""
_FREE = """
    (l.lease_until IS NULL OR l.lease_until < :moment)
    AND (NOT l.slow OR (SELECT count(*) FROM notification_lanes o
                        WHERE o.slow AND o.lease_until >= :moment) < :slow_places)
"""
NEXT = text(f"""
    SELECT l.merchant_id, due.id FROM notification_lanes l CROSS JOIN LATERAL ({_DUE}) due
    WHERE {_FREE} ORDER BY l.slow, l.served_at, l.merchant_id LIMIT 1 FOR UPDATE OF l SKIP LOCKED
""")  # noqa: S608 - both parts are written above
WAITING = text(f"SELECT EXISTS (SELECT FROM notification_lanes l CROSS JOIN LATERAL ({_DUE}) due WHERE {_FREE})")  # noqa: S608

# who chooses, chooses alone for these few milliseconds: the slow are counted, and a count can't be locked
CHOOSE = text("SELECT pg_advisory_xact_lock(hashtext('notifications.lanes'))")


@dataclass(frozen=True)
class Held:
    """A notification on its way, and the attempt that it is."""

    notification: Notification
    attempt: Attempt


def waiting() -> bool:
    """Whether anything could be taken now."""
    return bool(session().scalar(WAITING, _now()))


def take() -> Held | None:
    """Hold the lane whose turn it is, and note the attempt before it is made. None where nothing is due."""
    with transaction() as s:
        s.execute(CHOOSE)
        found = s.execute(NEXT, _now()).first()
        if found is None:
            return None
        merchant_id, notification_id = found
        notification = s.get_one(Notification, notification_id, populate_existing=True)
        lane = s.get_one(Lane, merchant_id, populate_existing=True)
        if lane.attempt_id is not None:
            _lost(lane.attempt_id)
        attempt = Attempt(notification_id=notification.id, ordinal=_next_ordinal(notification.id),
                          kind=_kind(notification), actor=notification.asked_by, at=clock.now())
        s.add(attempt)
        s.flush()
        lane.attempt_id, lane.served_at = attempt.id, clock.now()
        lane.lease_until = clock.now() + timedelta(seconds=settings().NOTIFY_LEASE_SECONDS)
    return Held(notification, attempt)


def let_go(held: Held, **changes: Any) -> bool:
    """Give the lane back with these changes to its row; False where it was another's by now."""
    freed = session().scalar(
        update(Lane).where(Lane.merchant_id == held.notification.merchant_id, Lane.attempt_id == held.attempt.id)
        .values(attempt_id=None, lease_until=None, **changes).returning(Lane.merchant_id)
        .execution_options(synchronize_session=False))
    return freed is not None


def _now() -> dict[str, Any]:
    return {"moment": clock.now(), "slow_places": max(1, settings().NOTIFY_LANES // 2)}


def _kind(notification: Notification) -> str:
    if notification.asked_by is not None:
        return "hand"
    return "probe" if notification.probe else "schedule"


def _next_ordinal(notification_id: uuid.UUID) -> int:
    last = session().scalar(select(func.max(Attempt.ordinal)).where(Attempt.notification_id == notification_id))
    return (last or 0) + 1


def _lost(attempt_id: uuid.UUID) -> None:
    """Its worker died, or hasn't come back in time: what became of it nobody knows, so it is made again."""
    session().execute(update(Attempt).where(Attempt.id == attempt_id, Attempt.duration_ms.is_(None),
                                            Attempt.failure.is_(None))
                      .values(failure="WORKER_LOST").execution_options(synchronize_session=False))
