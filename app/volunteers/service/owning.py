"""Whose hours are an officer's own: nobody enters, confirms or looks at those.

Accounts carry no identity. An officer says once which volunteer they are, or none; and a volunteer of the very same
name counts as their own until somebody else acts.
"""

import uuid

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.kernel import clock
from app.kernel.db import session, transaction
from app.staff import queries as staff
from app.staff.scoping import Scope
from app.trail import writing as trail
from app.volunteers import queries, sealing
from app.volunteers.errors import VolunteerUnknown
from app.volunteers.models import Volunteer
from app.volunteers.service.errors import OwnNumberUntold
from app.volunteers.service.models import OwnNumber


def tell(scope: Scope, volunteer_no: str | None) -> None:
    """`volunteer_no`: one's own, wherever it is registered; None: isn't a volunteer. Raises VolunteerUnknown."""
    with transaction() as s:
        found = None if volunteer_no is None else queries.by_no(volunteer_no)
        own = staff.organisation(scope.organisation_id)
        if (volunteer_no is not None and found is None) or own is None:
            raise VolunteerUnknown
        said = {"volunteer_id": found and found.id, "organisation_id": own.id, "organisation_path": own.path,
                "told_at": clock.now()}
        s.execute(insert(OwnNumber).values(account_id=scope.account_id, **said)
                  .on_conflict_do_update(index_elements=["account_id"], set_=said))
        trail.record(None, actor=scope.actor, who="共青团组织", what="hours.own_number", purpose="申明本人志愿者编号",
                     about=f"staff:{scope.account_id}")


def told(scope: Scope) -> OwnNumber | None:
    """What this account said of itself; within the scope or outside of it."""
    return session().scalar(select(OwnNumber).where(OwnNumber.account_id == scope.account_id)
                            .execution_options(populate_existing=True))


def own_volunteer(scope: Scope) -> uuid.UUID | None:
    """The volunteer that this officer is, None for none. Raises OwnNumberUntold."""
    found = told(scope)
    if found is None:
        raise OwnNumberUntold
    return found.volunteer_id


def own_numbers(scope: Scope) -> set[uuid.UUID]:
    """The volunteers who are this officer's own as far as anybody can tell: the one that was said, and namesakes.

    Raises OwnNumberUntold.
    """
    said, account = own_volunteer(scope), staff.get(scope.account_id)
    found = set() if account is None else set(session().scalars(select(Volunteer.id).where(
        scope.sees(Volunteer.organisation_path), Volunteer.name_index == sealing.name_index(account.display_name))))
    return found | ({said} if said else set())


def own_no(scope: Scope) -> str | None:
    """For the page: the number that was said; None for none. Raises OwnNumberUntold."""
    with transaction():
        volunteer_id = own_volunteer(scope)
        return None if volunteer_id is None else session().scalar(
            select(Volunteer.volunteer_no).where(Volunteer.id == volunteer_id))
