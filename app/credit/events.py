"""What the platform tells us unasked (platform.md section 5): taken once, in order, in one transaction each."""

import hashlib
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from app.consent import checking, withdrawing
from app.consent import queries as consents
from app.consent.queries import Consent
from app.credit import asking, keeping, kept_events
from app.credit.errors import EventRefused
from app.credit.models import CreditGrade, PlatformEvent
from app.gateways.platform.fields import Unreadable
from app.gateways.platform.push import Push
from app.identity import queries as citizens
from app.identity import sealing, telling
from app.identity.queries import Citizen
from app.kernel import clock, jsons
from app.kernel.db import session, transaction
from app.kernel.settings import settings
from app.scenario.facts import GRADE_SCOPE
from app.trail import writing as trail

PROCESSED, STALE, REFUSED = "processed", "stale", "refused"
WORDS = {"grade.changed": "省平台告知信用等级有变化", "record.repaired": "省平台告知信用记录已修复",
         "red_list.added": "省平台告知列入守信激励名单", "red_list.removed": "省平台告知移出守信激励名单"}
MOST_LISTS = 100
QUICK, MARGIN_S = "300ms", 0.05
AHEAD = timedelta(minutes=5)  # by so much the platform's clock may differ from ours
Effect = Callable[[dict[str, Any]], None]


def take(push: Push, effects: Mapping[str, Effect]) -> str:
    """`processed` or `duplicate`. `effects`: what events mean to the packages above, by type, in the same transaction;
    they raise EventRefused or Unreadable.

    Raises EventRefused (what is wrong with the event itself is kept for staff), OperationalError where a row is held
    for too long: the platform comes again.
    """
    event = push.event
    try:
        with transaction():
            _be_quick()
            row = _first_time(event)
            status = "duplicate" if row is None else PROCESSED
            if row is not None:
                row.state, row.refusal = _apply(push, effects), None
                row.body_sealed = None
    except EventRefused as no:
        if no.code == "BAD_REQUEST":  # an unknown authorisation may be known at the next delivery
            _keep_refused(event, no.code)
        raise
    if event["type"] == "authorization.revoked":
        _wait_until_quiet(event["data"]["authorization_id"])
    return status


def _be_quick() -> None:
    """So that the answer goes out within a second whoever holds what we need."""
    session().execute(select(func.set_config("lock_timeout", QUICK, True), func.set_config(
        "statement_timeout", QUICK, True)))


def _first_time(event: dict[str, Any]) -> PlatformEvent | None:
    """The event's row; None where it was taken before. What we refused is judged anew each time it comes."""
    session().execute(
        insert(PlatformEvent)
        .values(event_id=event["event_id"], seq=event["seq"], type=event["type"], received_at=clock.now(),
                occurred_at=_occurred(event), state=REFUSED, digest=_digest(event)).on_conflict_do_nothing())
    row = session().execute(select(PlatformEvent).filter_by(event_id=event["event_id"]).with_for_update()
                            .execution_options(populate_existing=True)).scalar_one()
    return row if row.state == REFUSED else None


def _digest(event: dict[str, Any]) -> str:
    """Of what is the same in each delivery: a subject is sealed anew each time."""
    same = {**event, "data": {name: told for name, told in event["data"].items() if name != "subject"}}
    return hashlib.sha256(jsons.dumps(same)).hexdigest()


def _keep_refused(event: dict[str, Any], code: str) -> None:
    with transaction():
        _be_quick()
        row = _first_time(event)
        if row is not None:
            row.refusal = code
            kept_events.keep_body(row, event)


def _wait_until_quiet(authorization_id: str) -> None:
    """No query after the answer, also where this delivery is the second one and the first still waits: what had begun
    has left by then, or never will (decision 0120).
    """
    consent = consents.by_authorization(authorization_id)
    if consent is not None:
        withdrawing.wait_until_quiet(consent.id, asking.LEAVES_WITHIN_S + MARGIN_S)


