"""Sending again by hand, whatever has become of it."""

import uuid

from sqlalchemy import update

from app.kernel import clock
from app.kernel.db import transaction
from app.notifications import queries
from app.notifications.errors import NotificationNotFound
from app.notifications.models import Notification


def resend(merchant_id: uuid.UUID | None, notification_no: str, actor: str) -> Notification:
    """Due now, once; where it isn't taken, it is what it was before (a pending one's schedule goes on).

    `actor` ("merchant:<account id>", "operator:<name>") stands by the attempt. `merchant_id` None: staff, for any
    merchant. Raises NotificationNotFound.
    """
    with transaction() as s:
        found = queries.by_number(notification_no, merchant_id)
        if found is None:
            raise NotificationNotFound
        s.execute(update(Notification).where(Notification.id == found.id)
                  .values(state="pending", next_at=clock.now(), asked_by=actor)
                  .execution_options(synchronize_session=False))
        s.refresh(found)
    return found
