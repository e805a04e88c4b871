"""One look at the platform: written down with its live consent locked, asked outside, its answer kept inside.

Between the writing down and the bytes' leaving lie `LEAVES_WITHIN_S` at most, or the look is given up (the transport
looks at its clock once it is connected, right before it sends): after that long nothing under a consent that has ended
is still to leave (decision 0120). A withdrawal waits longer where it may: for what has left to be answered (0065).
"""

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from sqlalchemy import ColumnElement, and_, exists, select, update

from app.consent import checking, withdrawing
from app.consent.errors import ConsentRequired
from app.consent.queries import Consent
from app.credit import keeping
from app.credit.models import CreditQuery
from app.gateways.access import platform
from app.gateways.platform.answers import GradeAnswer
from app.gateways.platform.failures import FINAL, Passing, Permanent
from app.identity import queries as citizens
from app.identity import sealing
from app.identity.queries import Citizen
from app.kernel import clock, crash
from app.kernel.db import end_reads, need_transaction, session, transaction
from app.kernel.ids import new_id
from app.kernel.settings import settings
from app.scenario.facts import GRADE_SCOPE
from app.trail import writing as trail

LEAVES_WITHIN_S = 0.5
SETTLES_WITHIN_S = 5.0
LATE, LATE_ATTEMPTS = "LATE", 4  # what never left costs the platform nothing: a busy machine tries again
ABOUT_THIS_ONE = {"BAD_REQUEST", "SCOPE_DENIED", "SUBJECT_NOT_FOUND", "NOT_FOUND"}  # for as long as the consent lives
MENDED_WITHIN = timedelta(minutes=15)  # a final no about keys: so long nobody's next try knocks again
ENDED_THERE = {"AUTHORIZATION_REVOKED", "AUTHORIZATION_EXPIRED", "AUTHORIZATION_NOT_FOUND"}
POLL_S = 0.05
A = TypeVar("A")


@dataclass(frozen=True)
class Look:
    """A query that is written down. `began` is of the monotonic clock; `revision` is what events had done before."""

    query: CreditQuery
    began: float
    revision: int


def begin(citizen_id: uuid.UUID, scenario: str, recipient_id: str) -> Look | None:
    """Write the look down under a consent that can't be withdrawn before the commit.

    None where nothing is to be asked: somebody else asks already, has just asked, or the consent must first be
    registered. Raises ConsentRequired, Permanent (the same question was refused for good).
    """
    with transaction():
        citizens.lock(citizen_id)
        consent = checking.live(citizen_id, GRADE_SCOPE, scenario, recipient_id, lock=True)
        if consent is None:
            raise ConsentRequired(scope=GRADE_SCOPE)
        if consent.authorization_id is None or keeping.fresh(citizen_id) or under_way(citizen_id):
            return None
        look = write_down(consent, "grade")
    crash.point("credit.asking")
    return look


def write_down(consent: Consent, kind: str) -> Look:
    """The look's row and its line in the trail. Needs a transaction that holds the citizen and the live consent.

    Raises Permanent where the platform said its final no to the same question before: that is never asked again.
    """
    need_transaction()
    _refuse_again(consent, kind)
    began = time.monotonic()
    query = CreditQuery(
        id=new_id(), kind=kind, citizen_id=consent.citizen_id, consent_id=consent.id,
        authorization_id=str(consent.authorization_id), scenario=consent.scenario, purpose=consent.purpose,
        operator="system", state="asking", asked_at=clock.now())
    session().add(query)
    trail.record(consent.citizen_id, actor="system", who=settings().OPERATOR_NAME, what=f"{kind}.query",
                 purpose=consent.purpose, consent_id=consent.id, about=f"credit_query:{query.id}")
    return Look(query, began, keeping.revision(consent.citizen_id))


