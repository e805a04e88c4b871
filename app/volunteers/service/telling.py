"""What staff do with somebody's hours: in the trail, where the person finds it by the volunteer it is about."""

import uuid
from collections.abc import Iterable

from app.staff import organising
from app.staff.scoping import Scope
from app.trail import writing as trail


def tell(scope: Scope, what: str, purpose: str, volunteer_ids: Iterable[uuid.UUID]) -> None:
    """An entry for each of these volunteers, in the caller's transaction."""
    trail.record_each([f"volunteer:{each}" for each in sorted(set(volunteer_ids))], actor=scope.actor,
                      who=organising.name_of(scope.organisation_id), what=what, purpose=purpose)
