"""Publicity of who was approved: so many working days on the portal, under a masked name, stopped by objections.

A day counts once it was shown whole: neither the day on which it begins (or goes on), nor one that an objection cut
short. While an objection is open the person isn't shown, and owes what is left of the days (decision 0222).
"""

import uuid
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from app.identity import names
from app.kernel import clock
from app.kernel.db import session, transaction
from app.kernel.http import page
from app.staff.scoping import Scope, within
from app.volunteers.models import Volunteer
from app.volunteers.outstanding import agreeing, campaigns, moving, nominating
from app.volunteers.outstanding.errors import NominationMoved, NominationUnknown, NomineeAbsent
from app.volunteers.outstanding.models import Nomination

BATCH = 200


@dataclass(frozen=True)
class Publicised:
    """What everybody may see of a publicity: nothing that leads to the person but the masked name and the deeds."""

    id: uuid.UUID
    name: str  # 林**
    organisation: str
    region: str  # six digits
    deeds: str
    publicised_from: date
    publicised_to: date  # the last day, inclusive


def publicise(scope: Scope, nomination_id: uuid.UUID) -> Nomination:
    """Begin, for the campaign's working days. Raises as moving.by_staff, NominationUnknown, NotRegisteredThere,
    NomineeAbsent (or their consent has ended).
    """
    with within(scope):
        nomination = moving.held(nomination_id, scope)
        nominating.still_registered(nomination)
        campaign, citizen = campaigns.get(nomination.campaign_id), moving.person(nomination)
        if citizen is None or agreeing.PUBLISH_SCOPE in {each.scope for each in agreeing.missing(citizen, campaign)}:
            raise NomineeAbsent
        moving.by_staff(scope, nomination, "publicise", publicised_from=clock.today(),
                        **running(clock.today(), campaign.publicity_days))
    return nomination


def running(today: date, owed: int) -> dict[str, Any]:
    """Columns of a publicity that begins, or goes on, today."""
    return {"running_from": today, "days_owed": owed, "publicised_to": clock.add_working_days(today, owed)}


def stopped(nomination: Nomination, today: date) -> dict[str, Any]:
    """Columns of one that is stopped today: what was shown whole isn't owed any more."""
    if nomination.running_from is None or nomination.days_owed is None:
        raise NominationMoved
    served, day = 0, nomination.running_from + timedelta(days=1)
    while day < today:
        served += clock.is_working_day(day)
        day += timedelta(days=1)
    return {"publicised_to": None, "days_owed": max(0, nomination.days_owed - served)}


def close_due() -> int:
    """Job: what was shown through its last day is cleared; how many. Twice at once, each takes other rows."""
    with transaction() as s:
        due = s.scalars(select(Nomination).where(Nomination.state == "publicised",
                                                 Nomination.publicised_to < clock.today())
                        .order_by(Nomination.id).limit(BATCH).with_for_update(skip_locked=True)
                        .execution_options(populate_existing=True)).all()
        for each in due:
            moving.go(each, "clear", "system", days_owed=0)
    return len(due)


def public_list(args: dict[str, Any]) -> tuple[list[Publicised], str | None]:
    """A page of what is publicised today, newest first, and the next cursor. `args`: limit, cursor?, region? (six
    digits, as a prefix where it ends in 00: a province's or a city's whole).
    """
    query = select(Nomination).where(Nomination.state == "publicised", Nomination.running_from <= clock.today(),
                                     Nomination.publicised_to >= clock.today(), Nomination.unpublished_at.is_(None))
    if region := args.get("region"):
        query = query.where(Nomination.region.startswith(part_of(region)))
    rows, following = page(query.execution_options(populate_existing=True),
                           (Nomination.created_at, Nomination.id), args)
    return [_shown(each) for each in rows], following


def publicised(nomination_id: uuid.UUID) -> Publicised:
    """One of them. Raises NominationUnknown."""
    found = session().get(Nomination, nomination_id, populate_existing=True)
    if found is None or found.state != "publicised" or found.unpublished_at is not None or not (
            found.publicised_to and found.publicised_to >= clock.today()):
        raise NominationUnknown
    return _shown(found)


def part_of(region: str) -> str:
    """The prefix that all regions within this one have."""
    return region[:2] if region.endswith("0000") else region[:4] if region.endswith("00") else region


def masked_name(nomination: Nomination) -> str:
    """林**, for everybody and for lists of staff."""
    volunteer = session().get(Volunteer, nomination.volunteer_id)
    name = "" if volunteer is None else nominating.name_of(volunteer)
    return names.masked(name) if name else "*"


def _shown(nomination: Nomination) -> Publicised:
    if nomination.publicised_from is None or nomination.publicised_to is None:
        raise NominationMoved
    return Publicised(nomination.id, masked_name(nomination), moving.organisation(nomination), nomination.region,
                      nomination.deeds, nomination.publicised_from, nomination.publicised_to)
