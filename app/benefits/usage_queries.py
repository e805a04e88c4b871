"""Shared reads of usages."""

import uuid
from collections.abc import Collection
from datetime import date
from typing import Any

from sqlalchemy import Select, func, select

from app.benefits.models import Usage
from app.kernel.clock import shanghai_day
from app.kernel.db import session


def by_ids(usage_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Usage]:
    """These usages by id."""
    return {usage.id: usage for usage in session().scalars(select(Usage).where(Usage.id.in_(usage_ids)))}


def of_citizen(citizen_id: uuid.UUID) -> tuple[Select[Any], tuple[Any, ...]]:
    """A citizen's usages and the keys to page through them by (kernel.http.page)."""
    return select(Usage).where(Usage.citizen_id == citizen_id), (Usage.occurred_at, Usage.id)


def waived_sum(usage_nos: Collection[str]) -> int:
    """The plain sum in fen, whatever the outcome (platform.md 4.6)."""
    return int(session().scalar(select(func.coalesce(func.sum(Usage.waived_fen), 0))
                                .where(Usage.usage_no.in_(usage_nos))) or 0)


def first_day() -> date | None:
    """The Shanghai day of the very first usage; None where there is none."""
    first = session().scalar(select(func.min(Usage.created_at)))
    return shanghai_day(first) if first else None
