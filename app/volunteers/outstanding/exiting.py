"""Off the list: by time, by the person's own wish, or for cause, after notice, days to answer, and another's decision.

Whoever leaves keeps what was granted; from the commit on nothing new is claimed by the list (decision 0223).
"""

import uuid
from collections.abc import Callable

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from app.identity.queries import Citizen
from app.kernel import clock
from app.kernel.db import broke, session, transaction
from app.kernel.ids import new_id
from app.kernel.sealing import sealer
from app.staff.scoping import Scope, within
from app.trail import writing as trail
from app.volunteers.outstanding import agreeing, campaigns, listing, moving
from app.volunteers.outstanding.errors import (
    HearingAnswered,
    HearingNotOver,
    HearingUnknown,
    NominationRefused,
    SamePerson,
)
from app.volunteers.outstanding.models import Hearing, Nomination
from app.volunteers.red_list import sharing as red_list

OWN_WISH, EXPIRED = "本人申请退出", "有效期届满"
BATCH = 200


def leave(citizen: Citizen, nomination_id: uuid.UUID) -> Nomination:
    """The person's own wish, at once: off the list, or before that out of the evaluation; again gives the same.

    Raises NominationUnknown, NominationMoved (it ended otherwise).
    """
    with transaction():
        agreeing.own(citizen, nomination_id)
        nomination = moving.held(nomination_id)
        if nomination.state in ("withdrawn", "left"):
            return nomination
        if nomination.state in listing.IN_FORCE:
            _off(nomination, OWN_WISH, "citizen", lambda: moving.go(nomination, "leave", "citizen"))
        else:
            moving.go(nomination, "withdraw", "citizen", publicised_to=None)
    return nomination


def expire_due() -> int:
    """Job: entries past their last day; how many. Twice at once, each takes other rows."""
    with transaction() as s:
        due = s.scalars(select(Nomination).where(Nomination.state.in_(listing.IN_FORCE),
                                                 Nomination.valid_to < clock.today())
                        .order_by(Nomination.id).limit(BATCH).with_for_update(skip_locked=True)
                        .execution_options(populate_existing=True)).all()
        for each in due:
            _off(each, EXPIRED, "system", lambda one=each: moving.go(one, "expire", "system"))  # type: ignore[misc]
    return len(due)


def open_hearing(scope: Scope, nomination_id: uuid.UUID, cause: str, legal_ground: str) -> Hearing:
    """Notice that somebody is to be taken off, why and by which law; they have the region's working days to answer.

    Raises as moving.by_staff, NominationUnknown, NominationRefused.
    """
    scope.need(*moving.LISTS)
    cause, ground = moving.checked(cause), legal_ground.strip()
    if not 2 <= len(ground) <= 200 or "\x00" in ground:
        raise NominationRefused(field="legal_ground")
    with within(scope) as s:
        nomination = moving.held(nomination_id, scope)
        days = campaigns.get(nomination.campaign_id).terms["hearing_days"]
        moving.by_staff(scope, nomination, "open_hearing", cause)
        made = Hearing(id=new_id(), nomination_id=nomination.id, organisation_id=nomination.organisation_id,
                       organisation_path=nomination.organisation_path, cause=cause, legal_ground=ground,
                       opened_by=scope.account_id, answer_by=clock.add_working_days(clock.today(), days))
        s.add(made)
        s.flush()
    return made


def answer(citizen: Citizen, nomination_id: uuid.UUID, text: str) -> Hearing:
    """The person's own answer, sealed. Raises NominationUnknown, HearingUnknown, HearingAnswered."""
    with transaction():
        nomination, _ = agreeing.own(citizen, nomination_id)
        return _answered(moving.held(nomination.id), text, "citizen")


def take_down(scope: Scope, nomination_id: uuid.UUID, text: str) -> Hearing:
    """An answer that came on paper or by word of mouth, written down by staff. Raises RoleMissing, NominationUnknown,
    HearingUnknown, HearingAnswered, NominationRefused.
    """
    scope.need(*moving.LISTS)
    with within(scope):
        return _answered(moving.held(nomination_id, scope), text, scope.actor)


