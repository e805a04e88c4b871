"""Putting a notification down, in the transaction of what it tells about."""

import hashlib
import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy.dialects.postgresql import insert

from app.kernel import clock, jsons
from app.kernel.db import append, need_transaction, session
from app.kernel.ids import new_id
from app.kernel.sealing import sealer
from app.kernel.settings import settings
from app.notifications.models import Lane, Notification

LANE = insert(Lane.metadata.tables[Lane.__tablename__]).on_conflict_do_nothing()


def notify(merchant_id: uuid.UUID, event_type: str, subject: str, resource: Mapping[str, Any], *,
           original_type: str, notify_url: str, summary: str) -> str:
    """Owe the merchant this from the caller's commit on; returns the number that is the envelope's `id`.

    `resource` is what is sealed for the merchant: JSON-able, pairwise ids only. Those of one `subject` arrive in
    order. Raises RuntimeError outside a transaction.
    """
    need_transaction()
    made = new_id()
    append(Notification, id=made, notification_no=number(made), merchant_id=merchant_id, event_type=event_type,
           subject=subject, original_type=original_type, summary=summary, notify_url=notify_url,
           resource_sealed=sealer().seal_service(place(made), jsons.dumps(resource)), next_at=clock.now(),
           probe=_chosen(made))
    session().execute(LANE, {"merchant_id": merchant_id, "served_at": clock.now(), "slow": False, "probes_sent": 0,
                             "probes_taken": 0})
    return number(made)


def number(notification_id: uuid.UUID) -> str:
    return f"N{notification_id.hex}"


def place(notification_id: uuid.UUID) -> str:
    """What its seal is bound to."""
    return f"notification:{notification_id}"


def _chosen(notification_id: uuid.UUID) -> bool:
    """Whether a wrong signature is tried first: one of so many, by chance, but the same whenever it is asked."""
    every = settings().NOTIFY_PROBE_EVERY
    return every > 0 and int.from_bytes(hashlib.sha256(notification_id.bytes).digest()[:8]) % every == 0
