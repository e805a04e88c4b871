"""Looks at volunteers by the League's staff: each is written to the trail, where the person reads it in the mini-app,
also who signs up there later only.
"""

import uuid
from collections.abc import Sequence

from app.identity.belonging import keeps
from app.identity.queries import Citizen
from app.staff import queries as staff
from app.staff.scoping import Scope
from app.trail import writing
from app.volunteers import queries
from app.volunteers.models import Volunteer

PAGE, FOUND, WHOLE, LISTED = "volunteer.look", "volunteer.found", "volunteer.identity", "volunteer.export"
LOOKS = (PAGE, FOUND, WHOLE, LISTED)


def look(scope: Scope, volunteer: Volunteer, purpose: str, what: str = PAGE) -> None:
    """Somebody of this scope sees this volunteer's data, for this purpose, which holds no identity data.

    In the caller's `within(scope)`, so that who isn't in the subtree was not seen.
    """
    look_each(scope, [volunteer.id], purpose, what)


def look_each(scope: Scope, volunteer_ids: Sequence[uuid.UUID], purpose: str, what: str) -> None:
    """The same for many at once, such as a search's or an export's."""
    own = staff.organisation(scope.organisation_id)
    writing.record_each([f"volunteer:{each}" for each in volunteer_ids], actor=scope.actor,
                        who=own.name if own else "共青团组织", what=what, purpose=purpose)


@keeps("volunteers")
def record_of(citizen: Citizen) -> list[str]:
    """Looks at the register's entry of this identity are the citizen's to see."""
    volunteer = queries.of_citizen(citizen)
    return [] if volunteer is None else [f"volunteer:{volunteer.id}"]
