"""What a unit says to who applied in the mini-app: yes, or no with a reason that the applicant reads."""

import uuid
from collections.abc import Iterable
from contextlib import suppress
from datetime import timedelta
from typing import Any

from sqlalchemy import Select, delete, func, select
from sqlalchemy.exc import IntegrityError

from app.kernel import clock
from app.kernel.db import session, transaction
from app.kernel.settings import settings
from app.staff.scoping import Scope, within
from app.volunteers import noting, queries, register_queries
from app.volunteers.errors import VolunteerStateWrong
from app.volunteers.models import ServiceRecord, Transfer, Volunteer
from app.volunteers.turning import turn


def applications(scope: Scope) -> Select[Any]:
    """Those of this part of the tree that wait, or were refused; rows as `register_queries.listed`."""
    return register_queries.listed(scope).where(Volunteer.state.in_(("applied", "refused")))


def longest_waiting(scope: Scope, limit: int) -> list[Any]:
    """Rows of `applications` that wait, the oldest first."""
    return list(session().execute(register_queries.listed(scope).where(Volunteer.state == "applied")
                                  .order_by(Volunteer.applied_at, Volunteer.id).limit(limit)))


def waiting(scope: Scope) -> int:
    """How many wait for a word."""
    return session().scalar(select(func.count()).select_from(Volunteer).where(
        scope.sees(Volunteer.organisation_path), Volunteer.state == "applied")) or 0


def approve(scope: Scope, volunteer_id: uuid.UUID) -> None:
    """Registered from now on. Raises RoleMissing, VolunteerUnknown, VolunteerStateWrong."""
    scope.need("registrar")
    with within(scope):
        volunteer = turn(scope, volunteer_id, Volunteer.state == "applied", state="registered",
                         registered_at=clock.now(), reason=None)
        noting.note(scope, volunteer, "volunteer.approved", "同意志愿者登记申请")
        noting.tell(volunteer, "已通过")


def approve_each(scope: Scope, volunteer_ids: Iterable[uuid.UUID]) -> int:
    """Several at once; how many. Who was decided on meanwhile is left out. Raises RoleMissing, VolunteerUnknown."""
    done = 0
    for volunteer_id in volunteer_ids:
        with suppress(VolunteerStateWrong):
            approve(scope, volunteer_id)
            done += 1
    return done


def forget() -> int:
    """Applications that were refused long ago, of people who never were volunteers; how many."""
    before = clock.now() - timedelta(days=settings().VOLUNTEER_REFUSED_DAYS)
    old = select(Volunteer.id).where(
        Volunteer.state == "refused", Volunteer.changed_at < before, Volunteer.registered_at.is_(None),
        ~select(ServiceRecord.id).where(ServiceRecord.volunteer_id == Volunteer.id).exists())
    gone = 0
    for volunteer_id in session().scalars(old).all():
        with suppress(IntegrityError), transaction() as s:  # what else speaks of the entry keeps it
            queries.lock(volunteer_id)  # before its transfers, as who agrees to one does
            s.execute(delete(Transfer).where(Transfer.volunteer_id == volunteer_id))
            gone += len(s.execute(delete(Volunteer).where(Volunteer.id == volunteer_id, Volunteer.state == "refused")
                                  .returning(Volunteer.id)).all())
    return gone


def refuse(scope: Scope, volunteer_id: uuid.UUID, reason: str) -> None:
    """Not registered; the applicant reads the reason, and may apply again. Raises as `approve`, Invalid."""
    scope.need("registrar")
    with within(scope):
        volunteer = turn(scope, volunteer_id, Volunteer.state == "applied", state="refused", reason=noting.said(reason))
        noting.note(scope, volunteer, "volunteer.refused", "不同意志愿者登记申请")
        noting.tell(volunteer, "未通过")


def reopen(scope: Scope, volunteer_id: uuid.UUID) -> None:
    """Second thoughts on a refusal: it waits again. Raises as `approve`."""
    scope.need("registrar")
    with within(scope):
        volunteer = turn(scope, volunteer_id, Volunteer.state == "refused", state="applied", reason=None)
        noting.note(scope, volunteer, "volunteer.reopened", "重新审核志愿者登记申请")
