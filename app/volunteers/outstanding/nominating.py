"""A unit or a county nominates a volunteer of its own, tells their deeds, and hands it to the county's reviewer."""

import re
import uuid

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from app.kernel import clock
from app.kernel.db import broke, session
from app.kernel.fields import NUMBERS
from app.kernel.ids import new_id
from app.kernel.sealing import sealer
from app.staff import queries as staff
from app.staff.scoping import Scope, within
from app.volunteers.models import Volunteer
from app.volunteers.outstanding import campaigns, moving
from app.volunteers.outstanding.errors import (
    NominationExists,
    NominationMoved,
    NominationRefused,
    NotRegisteredThere,
    NotThisLevel,
)
from app.volunteers.outstanding.models import NUMBERS as NOMINATION_NUMBERS
from app.volunteers.outstanding.models import Nomination

LEVELS = ("unit", "county")


def nominate(scope: Scope, campaign_id: uuid.UUID, volunteer_no: str, deeds: str) -> Nomination:
    """A draft; the person is told, and asked for their agreement in the mini-app.

    Raises RoleMissing, NotThisLevel, CampaignUnknown, CampaignNotOpen, NotRegisteredThere, NominationExists,
    NominationRefused.
    """
    _may(scope)
    with within(scope) as s:
        campaign = campaigns.taking(campaign_id)
        volunteer = s.scalar(select(Volunteer).where(Volunteer.volunteer_no == volunteer_no,
                                                     Volunteer.state == "registered",
                                                     scope.sees(Volunteer.organisation_path)))
        own = staff.organisation(scope.organisation_id)
        if volunteer is None or own is None:
            raise NotRegisteredThere
        _, city, county = [uuid.UUID(each) for each in own.path.strip("/").split("/")[:3]]
        made = Nomination(
            id=new_id(), nomination_no=f"QN{campaign.year}-{s.scalar(NOMINATION_NUMBERS):06d}", campaign_id=campaign.id,
            volunteer_id=volunteer.id, identity_index=volunteer.identity_index, organisation_id=own.id,
            organisation_path=own.path, county_id=county, city_id=city, region=own.region,
            deeds=_deeds(volunteer, deeds), nominated_by=scope.account_id)
        s.add(made)
        try:
            s.flush()
        except IntegrityError as wrong:
            if broke(wrong, "uq_nominations_one"):
                raise NominationExists from None
            raise
        moving.tell(made, "nominate", "", scope.actor, scope.account_id, None)
    return made


def amend(scope: Scope, nomination_id: uuid.UUID, deeds: str) -> Nomination:
    """Other words for the deeds, while it is a draft: now this account's.

    Raises RoleMissing, NotThisLevel, NominationUnknown, NominationMoved, NominationRefused.
    """
    _may(scope)
    with within(scope) as s:
        nomination = moving.held(nomination_id, scope)
        volunteer = s.get(Volunteer, nomination.volunteer_id)
        changed = s.execute(update(Nomination).where(Nomination.id == nomination.id, Nomination.state == "draft")
                            .values(deeds=_deeds(volunteer, deeds), nominated_by=scope.account_id,
                                    changed_at=clock.now()).returning(Nomination.id)
                            .execution_options(synchronize_session=False)).first()
        if changed is None:
            raise NominationMoved
        s.refresh(nomination)
        moving.tell(nomination, "amend", "draft", scope.actor, scope.account_id, None)
    return nomination


def submit(scope: Scope, nomination_id: uuid.UUID) -> Nomination:
    """To the county's reviewer, who has to be somebody else. Raises as moving.by_staff, NominationUnknown,
    CampaignNotOpen.
    """
    with within(scope):
        nomination = moving.held(nomination_id, scope)
        campaigns.taking(nomination.campaign_id)
        moving.by_staff(scope, nomination, "submit")
    return nomination


def retract(scope: Scope, nomination_id: uuid.UUID, reason: str) -> Nomination:
    """Take a draft back. Raises as moving.by_staff, NominationUnknown."""
    with within(scope):
        nomination = moving.held(nomination_id, scope)
        moving.by_staff(scope, nomination, "retract", reason)
    return nomination


def still_registered(nomination: Nomination) -> None:
    """Whoever has left the register meanwhile isn't shown, nor listed. Raises NotRegisteredThere."""
    state = session().scalar(select(Volunteer.state).where(Volunteer.id == nomination.volunteer_id))
    if state != "registered":
        raise NotRegisteredThere


def name_of(volunteer: Volunteer) -> str:
    """Opened; for masking, and for looking whether a text holds it."""
    if volunteer.data_key is None or volunteer.name_sealed is None:
        return ""
    return sealer().open(volunteer.data_key, volunteer.owner, "volunteer.name", volunteer.name_sealed).decode()


def _may(scope: Scope) -> None:
    scope.need(*moving.NOMINATES)
    if scope.level not in LEVELS:
        raise NotThisLevel


def _deeds(volunteer: Volunteer | None, deeds: str) -> str:
    """They are shown to everybody under a masked name: they hold neither the name nor a number."""
    text = deeds.strip()
    name = "" if volunteer is None else name_of(volunteer)
    if not 10 <= len(text) <= 1000 or "\x00" in text or NUMBERS.search(re.sub(r"[\s-]", "", text)):
        raise NominationRefused(field="deeds")
    if len(name) > 1 and name in re.sub(r"\s", "", text):
        raise NominationRefused(field="deeds")
    return text
