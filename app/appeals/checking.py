"""What an appeal may be about: one's own things only; another's is as good as absent."""

import uuid
from collections.abc import Callable

from app.appeals.errors import AboutNotFound
from app.benefits import queries as benefits
from app.benefits import usage_queries
from app.identity import belonging
from app.identity import queries as citizens
from app.kernel.db import session
from app.trail import queries as trail

KINDS = ("decision", "entitlement", "usage", "grade", "access", "other")
FREE = {"grade", "other"}  # there is one grade a citizen, and "other" is what has no id


def check(citizen_id: uuid.UUID, kind: str, about_id: str) -> None:
    """Raises AboutNotFound where there is no such thing of this citizen."""
    if kind not in FREE and not CHECKERS[kind](citizen_id, about_id):
        raise AboutNotFound


def _decision(citizen_id: uuid.UUID, about_id: str) -> bool:
    found = as_id(about_id)
    return found is not None and benefits.has_decision(citizen_id, found)


def _entitlement(citizen_id: uuid.UUID, about_id: str) -> bool:
    found = as_id(about_id)
    return found is not None and any(each.id == found for each in benefits.every_own(citizen_id))


def _usage(citizen_id: uuid.UUID, about_id: str) -> bool:
    query, _ = usage_queries.of_citizen(citizen_id)
    return session().scalar(query.filter_by(usage_no=about_id)) is not None


def _access(citizen_id: uuid.UUID, about_id: str) -> bool:
    found, citizen = as_id(about_id), citizens.get(citizen_id)
    return (found is not None and citizen is not None
            and trail.own(citizen_id, found, belonging.records(citizen)) is not None)


def as_id(text: str) -> uuid.UUID | None:
    """A UUID in its ordinary spelling."""
    try:
        found = uuid.UUID(text)
    except ValueError:
        return None
    return found if str(found) == text.lower() else None


CHECKERS: dict[str, Callable[[uuid.UUID, str], bool]] = {
    "decision": _decision, "entitlement": _entitlement, "usage": _usage, "access": _access}
