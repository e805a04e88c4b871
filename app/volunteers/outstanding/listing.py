"""Putting who was publicised on the list: with a document's number and a validity, told to the platform (4.7)."""

import re
import uuid
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from app.identity import sealing
from app.kernel import clock
from app.kernel.http import page
from app.staff.scoping import Scope, within
from app.volunteers.models import RedListEntry
from app.volunteers.outstanding import campaigns, moving, nominating, publicising
from app.volunteers.outstanding.errors import ListingRefused, NomineeAbsent
from app.volunteers.outstanding.models import Campaign, Nomination
from app.volunteers.red_list import sharing as red_list

DOCUMENT = re.compile(r"[^\x00-\x1f\x7f]{1,100}")
IN_FORCE = ("listed", "hearing")


@dataclass(frozen=True)
class Entry:
    """With which document, and from when to when, both inclusive."""

    document_no: str
    valid_from: date
    valid_to: date


@dataclass(frozen=True)
class Listed:
    """What everybody may see of an entry."""

    entry_no: str
    name: str  # 林**
    organisation: str
    region: str
    document_no: str
    valid_from: date
    valid_to: date


def put(scope: Scope, nomination_id: uuid.UUID, entry: Entry) -> Nomination:
    """One person, by somebody who hasn't had a hand in it before; owed to the platform with this commit.

    Raises as moving.by_staff, NominationUnknown, NotRegisteredThere, ListingRefused, NomineeAbsent.
    """
    scope.need(*moving.LISTS)
    with within(scope):
        nomination = moving.held(nomination_id, scope)
        _put(scope, nomination, entry)
    return nomination


def put_all(scope: Scope, campaign_id: uuid.UUID, entry: Entry) -> int:
    """Everybody of the campaign whose publicity is over, with one document, or nobody; how many. Raises as `put`."""
    scope.need(*moving.LISTS)
    with within(scope) as s:
        campaign = campaigns.get(campaign_id)
        cleared = s.scalars(select(Nomination.id).where(
            Nomination.campaign_id == campaign.id, Nomination.state == "cleared",
            scope.sees(Nomination.organisation_path)).order_by(Nomination.id)).all()
        for each in cleared:
            _put(scope, moving.held(each, scope), entry)
    return len(cleared)


def public_list(args: dict[str, Any]) -> tuple[list[Listed], str | None]:
    """A page of who is on the list today, newest first, and the next cursor. `args`: limit, cursor?, region? as
    publicising.public_list. Who took the consent to being shown back isn't shown, and stays listed.
    """
    today = clock.today()
    query = select(Nomination).where(Nomination.state.in_(IN_FORCE), Nomination.valid_from <= today,
                                     Nomination.valid_to >= today, Nomination.unpublished_at.is_(None),
                                     Nomination.entry_no.in_(select(RedListEntry.entry_no).where(
                                         RedListEntry.state == "listed")))
    if region := args.get("region"):
        query = query.where(Nomination.region.startswith(publicising.part_of(region)))
    rows, following = page(query.execution_options(populate_existing=True),
                           (Nomination.created_at, Nomination.id), args)
    return [_shown(each) for each in rows], following


def _put(scope: Scope, nomination: Nomination, entry: Entry) -> None:
    campaign, document = campaigns.get(nomination.campaign_id), entry.document_no.strip()
    _check(nomination, campaign, entry)
    nominating.still_registered(nomination)
    citizen = moving.person(nomination)
    if citizen is None:
        raise NomineeAbsent
    subject = sealing.subject_of(citizen)
    moving.by_staff(scope, nomination, "list", entry_no=nomination.nomination_no, document_no=document,
                    valid_from=entry.valid_from, valid_to=entry.valid_to)
    red_list.list_entry(red_list.NewEntry(
        nomination.nomination_no, subject.name, subject.id_number, campaign.recipient, document,
        _some(nomination.publicised_from), _some(nomination.publicised_to), entry.valid_from, entry.valid_to),
        scope.actor)


def _check(nomination: Nomination, campaign: Campaign, entry: Entry) -> None:
    if not DOCUMENT.fullmatch(entry.document_no.strip()):
        raise ListingRefused(field="document_no")
    soonest = max(clock.today(), nomination.publicised_to or clock.today())
    if entry.valid_from < soonest:
        raise ListingRefused(field="valid_from")
    longest = entry.valid_from + timedelta(days=campaign.terms["valid_months"] * 366 // 12)
    if not entry.valid_from <= entry.valid_to <= longest:
        raise ListingRefused(field="valid_to")


def _shown(nomination: Nomination) -> Listed:
    return Listed(str(nomination.entry_no), publicising.masked_name(nomination), moving.organisation(nomination),
                  nomination.region, str(nomination.document_no), _some(nomination.valid_from),
                  _some(nomination.valid_to))


def _some(day: date | None) -> date:
    """A CHECK sees to it that a cleared or listed one has all of its days."""
    assert day is not None  # noqa: S101
    return day
