"""Answering an initiative (响应): once, in time, sent through the outbox with the same words at each attempt."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from prometheus_client import Counter
from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert

from app.benefits import offers
from app.benefits import queries as benefits
from app.benefits.audience import Limits
from app.benefits.queries import Offer
from app.feedback import initiatives
from app.feedback.initiative_errors import (
    AlreadyResponded,
    InitiativeEnded,
    InitiativeLate,
    MeasuresNeeded,
    MeasureUnknown,
    ReasonNeeded,
)
from app.feedback.initiative_models import InitiativeResponse
from app.gateways.access import platform
from app.gateways.platform.failures import NOT_TAKEN, Passing, Permanent
from app.kernel import clock, crash
from app.kernel.db import refuse_inside_transaction, session, transaction
from app.outbox import putting
from app.outbox.sending import Message, handles

log = structlog.get_logger()
RESPONDED = Counter("xinyi_initiative_responses_total", "Responses to initiatives", ["outcome"])
TOPIC = "initiative.response"
MOST_MEASURES, LONGEST_REASON = 200, 500
LATE = "RESPONSE_LATE"
CODE = re.compile(r"[A-Za-z0-9._-]{1,64}")


def accept(initiative_no: str, measures: Sequence[str], actor: str) -> InitiativeResponse:
    """Accept with measures: codes of our offers, not ended, and of no other initiative. Said again: the same.

    Raises InitiativeNotFound, InitiativeLate, AlreadyResponded, MeasuresNeeded, MeasureUnknown.
    """
    named = list(measures)
    if not 1 <= len(named) <= MOST_MEASURES or len(set(named)) != len(named):
        raise MeasuresNeeded
    return _respond(initiative_no, "accepted", None, named, actor)


def decline(initiative_no: str, reason: str, actor: str) -> InitiativeResponse:
    """Decline, for this reason. Raises InitiativeNotFound, InitiativeLate, AlreadyResponded, ReasonNeeded."""
    reason = reason.strip()
    if not 1 <= len(reason) <= LONGEST_REASON or "\x00" in reason:
        raise ReasonNeeded
    return _respond(initiative_no, "declined", reason, [], actor)


def offer_from(initiative_no: str, draft: Mapping[str, Any], actor: str, like: str | None = None) -> Offer:
    """A draft offer within the initiative's red list, grades, regions and end; `draft` as schemas.NewOffer tells one.

    What `draft` leaves out is taken from the offer with the code `like`, or from the initiative: title, opening, end.
    `offers.resume` then opens it. Raises InitiativeNotFound, InitiativeEnded, Invalid, ValidationError, OfferNotFound
    (no `like`), OfferCodeTaken.
    """
    with transaction():
        initiative = initiatives.held(initiative_no)
        now = clock.now()
        if now >= initiative.ends_at:
            raise InitiativeEnded(ends_at=clock.rfc3339(initiative.ends_at))
        filled = {"title": initiative.title[:60], "opens_at": clock.rfc3339(now), **_template(like),
                  "closes_at": clock.rfc3339(initiative.ends_at), **draft, "state": "draft"}
        limits = Limits(initiative_no, initiative.red_list, tuple(initiative.grades), tuple(initiative.regions),
                        initiative.ends_at)
        offer = offers.make(filled, limits, actor)
        log.info("offer_from_initiative", initiative_no=initiative_no, offer_id=str(offer.id), actor=actor)
        return offer


@handles(TOPIC)
def send(message: Message) -> None:
    """Outbox: send our answer and keep the platform's. What became late before it was ever sent isn't sent; what the
    platform may have taken already is said again, for it knows its own first answer.
    """
    refuse_inside_transaction()
    initiative_no = message.payload["initiative_no"]
    said, initiative = _said(initiative_no), initiatives.get(initiative_no)
    if said is None or said.state == "answered":
        return
    first = said.sending_at is None
    if first and clock.now() > initiative.respond_by:
        _note(initiative_no, state="refused", code=LATE)
        raise Permanent(LATE, InitiativeLate.detail)
    if first:
        _note(initiative_no, sending_at=clock.now())
    try:
        status = platform().respond_initiative(initiative_no, said.response, said.reason, said.measures,
                                               said.responded_at)
    except Permanent as final:
        _note(initiative_no, state="refused", code=final.code)
        raise
    except Passing as failure:
        if first and (not failure.sent or failure.code in NOT_TAKEN):
            _note(initiative_no, sending_at=None)
        raise
    crash.point("initiatives.responded")
    _note(initiative_no, state="answered", status=status, code=None, answered_at=clock.now())


def _respond(initiative_no: str, response: str, reason: str | None, measures: list[str],
             actor: str) -> InitiativeResponse:
    with transaction() as s:
        initiative = initiatives.held(initiative_no)
        earlier = _said(initiative_no)
        if earlier is None:
            if clock.now() > initiative.respond_by:
                raise InitiativeLate(respond_by=clock.rfc3339(initiative.respond_by))
            _check_measures(initiative_no, measures)
            made = s.execute(
                insert(InitiativeResponse).values(
                    initiative_no=initiative_no, response=response, reason=reason, measures=measures, state="owed",
                    responded_at=clock.now().replace(microsecond=0), responded_by=actor)
                .on_conflict_do_nothing().returning(InitiativeResponse.initiative_no)).first()
            if made is not None:
                putting.put(TOPIC, key=initiative_no, payload={"initiative_no": initiative_no})
                RESPONDED.labels(response).inc()
        said = _said(initiative_no)
        if said is None or (said.response, said.reason, said.measures) != (response, reason, measures):
            raise AlreadyResponded(response=said.response if said else "")
        return said


def _check_measures(initiative_no: str, codes: Sequence[str]) -> None:
    """An offer of another initiative is limited to that one's people, so it is no measure of this one."""
    known = benefits.offers_by_code([code for code in codes if CODE.fullmatch(code)])
    wrong = [code for code in codes if code not in known or known[code].state == "ended"
             or known[code].initiative_no not in (None, initiative_no)]
    if wrong:
        raise MeasureUnknown(codes=wrong)


def _template(code: str | None) -> dict[str, Any]:
    """What a new offer may take over from one that is there; not its code, its time or its state."""
    return {} if code is None else offers.as_told(code)


def _said(initiative_no: str) -> InitiativeResponse | None:
    return session().get(InitiativeResponse, initiative_no, populate_existing=True)


def _note(initiative_no: str, **values: object) -> None:
    with transaction() as s:
        s.execute(update(InitiativeResponse).where(InitiativeResponse.initiative_no == initiative_no,
                                                   InitiativeResponse.state != "answered").values(**values))
