"""Forgetting log-ins that are of no more use."""

from datetime import timedelta
from typing import Any

from sqlalchemy import delete, exists

from app.identity.models import LoginFamily, RefreshToken
from app.kernel import clock
from app.kernel.db import transaction

GRACE = timedelta(days=1)  # longer than an access token may live


def prune() -> int:
    """A job: drop refresh tokens past their time and the log-ins that have none left; returns how many rows."""
    with transaction() as s:
        moment = clock.now()
        gone: Any = s.execute(delete(RefreshToken).where(RefreshToken.expires_at < moment))
        empty: Any = s.execute(delete(LoginFamily).where(
            LoginFamily.created_at < moment - GRACE, ~exists().where(RefreshToken.family_id == LoginFamily.id)))
        return int(gone.rowcount) + int(empty.rowcount)
