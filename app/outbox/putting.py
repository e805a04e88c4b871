"""Putting a message down, in the transaction of what it tells about."""

from typing import Any

from app.kernel.db import append
from app.outbox.models import Message


def put(topic: str, key: str, payload: dict[str, Any]) -> None:
    """Owe this message from the caller's commit on. `payload` holds ids only; same-key messages keep their order.

    Raises RuntimeError outside a transaction.
    """
    append(Message, topic=topic, key=key, payload=payload)
