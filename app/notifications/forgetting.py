"""Letting go of notifications whose time has passed."""

from datetime import timedelta

from sqlalchemy import delete, select

from app.kernel import clock
from app.kernel.db import transaction
from app.kernel.settings import settings
from app.notifications.models import Notification


def forget(limit: int = 5000) -> int:
    """Delete settled ones that are older than NOTIFICATION_DAYS, their attempts with them. A job."""
    before = clock.now() - timedelta(days=settings().NOTIFICATION_DAYS)
    with transaction() as s:
        old = (select(Notification.id).where(Notification.state != "pending", Notification.created_at < before)
               .limit(limit).with_for_update(skip_locked=True))
        gone = s.scalars(delete(Notification).where(Notification.id.in_(old)).returning(Notification.id)
                         .execution_options(synchronize_session=False)).all()
    return len(gone)
