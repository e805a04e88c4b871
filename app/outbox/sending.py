"""Sending what is due: take (held by a lease), call outside any transaction, note what came of it.

A worker may die between any two lines: what it held comes back by `sweep`, and receivers know our numbers,
so that a message sent twice has one effect.
"""

from collections.abc import Callable
from datetime import timedelta

import structlog
from prometheus_client import Counter
from sqlalchemy import and_, exists, select, update
from sqlalchemy.orm import aliased

from app.gateways.platform.failures import Passing, Permanent
from app.kernel import clock, crash
from app.kernel.db import session, transaction
from app.kernel.settings import settings
from app.outbox.backoff import next_try
from app.outbox.models import Message

log = structlog.get_logger()
SENT = Counter("xinyi_outbox_total", "Messages tried", ["topic", "outcome"])
Handler = Callable[[Message], None]
HANDLERS: dict[str, Handler] = {}


def handles(topic: str) -> Callable[[Handler], Handler]:
    """Register what sends a topic. It runs outside transactions and raises Passing or Permanent."""

    def register(handler: Handler) -> Handler:
        HANDLERS[topic] = handler
        return handler

    return register


def drain(limit: int = 50) -> int:
    """Send up to `limit` due messages, one after the other; returns how many were tried."""
    tried = 0
    while tried < limit and (message := take(sorted(HANDLERS))) is not None:
        crash.point("outbox.taken")
        _send(message)
        tried += 1
    return tried


def take(topics: list[str]) -> Message | None:
    """Hold the oldest due message whose key has no older unsettled one; None where nothing is due."""
    moment = clock.now()
    earlier = aliased(Message)
    blocked = exists().where(and_(earlier.topic == Message.topic, earlier.key == Message.key,
                                  earlier.id < Message.id, earlier.state.in_(("pending", "sending"))))
    with transaction() as s:
        message = s.execute(
            select(Message)
            .where(Message.state == "pending", Message.topic.in_(topics), Message.next_at <= moment, ~blocked)
            .order_by(Message.next_at, Message.id).limit(1).with_for_update(skip_locked=True)
            .execution_options(populate_existing=True)).scalar_one_or_none()
        if message is not None:
            hold(message)
    return message


def hold(message: Message) -> None:
    """Mark it as being sent, until the lease runs out."""
    message.state = "sending"
    message.attempts += 1
    message.lease_until = clock.now() + timedelta(seconds=settings().OUTBOX_LEASE_SECONDS)


def _send(message: Message) -> None:
    try:
        HANDLERS[message.topic](message)
    except Passing as failure:
        again(message, failure.code, failure.retry_after_s)
    except Permanent as failure:
        settle(message, "parked", failure.code)
    except Exception as wrong:  # a fault of ours: keep the message, try again later, and say so
        session().rollback()
        log.error("outbox_handler_broke", topic=message.topic, kind=type(wrong).__name__)
        again(message, f"BROKEN:{type(wrong).__name__}", None)
    else:
        crash.point("outbox.sent")
        settle(message, "done", None)


def settle(message: Message, state: str, error: str | None) -> None:
    """Note the end: `done`, or `parked` for staff. Only the holder's word counts: the lease is checked."""
    SENT.labels(message.topic, state).inc()
    _note(message, state=state, last_error=error, settled_at=clock.now(), lease_until=None)


def again(message: Message, error: str, retry_after_s: int | None) -> None:
    """Back off; `attempts` and the jitter say when it is due next."""
    SENT.labels(message.topic, "again").inc()
    _note(message, state="pending", last_error=error, lease_until=None,
          next_at=next_try(message.attempts, retry_after_s))


def _note(message: Message, **values: object) -> None:
    with transaction() as s:
        s.execute(update(Message).where(Message.id == message.id, Message.state == "sending",
                                        Message.attempts == message.attempts)
                  .values(**values).execution_options(synchronize_session=False))


def sweep() -> int:
    """Give back what dead workers held; returns how many. Topics sent in batches are swept by their owner."""
    with transaction() as s:
        ids = s.scalars(update(Message)
                        .where(Message.state == "sending", Message.lease_until < clock.now(),
                               Message.topic.in_(sorted(HANDLERS)))
                        .values(state="pending", lease_until=None).returning(Message.id)
                        .execution_options(synchronize_session=False)).all()
    return len(ids)


def lag_seconds() -> float:
    """Age of the oldest message that is due and not sent; 0 where there is none."""
    oldest = session().scalar(select(Message.next_at).where(Message.state == "pending",
                                                            Message.next_at <= clock.now())
                              .order_by(Message.next_at).limit(1))
    return max(0.0, (clock.now() - oldest).total_seconds()) if oldest else 0.0
