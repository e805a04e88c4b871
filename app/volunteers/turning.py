"""One step of an entry's life as one conditional write: of two who act at once, one does."""

import uuid
from typing import Any

from sqlalchemy import update

from app.kernel import clock
from app.kernel.db import need_transaction, session
from app.staff.scoping import Scope
from app.volunteers import queries
from app.volunteers.errors import VolunteerStateWrong, VolunteerUnknown
from app.volunteers.models import Volunteer


def turn(scope: Scope, volunteer_id: uuid.UUID, *sources: Any, **values: Any) -> Volunteer:
    """In the caller's transaction, within the scope. `sources`: what has to be so (SQL conditions), else
    VolunteerStateWrong; VolunteerUnknown where the scope sees no such volunteer.
    """
    need_transaction()
    turned = session().execute(
        update(Volunteer).where(scope.sees(Volunteer.organisation_path), Volunteer.id == volunteer_id, *sources)
        .values(changed_at=clock.now(), **values).returning(Volunteer.id)
        .execution_options(synchronize_session=False)).first()
    found = queries.seen(scope, volunteer_id)
    if found is None:
        raise VolunteerUnknown
    if turned is None:
        raise VolunteerStateWrong
    return found
