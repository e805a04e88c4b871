"""Events as staff see them: all that came in, the refused ones with their bodies; bounded in number, size and time."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select

from app.credit.errors import EventNotFound
from app.credit.models import PlatformEvent
from app.kernel import clock, jsons
from app.kernel.db import need_transaction, session, transaction
from app.kernel.http import page
from app.kernel.sealing import sealer
from app.kernel.settings import settings
from app.trail import writing as trail

STATES = ("processed", "stale", "refused")
LARGEST_BODY = 16 * 1024


@dataclass(frozen=True)
class Wanted:
    """Filters of the list; None is any."""

    state: str | None = None
    type: str | None = None


def listed(wanted: Wanted, args: dict[str, Any]) -> tuple[list[PlatformEvent], str | None]:
    """One page, newest first, and the next cursor; `args` as PageArgs loads them. Raises Invalid."""
    query = select(PlatformEvent)
    if wanted.state is not None:
        query = query.where(PlatformEvent.state == wanted.state)
    if wanted.type is not None:
        query = query.where(PlatformEvent.type == wanted.type)
    return page(query, (PlatformEvent.received_at, PlatformEvent.event_id), args)


def one(event_id: str) -> PlatformEvent:
    """What is known of an event without its body. Raises EventNotFound."""
    row = session().get(PlatformEvent, event_id, populate_existing=True)
    if row is None:
        raise EventNotFound
    return row


def shown(event_id: str, actor: str) -> dict[str, Any]:
    """All that is kept of an event, its body opened; the look is in the trail. Raises EventNotFound."""
    with transaction():
        row = session().get(PlatformEvent, event_id, populate_existing=True)
        if row is None:
            raise EventNotFound
        if row.body_sealed is not None:
            trail.record(None, actor=actor, who="信用服务中心", what="event.read", purpose="查看省平台推送的事件",
                         about=f"platform_event:{row.event_id}")
        body = row.body_sealed and jsons.loads(sealer().open_service(_place(row), row.body_sealed))
    return {"event_id": row.event_id, "seq": row.seq, "type": row.type, "state": row.state, "refusal": row.refusal,
            "occurred_at": clock.rfc3339(row.occurred_at), "received_at": clock.rfc3339(row.received_at),
            "digest": row.digest, "body": body}


def keep_body(row: PlatformEvent, event: dict[str, Any]) -> None:
    """Of a refused event, in the caller's transaction: sealed by the service, where it isn't too large; the oldest
    refused ones go where there are too many.
    """
    need_transaction()
    told = jsons.dumps(event)
    row.body_sealed = sealer().seal_service(_place(row), told) if len(told) <= LARGEST_BODY else None
    session().flush()
    too_old = (select(PlatformEvent.event_id).where(PlatformEvent.state == "refused")
               .order_by(PlatformEvent.received_at.desc()).offset(settings().PLATFORM_EVENTS_REFUSED_KEPT))
    session().execute(delete(PlatformEvent).where(PlatformEvent.event_id.in_(too_old))
                      .execution_options(synchronize_session=False))


def prune() -> int:
    """Job: forget events of long ago; returns how many. The platform sends none again after three days."""
    longest = clock.now() - timedelta(days=settings().PLATFORM_EVENT_DAYS)
    with transaction() as s:
        gone = s.scalars(delete(PlatformEvent).where(PlatformEvent.received_at < longest)
                         .returning(PlatformEvent.event_id).execution_options(synchronize_session=False)).all()
    return len(gone)


def _place(row: PlatformEvent) -> str:
    return f"platform_event|{row.event_id}"
