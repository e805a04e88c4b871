"""What a unit says to who applied in the mini-app: yes, or no with a reason that the applicant reads."""

import uuid
from typing import Any

from sqlalchemy import Select, func, select

from app.kernel import clock
from app.kernel.db import session
from app.staff.scoping import Scope, within
from app.volunteers import noting, register_queries
from app.volunteers.models import Volunteer
from app.volunteers.turning import turn


def applications(scope: Scope) -> Select[Any]:
    """Those of this part of the tree that wait, or were refused; rows as `register_queries.listed`."""
    return register_queries.listed(scope).where(Volunteer.state.in_(("applied", "refused")))


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