def read(scope: Scope, nomination_id: uuid.UUID) -> str:
    """The answer to the newest notice; the look is in the trail, and the person sees it. Raises RoleMissing,
    NominationUnknown, HearingUnknown.
    """
    scope.need(*moving.LISTS, *moving.REVIEWS)
    with within(scope):
        nomination = moving.held(nomination_id, scope)
        found = newest(nomination.id)
        if found is None or found.answer_sealed is None:
            raise HearingUnknown
        citizen = moving.person(nomination)
        trail.record(citizen.id if citizen else None, actor=scope.actor, who=moving.WHO, what="nomination.answer_read",
                     purpose="复核拟移出名单", about=f"nomination:{nomination.id}")
        return sealer().open_service(_place(found.id), found.answer_sealed).decode()


def decide(scope: Scope, nomination_id: uuid.UUID, *, remove: bool, reason: str) -> Nomination:
    """Off, or kept; by somebody else than who gave notice, once there is an answer or its days are over.

    Raises as moving.by_staff, NominationUnknown, HearingUnknown, HearingNotOver.
    """
    scope.need(*moving.LISTS)
    said = moving.checked(reason)
    with within(scope):
        nomination = moving.held(nomination_id, scope)
        hearing = _open(nomination)
        if hearing.answered_at is None and clock.today() <= hearing.answer_by:
            raise HearingNotOver
        _decided(scope, hearing, "removed" if remove else "kept", said)
        if remove:
            moving.by_staff(scope, nomination, "remove", said)
            red_list.delist(str(nomination.entry_no), said, scope.actor)
        else:
            moving.by_staff(scope, nomination, "keep", said)
    return nomination


def newest(nomination_id: uuid.UUID) -> Hearing | None:
    return session().scalar(select(Hearing).where(Hearing.nomination_id == nomination_id)
                            .order_by(Hearing.id.desc()).limit(1).execution_options(populate_existing=True))


def _off(nomination: Nomination, reason: str, actor: str, move: Callable[[], None]) -> None:
    session().execute(update(Hearing).where(Hearing.nomination_id == nomination.id, Hearing.state == "open")
                      .values(state="moot", decided_at=clock.now()).execution_options(synchronize_session=False))
    move()
    red_list.delist(str(nomination.entry_no), reason, actor)


def _open(nomination: Nomination) -> Hearing:
    found = newest(nomination.id)
    if found is None or found.state != "open":
        raise HearingUnknown
    return found


def _answered(nomination: Nomination, text: str, how: str) -> Hearing:
    words, found = text.strip(), _open(nomination)
    if not 2 <= len(words) <= 2000 or "\x00" in words:
        raise NominationRefused(field="text")
    kept = session().execute(
        update(Hearing).where(Hearing.id == found.id, Hearing.answered_at.is_(None), Hearing.state == "open")
        .values(answer_sealed=sealer().seal_service(_place(found.id), words.encode()), answered_at=clock.now(),
                answered_how=how).returning(Hearing.id).execution_options(synchronize_session=False)).first()
    if kept is None:
        raise HearingAnswered
    moving.tell(nomination, "answer", nomination.state, how, None, None)
    session().refresh(found)
    return found


def _decided(scope: Scope, hearing: Hearing, state: str, decision: str) -> None:
    try:
        session().execute(update(Hearing).where(Hearing.id == hearing.id, Hearing.state == "open")
                          .values(state=state, decision=decision, decided_by=scope.account_id, decided_at=clock.now())
                          .execution_options(synchronize_session=False))
    except IntegrityError as wrong:
        if broke(wrong, "ck_nomination_hearings_second_person"):
            raise SamePerson from None
        raise


def _place(hearing_id: uuid.UUID) -> str:
    return f"nomination_hearing:{hearing_id}"
