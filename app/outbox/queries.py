"""How a topic stands."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from app.kernel.db import session
from app.outbox.models import Message


@dataclass(frozen=True)
class Standing:
    """Messages that are owed; `waiting`: those of them that were put off, by why; `oldest_at`: the longest owed."""

    count: int
    waiting: dict[str, int]
    oldest_at: datetime | None


def standing(topic: str) -> Standing:
    """Of pending messages of a topic."""
    rows = session().execute(
        select(Message.last_error, func.count(), func.min(Message.created_at))
        .where(Message.topic == topic, Message.state == "pending").group_by(Message.last_error)).all()
    return Standing(sum(count for _, count, _ in rows), {why: count for why, count, _ in rows if why},
                    min((oldest for _, _, oldest in rows), default=None))


def parked() -> int:
    """How many messages of any topic wait for staff to look."""
    return session().scalar(select(func.count()).select_from(Message).where(Message.state == "parked")) or 0
