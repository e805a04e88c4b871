"""A year's campaign: its terms, from when to when, and how many each county (and city) may forward."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError

from app.kernel import clock
from app.kernel.db import broke, session
from app.scenario.conditions import conditions_digest, to_json
from app.staff import queries as staff
from app.staff.scoping import Scope, within
from app.trail import writing as trail
from app.volunteers.outstanding import conditions as outstanding
from app.volunteers.outstanding import moving
from app.volunteers.outstanding.errors import (
    CampaignExists,
    CampaignNotOpen,
    CampaignRefused,
    CampaignUnknown,
    NotThisLevel,
    QuotaRefused,
)
from app.volunteers.outstanding.models import STATES, Campaign, Nomination, Quota

MOST = 100_000
COLUMNS = {"county": moving.COUNTY, "city": moving.CITY}


@dataclass(frozen=True)
class NewCampaign:
    """`terms`: only what is stricter than the region's rules, by their names in config/outstanding.toml."""

    year: int
    name: str
    opens_on: date
    closes_on: date
    terms: Mapping[str, int]


def make(scope: Scope, new: NewCampaign) -> Campaign:
    """Open a campaign of one's province. Raises RoleMissing, NotThisLevel, CampaignRefused, CampaignExists,
    TermsLooser.
    """
    _may(scope)
    name = new.name.strip()
    if not 1 <= len(name) <= 60 or new.closes_on < new.opens_on or not 2000 <= new.year <= 2100:
        raise CampaignRefused
    with within(scope) as s:
        province = staff.organisation(scope.organisation_id)
        if province is None:
            raise NotThisLevel
        told = outstanding.terms(province.region, new.terms)
        asked = outstanding.conditions(told)
        made = Campaign(
            organisation_id=province.id, organisation_path=province.path, recipient=province.name, year=new.year,
            name=name, opens_on=new.opens_on, closes_on=new.closes_on, terms=told, conditions=to_json(asked),
            rule_version=conditions_digest(asked), publicity_days=told["publicity_days"], created_by=scope.account_id)
        s.add(made)
        try:
            s.flush()
        except IntegrityError as wrong:
            if broke(wrong, "uq_campaigns_organisation_id_year_name"):
                raise CampaignExists from None
            raise
        _tell(scope, made, "campaign.opened")
    return made


def set_quota(scope: Scope, campaign_id: uuid.UUID, organisation_id: uuid.UUID, quota: int) -> Quota:
    """How many this county or city may forward from now on; never below what it has forwarded.

    Raises RoleMissing, NotThisLevel, CampaignUnknown, QuotaRefused.
    """
    _may(scope)
    with within(scope) as s:
        campaign = get(campaign_id, lock=True)
        whose = staff.organisation(organisation_id)
        if whose is None or whose.level not in COLUMNS or not 0 <= quota <= MOST:
            raise QuotaRefused
        taken = _forwarded(campaign.id, COLUMNS[whose.level], whose.id)
        row = insert(Quota).values(campaign_id=campaign.id, organisation_id=whose.id, organisation_path=whose.path,
                                   quota=quota, taken=taken)
        kept = s.execute(row.on_conflict_do_update(
            index_elements=["campaign_id", "organisation_id"], set_={"quota": quota},
            where=Quota.taken <= quota).returning(Quota)).scalar_one_or_none() if taken <= quota else None
        if kept is None:
            raise QuotaRefused
        _tell(scope, campaign, "campaign.quota_set")
    return kept


def close(scope: Scope, campaign_id: uuid.UUID) -> Campaign:
    """No more nominations; those under way go on. Again: nothing. Raises RoleMissing, NotThisLevel,
    CampaignUnknown.
    """
    _may(scope)
    with within(scope) as s:
        campaign = get(campaign_id, lock=True)
        if s.execute(update(Campaign).where(Campaign.id == campaign.id, Campaign.state == "open")
                     .values(state="closed").returning(Campaign.id)
                     .execution_options(synchronize_session=False)).first():
            _tell(scope, campaign, "campaign.closed")
        s.refresh(campaign)
    return campaign


def get(campaign_id: uuid.UUID, *, lock: bool = False) -> Campaign:
    """As it is now. Raises CampaignUnknown."""
    query = select(Campaign).where(Campaign.id == campaign_id).execution_options(populate_existing=True)
    found = session().scalar(query.with_for_update() if lock else query)
    if found is None:
        raise CampaignUnknown
    return found


def taking(campaign_id: uuid.UUID) -> Campaign:
    """The campaign, where it takes nominations today. Raises CampaignUnknown, CampaignNotOpen."""
    campaign = get(campaign_id)
    if campaign.state != "open" or not campaign.opens_on <= clock.today() <= campaign.closes_on:
        raise CampaignNotOpen
    return campaign


def _forwarded(campaign_id: uuid.UUID, column: str, organisation_id: uuid.UUID) -> int:
    """Nominations that hold a place of this organisation's now."""
    holding = [state for state in STATES if column in moving.HOLDS.get(state, (moving.COUNTY, moving.CITY))]
    return session().scalar(select(func.count()).select_from(Nomination).where(
        Nomination.campaign_id == campaign_id, getattr(Nomination, column) == organisation_id,
        Nomination.state.in_(holding))) or 0


def _may(scope: Scope) -> None:
    scope.need("list_officer")
    if scope.level != "province":
        raise NotThisLevel


def _tell(scope: Scope, campaign: Campaign, what: str) -> None:
    trail.record(None, actor=scope.actor, who=moving.WHO, what=what, purpose=moving.PURPOSE,
                 about=f"campaign:{campaign.id}")
