"""The real-name check of who was registered by a unit: asked of the platform in the background, at its rate.

Nobody is asked about who hasn't agreed in writing (the table refuses it), each look is in the trail before it is taken,
and who has checked themself in the mini-app under the same name isn't asked about at all (decision 0200).
"""

import uuid
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import Select, func, select, update

from app.gateways.access import platform
from app.gateways.platform.failures import Passing, Permanent, PlatformFailure
from app.gateways.platform.sealing import Subject
from app.identity import queries as citizens
from app.identity import sealing as citizen_sealing
from app.kernel import clock, crash
from app.kernel.db import session, transaction
from app.kernel.sealing import SealBroken
from app.kernel.settings import settings
from app.staff.scoping import Scope, within
from app.trail import writing
from app.volunteers import noting, register_queries, sealing
from app.volunteers.models import Volunteer
from app.volunteers.turning import turn

log = structlog.get_logger()
EVERY_S = 5
LEASE = timedelta(minutes=10)  # who died while asking: another asks after this
WHAT, WHO = "volunteer.identity_check", "信易+"
PURPOSE = "按本人书面同意，核验志愿者登记的姓名与身份证号是否一致"


@dataclass(frozen=True)
class Taken:
    """Whom this worker asks about now. Both indexes say which word the answer is about."""

    volunteer_id: uuid.UUID
    subject: Subject = field(repr=False)
    name_index: bytes = field(repr=False)
    identity_index: bytes = field(repr=False)


def run_due() -> int:
    """The checks that are due, as many as the rate allows for EVERY_S seconds; how many came to a word."""
    done = 0
    for _ in range(max(1, settings().VOLUNTEER_CHECKS_A_MINUTE * EVERY_S // 60)):
        try:
            platform().ready("identity")
        except Passing:
            break  # nothing may leave now: no look is noted that can't be taken
        taken = _take()
        if taken is None:
            break
        if isinstance(taken, Taken):
            try:
                answer = platform().verify_identity(taken.subject)
            except PlatformFailure as failure:
                _put_off(taken, failure)
                break
            crash.point("volunteer.checked")
            _settle(taken, answer.result == "match")
        done += 1
    return done


def checked(scope: Scope) -> Select[Any]:
    """Who is registered, with how the check stands; rows as `register_queries.listed`."""
    return register_queries.listed(scope).where(Volunteer.state == "registered")


def mismatched(scope: Scope) -> int:
    """How many are on the work list."""
    return session().scalar(select(func.count()).select_from(Volunteer).where(
        scope.sees(Volunteer.organisation_path), Volunteer.state == "registered",
        Volunteer.real_name_state == "mismatched")) or 0


def seen_on_paper(scope: Scope, volunteer_id: uuid.UUID) -> None:
    """Somebody of the staff has seen the card: name and number are right. Raises RoleMissing, VolunteerUnknown,
    VolunteerStateWrong.
    """
    scope.need("registrar")
    with within(scope):
        volunteer = turn(scope, volunteer_id, Volunteer.state == "registered", Volunteer.real_name_state != "matched",
                         real_name_state="matched", real_name_by="paper", real_name_at=clock.now(),
                         real_name_due_at=None)
        noting.note(scope, volunteer, "volunteer.seen_on_paper", "核对身份证原件无误")


def agree(scope: Scope, volunteer_id: uuid.UUID) -> None:
    """The person agreed, in writing, to the check; it is asked for from now on. Raises as `seen_on_paper`."""
    scope.need("registrar")
    with within(scope):
        volunteer = turn(scope, volunteer_id, Volunteer.state == "registered", Volunteer.real_name_state == "unchecked",
                         Volunteer.id_number_sealed.is_not(None), real_name_state="waiting",
                         real_name_agreed_on=clock.today(), real_name_due_at=clock.now(), real_name_at=None)
        noting.note(scope, volunteer, "volunteer.check_agreed", "登记本人同意核验姓名与身份证号")


def withdraw(scope: Scope, volunteer_id: uuid.UUID) -> None:
    """The person no longer agrees: from now on nobody is asked, until they agree anew. Raises as `seen_on_paper`."""
    scope.need("registrar")
    with within(scope):
        volunteer = turn(scope, volunteer_id, Volunteer.real_name_state == "waiting", real_name_state="unchecked",
                         real_name_agreed_on=None, real_name_due_at=None, real_name_at=clock.now())
        noting.note(scope, volunteer, "volunteer.check_withdrawn", "本人撤回核验同意")


def _take() -> Taken | bool | None:
    """Who is due longest, noted and held for LEASE; True where there was no need to ask; None: nobody is due."""
    now = clock.now()
    with transaction() as s:
        due = s.scalar(select(Volunteer).where(Volunteer.real_name_state == "waiting",
                                               Volunteer.real_name_due_at <= now)
                       .order_by(Volunteer.real_name_due_at, Volunteer.id).limit(1)
                       .with_for_update(skip_locked=True, key_share=True).execution_options(populate_existing=True))
        if due is None:
            return None
        try:
            subject = sealing.subject_of(due)
        except SealBroken:
            return _nothing_to_ask(due)
        if due.state not in ("registered", "applied"):
            return _nothing_to_ask(due)
        if _checked_themself(due, subject.name):
            _matched(due, "citizen")
            return True
        due.real_name_due_at = now + LEASE
        writing.record(None, actor="system", who=WHO, what=WHAT, purpose=PURPOSE, about=f"volunteer:{due.id}")
        return Taken(due.id, subject, sealing.name_index(subject.name), due.identity_index)


def _nothing_to_ask(due: Volunteer) -> bool:
    """No number is kept, or they have left."""
    due.real_name_state, due.real_name_due_at = "unchecked", None
    return True


def _checked_themself(due: Volunteer, name: str) -> bool:
    citizen = citizens.by_identity_index(due.identity_index)
    return citizen is not None and citizen_sealing.name_of(citizen) == name


def _matched(due: Volunteer, by: str) -> None:
    due.real_name_state, due.real_name_by = "matched", by
    due.real_name_at, due.real_name_due_at = clock.now(), None


def _settle(taken: Taken, right: bool) -> None:
    """One conditional write: an answer about a name that was put right meanwhile is dropped."""
    with transaction():
        session().execute(
            update(Volunteer).where(Volunteer.id == taken.volunteer_id, Volunteer.real_name_state == "waiting",
                                    Volunteer.name_index == taken.name_index,
                                    Volunteer.identity_index == taken.identity_index)
            .values(real_name_state="matched" if right else "mismatched", real_name_by="platform" if right else None,
                    real_name_at=clock.now(), real_name_due_at=None)
            .execution_options(synchronize_session=False))


def _put_off(taken: Taken, failure: PlatformFailure) -> None:
    """Later again; what is final is about our keys or rights, and never about a person: that, too, is tried again."""
    wait_s = getattr(failure, "retry_after_s", None) or (3600 if isinstance(failure, Permanent) else 60)
    log.warning("volunteer_check_put_off", code=failure.code, wait_s=wait_s)
    with transaction():
        session().execute(
            update(Volunteer).where(Volunteer.id == taken.volunteer_id, Volunteer.real_name_state == "waiting")
            .values(real_name_due_at=clock.now() + timedelta(seconds=wait_s))
            .execution_options(synchronize_session=False))
