"""A citizen's own nominations: agree, read how it goes, answer a notice, take it back or leave the list."""

import uuid
from typing import Any

from flask import g

from app.consent.errors import ConsentTextChanged
from app.identity.guards import verified_required
from app.kernel.http import Door
from app.kernel.openapi import refuses
from app.volunteers.outstanding import agreeing, exiting
from app.volunteers.outstanding import queries as nomination_queries
from app.volunteers.outstanding import telling as telling_nominees
from app.volunteers.outstanding.errors import (
    HearingAnswered,
    HearingUnknown,
    NominationMoved,
    NominationRefused,
    NominationUnknown,
)
from app.volunteers.outstanding.schemas import HearingAnswer, NominationConsent, NominationList, NominationOut

door = Door("nominations", __name__, url_prefix="/api/v1/me/nominations", description="Outstanding young volunteers")


@door.get("")
@verified_required
@door.response(200, NominationList)
def mine() -> dict[str, Any]:
    """My nominations, newest first: state, conditions, what I may agree to, publicity, the list"""
    return {"items": [telling_nominees.told(g.citizen, *each) for each in nomination_queries.of_citizen(g.citizen)]}


@door.get("/<uuid:nomination_id>")
@refuses(NominationUnknown)
@verified_required
@door.response(200, NominationOut)
def one(nomination_id: uuid.UUID) -> dict[str, Any]:
    """One of them"""
    return _told(nomination_id)


@door.post("/<uuid:nomination_id>/consents")
@refuses(NominationUnknown, NominationMoved, ConsentTextChanged)
@verified_required
@door.arguments(NominationConsent)
@door.response(201, NominationOut)
def consent(told: dict[str, Any], nomination_id: uuid.UUID) -> dict[str, Any]:
    """Agree to one of the two, by the version and digest of the text that was read; taken back at /consents"""
    agreeing.agree(g.citizen, nomination_id, told["scope"], told["text_version"], told["text_digest"])
    return _told(nomination_id)


@door.post("/<uuid:nomination_id>/answer")
@refuses(NominationUnknown, NominationRefused, HearingUnknown, HearingAnswered)
@verified_required
@door.arguments(HearingAnswer)
@door.response(201, NominationOut)
def answer(told: dict[str, Any], nomination_id: uuid.UUID) -> dict[str, Any]:
    """Answer the notice that I am to be taken off the list; once"""
    exiting.answer(g.citizen, nomination_id, told["text"])
    return _told(nomination_id)


@door.post("/<uuid:nomination_id>/withdrawal")
@refuses(NominationUnknown, NominationMoved)
@verified_required
@door.response(200, NominationOut)
def withdrawal(nomination_id: uuid.UUID) -> dict[str, Any]:
    """Withdraw, or leave the list: at once; what was granted stays mine"""
    exiting.leave(g.citizen, nomination_id)
    return _told(nomination_id)


def _told(nomination_id: uuid.UUID) -> dict[str, Any]:
    return telling_nominees.told(g.citizen, *agreeing.own(g.citizen, nomination_id))
