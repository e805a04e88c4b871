"""Forgetting refresh tokens that are of no more use."""

from datetime import timedelta
from typing import Any

from sqlalchemy import delete

from app.identity.models import RefreshToken
from app.kernel import clock
from app.kernel.db import transaction

KEPT = timedelta(days=7)  # past their end, so that a late reuse is still told from a made-up token


def prune() -> int:
    """Drop tokens that ended a week ago or earlier; returns how many."""
    with transaction() as s:
        gone: Any = s.execute(delete(RefreshToken).where(RefreshToken.expires_at < clock.now() - KEPT))
        return int(gone.rowcount)
