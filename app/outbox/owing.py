"""For owners who send their topic in batches of their own: take what is due, hand it over, put it off."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CTE, bindparam, insert, select, text

from app.kernel import clock
from app.kernel.db import need_transaction, session
from app.outbox.backoff import FIRST_S, LONGEST_S
from app.outbox.models import Message

UNREADY = timedelta(seconds=2)
QUICK = 5  # so many times it is soon again, then ever later
HAND_OVER = text("UPDATE outbox SET state = 'done', settled_at = :now WHERE id = ANY(CAST(:ids AS bigint[]))")
PUT_OFF = text(
    f"UPDATE outbox SET attempts = attempts + 1, last_error = :why, next_at = :now + make_interval(secs => "  # noqa: S608
    f"CASE WHEN attempts + 1 < {QUICK} THEN {UNREADY.total_seconds()} ELSE least({LONGEST_S}, {FIRST_S} * 2.0 ^ "
    f"least(attempts + 1 - {QUICK}, 20)) * (0.5 + random() / 2) END) WHERE id = ANY(:ids)")
WAIT = text("UPDATE outbox SET last_error = :why, next_at = told.moment FROM unnest(CAST(:ids AS bigint[]), "
            "CAST(:moments AS timestamptz[])) told(id, moment) WHERE outbox.id = told.id")


def due(topic: str) -> CTE:
    """Columns id, key and next_at of due messages, oldest first, locked till the caller's commit.

    To be joined with what they tell of; other workers pass them by. Needs `due_by` and `most` as parameters.
    """
    return (select(Message.id, Message.key, Message.next_at)
            .where(Message.topic == topic, Message.state == "pending", Message.next_at <= bindparam("due_by"))
            .order_by(Message.next_at, Message.id).limit(bindparam("most")).with_for_update(skip_locked=True)
            .cte("due"))


def hand_over(ids: Sequence[int]) -> None:
    """From the caller's commit on, the caller owes them."""
    need_transaction()
    if ids:  # as a literal: a list of Python's is written item by item
        session().execute(HAND_OVER, {"ids": f"{{{','.join(map(str, ids))}}}", "now": clock.now()})


def put_off(ids: Sequence[int], why: str) -> None:
    """Not ready to be sent yet: soon again at first, then ever later, each at a moment of its own."""
    _each(PUT_OFF, ids, now=clock.now(), why=why)


def wait(ids: Sequence[int], moments: Sequence[datetime], why: str) -> None:
    """Not before its moment."""
    _each(WAIT, ids, moments=list(moments), why=why)


def _each(statement: Any, ids: Sequence[int], **told: Any) -> None:
    need_transaction()
    if ids:
        session().execute(statement, {"ids": list(ids), **told})


def owe_again(topic: str, told: Sequence[tuple[str, dict[str, Any]]], due_at: datetime) -> None:
    """What was handed over and is to be sent after all: (key, payload) each, in order, due at `due_at`."""
    need_transaction()
    if told:
        session().execute(insert(Message), [{"topic": topic, "key": key, "payload": payload, "next_at": due_at}
                                            for key, payload in told])
