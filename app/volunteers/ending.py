"""Leaving the register, by own wish or for cause, and coming back. Hours and records stay as they are; while somebody
has left, none of them counts for a benefit.
"""

import uuid

from app.staff.scoping import Scope, within
from app.volunteers import noting
from app.volunteers.models import Volunteer
from app.volunteers.turning import turn

CAUSES = {"own_wish": "本人申请", "cause": "组织办理"}


def leave(scope: Scope, volunteer_id: uuid.UUID, cause: str, reason: str) -> None:
    """`cause` is one of CAUSES, the person reads the reason. What was granted before is lived out.

    Raises RoleMissing, VolunteerUnknown, VolunteerStateWrong, Invalid (the reason), KeyError (the cause).
    """
    scope.need("registrar")
    words = CAUSES[cause]
    with within(scope):
        volunteer = turn(scope, volunteer_id, Volunteer.state == "registered", state="left", left_cause=cause,
                          reason=noting.said(reason))
        noting.note(scope, volunteer, "volunteer.left", f"退出志愿者登记（{words}）")
        noting.tell(volunteer, "已退出")


def come_back(scope: Scope, volunteer_id: uuid.UUID) -> None:
    """The leaving undone. Raises RoleMissing, VolunteerUnknown, VolunteerStateWrong."""
    scope.need("registrar")
    with within(scope):
        volunteer = turn(scope, volunteer_id, Volunteer.state == "left", state="registered", left_cause=None,
                         reason=None)
        noting.note(scope, volunteer, "volunteer.came_back", "恢复志愿者登记")
        noting.tell(volunteer, "已恢复")