def _refuse_again(consent: Consent, kind: str) -> None:
    last = session().scalars(
        select(CreditQuery).where(CreditQuery.citizen_id == consent.citizen_id, CreditQuery.consent_id == consent.id,
                                  CreditQuery.kind == kind, CreditQuery.state != "asking")
        .order_by(CreditQuery.id.desc()).limit(1)).one_or_none()
    if last is None or last.failure not in FINAL:
        return
    if last.failure in ABOUT_THIS_ONE or last.asked_at > clock.now() - MENDED_WITHIN:
        raise Permanent(last.failure, FINAL[last.failure][1])


def ask(citizen: Citizen, look: Look) -> None:
    """Make the call and keep what it says. Raises Passing, Permanent, and ConsentRequired where it ended meanwhile."""
    answer = called(citizen, look, GRADE_SCOPE, platform().query_grade)
    crash.point("credit.answered")
    if not _finish(citizen.id, look, answer):
        raise ConsentRequired(scope=GRADE_SCOPE)


def called(citizen: Citizen, look: Look, scope: str, call: Callable[..., A]) -> A:
    """The call of a look that is written down: `query_grade` or `query_report` of the platform. Raises as `ask`."""
    query = look.query
    try:
        return call(query.authorization_id, sealing.subject_of(citizen), query.scenario, query.purpose,
                    query.operator, leave_by=look.began + LEAVES_WITHIN_S)
    except (Passing, Permanent) as failure:
        settle(query.id, state="failed", failure=failure.code)
        if failure.code in ENDED_THERE:
            withdrawing.by_platform(query.authorization_id, clock.now())
            raise ConsentRequired(scope=scope) from None
        raise


def under_way(citizen_id: uuid.UUID) -> bool:
    """Whether somebody is asking for this citizen's grade."""
    return _asking(and_(CreditQuery.citizen_id == citizen_id, CreditQuery.kind == "grade"), seconds=longest_s())


def unsettled(consent_id: uuid.UUID) -> bool:
    """Whether a look under this consent is under way."""
    return _asking(CreditQuery.consent_id == consent_id, seconds=SETTLES_WITHIN_S)


def wait(citizen_id: uuid.UUID) -> None:
    """Until nobody asks about this citizen any more; bounded by the call's own bound."""
    end = time.monotonic() + longest_s()
    while under_way(citizen_id) and time.monotonic() < end:
        end_reads()
        time.sleep(POLL_S)
    end_reads()


def longest_s() -> float:
    """After this a look that is still `asking` was lost with its process."""
    return settings().PLATFORM_READ_SECONDS + 2 + LEAVES_WITHIN_S + 2


def sweep() -> int:
    """Job: mark looks as failed whose process died; how many. Each stays visible as a look."""
    with transaction() as s:
        lost = s.scalars(update(CreditQuery)
                         .where(CreditQuery.state == "asking",
                                CreditQuery.asked_at < clock.now() - timedelta(seconds=longest_s()))
                         .values(state="failed", failure="LOST").returning(CreditQuery.id)
                         .execution_options(synchronize_session=False)).all()
    return len(lost)


def _finish(citizen_id: uuid.UUID, look: Look, answer: GradeAnswer) -> bool:
    """Note the answer; keep it only where the consent still lives. Whether it did."""
    with transaction():
        citizen = citizens.lock(citizen_id)
        settle(look.query.id, state="answered", query_no=answer.query_no)
        if citizen is None or checking.still_live(look.query.consent_id, lock=True) is None:
            return False
        keeping.keep_answer(citizen, answer, look.query.id, look.revision)
    return True


def settle(query_id: uuid.UUID, **values: object) -> None:
    """Note what came of a look."""
    with transaction() as s:
        s.execute(update(CreditQuery).where(CreditQuery.id == query_id)
                  .values(answered_at=clock.now(), **values).execution_options(synchronize_session=False))


def _asking(whose: ColumnElement[bool], seconds: float) -> bool:
    since = clock.now() - timedelta(seconds=seconds)
    return bool(session().scalar(select(exists().where(
        whose, CreditQuery.state == "asking", CreditQuery.asked_at > since))))
