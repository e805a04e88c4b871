"""Activities: an organisation says what volunteers are asked to, before anybody comes."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, select, update

from app.kernel import clock
from app.kernel.db import session
from app.staff import queries as staff
from app.staff.scoping import Scope, within
from app.trail import writing as trail
from app.volunteers.service.errors import ActivityClosed, ActivityHasHours, ActivityRefused, ActivityUnknown
from app.volunteers.service.models import Activity, Attendance

OFFICER = "hours_officer"
LONGEST_DAYS = 366


@dataclass(frozen=True)
class Plan:
    """What is to be done. `partner`: who holds it with the organisation's word, where that isn't itself. `risk`: what
    may happen to people; `insurance`: insurer and policy, needed where it is `dangerous` (志愿服务条例 12、17).
    """

    title: str
    place: str
    begins_at: datetime
    ends_at: datetime
    description: str
    risk: str
    dangerous: bool = False
    insurance: str | None = None
    partner: str | None = None
    unpaid: bool = True


def make(scope: Scope, plan: Plan) -> Activity:
    """An activity of the actor's own organisation. Raises RoleMissing, ActivityRefused."""
    scope.need(OFFICER)
    check(plan)
    with within(scope) as s:
        own = staff.organisation(scope.organisation_id)
        if own is None:
            raise ActivityUnknown
        made = Activity(organisation_id=own.id, organisation_path=own.path, region=own.region, made_by=scope.actor)
        _write(made, plan, own.name)
        s.add(made)
        s.flush()
        _tell(scope, "activity.made", "发布志愿服务活动", made.id)
    return made


def change(scope: Scope, activity_id: uuid.UUID, plan: Plan) -> Activity:
    """Said anew; not once hours of it are confirmed. Raises RoleMissing, ActivityUnknown, ActivityClosed,
    ActivityHasHours, ActivityRefused.
    """
    scope.need(OFFICER)
    check(plan)
    with within(scope):
        found = lock(scope, activity_id)
        _unconfirmed(found)
        own = staff.organisation(found.organisation_id)
        _write(found, plan, own.name if own else found.organiser)
        _tell(scope, "activity.changed", "修改志愿服务活动", found.id)
    return found


def cancel(scope: Scope, activity_id: uuid.UUID) -> None:
    """It doesn't take place. Raises RoleMissing, ActivityUnknown, ActivityHasHours; again is no harm."""
    scope.need(OFFICER)
    with within(scope) as s:
        found = get(scope, activity_id)
        if found.cancelled_at is None:
            _unconfirmed(lock(scope, activity_id))
            found.cancelled_at = clock.now()
            s.execute(update(Attendance).where(scope.sees(Attendance.organisation_path),
                                               Attendance.activity_id == found.id,
                                               Attendance.state.in_(("present", "waiting")))
                      .values(state="refused", reason="活动已取消"))
            _tell(scope, "activity.cancelled", "取消志愿服务活动", found.id)


def get(scope: Scope, activity_id: uuid.UUID) -> Activity:
    """Raises ActivityUnknown."""
    found = session().scalar(select(Activity).where(scope.sees(Activity.organisation_path), Activity.id == activity_id)
                             .execution_options(populate_existing=True))
    if found is None:
        raise ActivityUnknown
    return found


def lock(scope: Scope, activity_id: uuid.UUID) -> Activity:
    """Nobody else's to change, cancel or confirm from until this transaction ends. Raises ActivityUnknown,
    ActivityClosed.
    """
    found = session().scalar(select(Activity).where(scope.sees(Activity.organisation_path), Activity.id == activity_id)
                             .with_for_update(key_share=True).execution_options(populate_existing=True))
    if found is None:
        raise ActivityUnknown
    if found.cancelled_at is not None:
        raise ActivityClosed
    return found


def check(plan: Plan) -> None:
    """What the regulation and the calendar ask for. Raises ActivityRefused."""
    wrong = {}
    if plan.ends_at <= plan.begins_at or (plan.ends_at - plan.begins_at).days > LONGEST_DAYS:
        wrong["ends_at"] = ["结束须在开始之后，一项活动最长一年。"]
    if not plan.risk.strip():
        wrong["risk"] = ["须说明参加活动可能的风险；没有明显风险的也请写明。"]
    if plan.dangerous and not (plan.insurance or "").strip():
        wrong["insurance"] = ["可能危及人身安全的，须为志愿者购买人身意外伤害保险，请填写保险公司和保单号。"]
    if not plan.unpaid:
        wrong["unpaid"] = ["志愿服务是无偿的：付报酬的活动不能登记服务时长。"]
    if wrong:
        raise ActivityRefused(errors=wrong)


def _write(activity: Activity, plan: Plan, own_name: str) -> None:
    activity.organiser = plan.partner or own_name
    activity.title, activity.place, activity.description = plan.title, plan.place, plan.description
    activity.begins_at, activity.ends_at = plan.begins_at, plan.ends_at
    activity.risk, activity.dangerous, activity.insurance = plan.risk, plan.dangerous, plan.insurance or None


def _unconfirmed(activity: Activity) -> None:
    if session().scalar(select(exists().where(Attendance.activity_id == activity.id,
                                              Attendance.state == "confirmed"))):
        raise ActivityHasHours


def _tell(scope: Scope, what: str, purpose: str, activity_id: uuid.UUID) -> None:
    trail.record(None, actor=scope.actor, who="共青团组织", what=what, purpose=purpose,
                 about=f"activity:{activity_id}")