def _apply(push: Push, effects: Mapping[str, Effect]) -> str:
    event = push.event
    if event["type"] == "authorization.revoked":
        return _revoked(event)
    if event["type"] in effects:
        return _told_above(event, effects[event["type"]])
    effect = ABOUT_A_PERSON.get(event["type"])
    if not push.known or effect is None:
        raise EventRefused("BAD_REQUEST")
    citizen = _whom(push)
    if citizen is None:
        return STALE
    row = keeping.locked(citizen.id)
    if row.said_at is not None and _occurred(event) < row.said_at:
        return STALE  # a later answer knows better
    state = effect(citizen, row, event)
    if state == PROCESSED:
        row.revision += 1
        row.event_at = max(filter(None, (row.event_at, _occurred(event))))
        trail.record(citizen.id, actor="platform", who=settings().PLATFORM_NAME, what=event["type"],
                     purpose=WORDS[event["type"]], about=f"platform_event:{event['event_id']}")
    return state


def _told_above(event: dict[str, Any], effect: Effect) -> str:
    try:
        effect(event["data"])
    except Unreadable:
        raise EventRefused("BAD_REQUEST") from None
    return PROCESSED


def _whom(push: Push) -> Citizen | None:
    """The authorisation's citizen, locked, who must be the event's subject; None for one who left."""
    consent = _known(push.event["data"]["authorization_id"])
    citizen = citizens.lock(consent.citizen_id)
    if citizen is not None and sealing.subject_of(citizen) != push.subject:
        raise EventRefused("BAD_REQUEST")
    return citizen


def _known(authorization_id: str) -> Consent:
    consent = consents.by_authorization(authorization_id)
    if consent is None:
        raise EventRefused("AUTHORIZATION_NOT_FOUND")
    return consent


def _revoked(event: dict[str, Any]) -> str:
    """Final, whatever its number: no query after this."""
    data = event["data"]
    withdrawing.by_platform(_known(data["authorization_id"]).authorization_id or "",
                            datetime.fromisoformat(data["revoked_at"]))
    return PROCESSED


def _grade_changed(citizen: Citizen, row: CreditGrade, event: dict[str, Any]) -> str:
    """Replaces what is kept. Where nothing is, it can't stand alone (it says nothing of lists): the next need asks."""
    if event["seq"] <= row.grade_seq:
        return STALE
    row.grade_seq = event["seq"]
    if row.sealed is not None:
        if checking.any_live(citizen.id, GRADE_SCOPE) is None:
            keeping.drop(row)
        else:
            data = event["data"]
            keeping.replace_grade(citizen, row, data["grade"], data["restricted"],
                                  date.fromisoformat(data["as_of"]), date.fromisoformat(data["valid_until"]))
    return PROCESSED


def _repaired(citizen: Citizen, row: CreditGrade, event: dict[str, Any]) -> str:
    """What was refused before may be decided anew; told once, though the event comes for each authorisation."""
    if event["seq"] <= row.grade_seq:
        return STALE
    row.grade_seq = event["seq"]
    repaired_at = datetime.fromisoformat(event["data"]["repaired_at"])
    if row.repaired_at is None or repaired_at > row.repaired_at:
        now = clock.now()
        # their clock may be ahead of ours: the next paper's event of the same repair is not a later repair
        row.repaired_at = max(now, min(repaired_at, now + AHEAD))
        telling.tell(citizen.id, "record_repaired", {"at": now})
    keeping.drop(row)
    return PROCESSED


def _listed(citizen: Citizen, row: CreditGrade, event: dict[str, Any]) -> str:
    if row.sealed is None:
        return PROCESSED
    code, said = event["data"]["list"], keeping.open_said(citizen, row)
    if event["seq"] <= said.list_seqs.get(code, 0):
        return STALE
    others = [each for each in said.red_lists if each != code]
    after = [*others, code] if event["type"] == "red_list.added" else others
    if len(after) > MOST_LISTS or len(said.list_seqs) > MOST_LISTS:
        keeping.drop(row)  # more than can be: ask again
    else:
        keeping.replace_lists(citizen, row, after, {**said.list_seqs, code: event["seq"]})
    return PROCESSED


def _occurred(event: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(event["occurred_at"])


ABOUT_A_PERSON: dict[str, Callable[[Citizen, CreditGrade, dict[str, Any]], str]] = {
    "grade.changed": _grade_changed, "record.repaired": _repaired,
    "red_list.added": _listed, "red_list.removed": _listed,
}
