"""Holding a campaign's conditions against what is known of a nominee: freshen outside, evaluate inside, keep it all.

What credit knows comes from above this layer (`credit` registers it): the platform's answer, asked under the nominee's
own consent for this recipient and purpose (decision 0220). Without every consent nothing is looked at.
"""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

from sqlalchemy import select

from app.consent import checking
from app.identity import facts as identity
from app.identity import queries as citizens
from app.identity import sealing
from app.identity.queries import Citizen
from app.kernel import clock, jsons
from app.kernel.db import session
from app.kernel.ids import new_id
from app.kernel.sealing import SealBroken
from app.scenario.conditions import evaluate as hold
from app.scenario.conditions import from_json
from app.scenario.facts import GRADE_SCOPE
from app.staff.scoping import Scope, within
from app.trail import writing as trail
from app.volunteers import facts as service
from app.volunteers import queries
from app.volunteers.outstanding import agreeing, campaigns, moving
from app.volunteers.outstanding import conditions as outstanding
from app.volunteers.outstanding import queries as nomination_queries
from app.volunteers.outstanding.errors import NominationMoved, NomineeAbsent
from app.volunteers.outstanding.models import Campaign, Evaluation
from app.volunteers.stars import stars

COLUMN = "nomination.facts"
UNDER_WAY = ("draft", "at_county", "at_city", "at_province")  # nobody is looked at for what is decided already
SEES = ("registrar", "reviewer", "list_officer")


class Credit(Protocol):
    """What the layer above knows: `facts` are credit.grade, credit.graded and credit.restricted."""

    def freshen(self, citizen: Citizen, scenario: str, recipient_id: str) -> None: ...

    def facts(self, citizen: Citizen) -> Mapping[str, object]: ...

    def scale(self) -> Sequence[str]: ...


SOURCES: list[Credit] = []


def credit(source: Credit) -> None:
    """Register who knows of credit."""
    SOURCES[:] = [source]


@dataclass(frozen=True)
class Result:
    """One condition of an evaluation in words, and whether it holds: never by how much."""

    reason: outstanding.Reason
    met: bool


def evaluate(scope: Scope, nomination_id: uuid.UUID) -> Evaluation:
    """Ask what has to be asked, hold the conditions against it, keep the answer. The person sees the look.

    Raises RoleMissing, NominationUnknown, NominationMoved, NomineeAbsent, PlatformUnavailable.
    """
    scope.need(*SEES)
    with within(scope):
        nomination = moving.held(nomination_id, scope)
        if nomination.state not in UNDER_WAY:
            raise NominationMoved
        campaign, citizen = campaigns.get(nomination.campaign_id), moving.person(nomination)
        if citizen is None:
            raise NomineeAbsent
        agreed = not agreeing.missing(citizen, campaign)
    if agreed:
        SOURCES[0].freshen(citizen, agreeing.SCENARIO, agreeing.recipient(campaign))
    served = _served(citizen, campaign)  # all of it, wherever it was, and so outside of the scope
    with within(scope):
        return _keep(scope, nomination_id, citizen.id, served)


def newest(nomination_id: uuid.UUID) -> Evaluation | None:
    return session().scalar(select(Evaluation).where(Evaluation.nomination_id == nomination_id)
                            .order_by(Evaluation.id.desc()).limit(1))


def results(evaluation: Evaluation, terms: Mapping[str, Any]) -> list[Result]:
    """Every condition in words, in the order of the rules; unmet ones say what would change it."""
    whys = dict.fromkeys(_whys(evaluation.conditions))
    return [Result(outstanding.reason(why, terms), why not in evaluation.unmet) for why in whys]


def replay(evaluation_id: uuid.UUID | None = None) -> Iterator[tuple[uuid.UUID, str]]:
    """(id, same | differs | erased) of this evaluation or all: given again from the conditions, facts and scale that
    were kept.
    """
    query = select(Evaluation).order_by(Evaluation.id)
    if evaluation_id is not None:
        query = query.where(Evaluation.id == evaluation_id)
    for row in session().scalars(query.execution_options(yield_per=200, populate_existing=True)):
        citizen = citizens.get(row.citizen_id)
        try:
            facts = None if citizen is None else jsons.loads(sealing.open_for(citizen, COLUMN, row.facts_sealed))
        except SealBroken:
            facts = None
        if facts is None:
            yield row.id, "erased"
            continue
        found = hold(from_json(row.conditions), facts, row.scale)
        same = (found.eligible, list(found.unmet)) == (row.eligible, list(row.unmet))
        yield row.id, "same" if same else "differs"


def _keep(scope: Scope, nomination_id: uuid.UUID, citizen_id: uuid.UUID, served: Mapping[str, object]) -> Evaluation:
    """Citizen first, then the nomination: the lock order of everything."""
    citizen = citizens.lock(citizen_id)
    if citizen is None:
        raise NomineeAbsent
    nomination = moving.held(nomination_id, scope)
    campaign = campaigns.get(nomination.campaign_id)
    consent = checking.live(citizen.id, GRADE_SCOPE, agreeing.SCENARIO, agreeing.recipient(campaign), lock=True)
    if consent is None or agreeing.missing(citizen, campaign):
        asked: Any = [{"op": "equals", "fact": outstanding.AGREED, "value": True, "why": "agreement"}]
        known: Mapping[str, object] = {outstanding.AGREED: False}
    else:
        asked = campaign.conditions
        known = {**SOURCES[0].facts(citizen), **identity.facts(citizen), **served, outstanding.AGREED: True}
    scale = SOURCES[0].scale()
    found = hold(from_json(asked), known, scale)
    made = Evaluation(
        id=new_id(), nomination_id=nomination.id, organisation_id=nomination.organisation_id,
        organisation_path=nomination.organisation_path, citizen_id=citizen.id,
        consent_id=consent.id if consent else None, conditions=asked, rule_version=campaign.rule_version,
        scale=list(scale), facts_sealed=sealing.seal_for(citizen, COLUMN, jsons.dumps(dict(found.seen))),
        eligible=found.eligible, unmet=list(found.unmet), made_by=scope.actor, made_at=clock.now())
    session().add(made)
    session().flush()
    trail.record(citizen.id, actor=scope.actor, who=campaign.recipient, what="nomination.evaluate",
                 purpose=moving.PURPOSE, consent_id=consent.id if consent else None,
                 about=f"nomination:{nomination.id}")
    return made


def _served(citizen: Citizen, campaign: Campaign) -> dict[str, object]:
    volunteer = queries.of_citizen(citizen)
    if volunteer is None:
        return {"volunteer.hours": 0, "volunteer.stars": 0, outstanding.SERVICE_DAYS: 0}
    hours = service.counted_hours(volunteer)
    since = clock.today() - timedelta(days=365 * campaign.terms["service_months"] // 12)
    return {"volunteer.hours": hours, "volunteer.stars": stars(hours, volunteer.region),
            outstanding.SERVICE_DAYS: nomination_queries.service_days(volunteer.id, since)}


def _whys(asked: Any) -> Iterator[str]:
    for each in asked:
        if "why" in each:
            yield each["why"]
        else:
            yield from _whys(each["of"])
