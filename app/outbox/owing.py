"""For owners who send their topic in batches of their own: take what is due, hand it over, put it off."""

from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import select, update

from app.kernel import clock
from app.kernel.db import need_transaction, session
from app.outbox.backoff import next_try
from app.outbox.models import Message

UNREADY = timedelta(seconds=2)


def due(topic: str, limit: int) -> list[Message]:
    """Up to `limit` due messages, locked till the caller's commit; other workers pass them by."""
    need_transaction()
    return list(session().scalars(
        select(Message).where(Message.topic == topic, Message.state == "pending", Message.next_at <= clock.now())
        .order_by(Message.next_at, Message.id).limit(limit).with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)))


def hand_over(messages: Collection[Message]) -> None:
    """From the caller's commit on, the caller owes them; all in one statement, and not to be looked at any more."""
    need_transaction()
    session().execute(update(Message).where(Message.id.in_([message.id for message in messages]))
                      .values(state="done", settled_at=clock.now()).execution_options(synchronize_session=False))


def put_off(message: Message, why: str) -> None:
    """Not ready to be sent yet: soon again at first, then ever later."""
    message.attempts += 1
    message.last_error = why
    message.next_at = clock.now() + UNREADY if message.attempts < 5 else next_try(message.attempts - 4)
