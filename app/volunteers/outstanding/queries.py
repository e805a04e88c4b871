"""Reads of campaigns, nominations, objections and hearings for pages and neighbours."""

import uuid
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select

from app.identity.queries import Citizen
from app.kernel import clock
from app.kernel.db import session
from app.staff.scoping import Scope
from app.volunteers.models import RedListEntry, ServiceRecord
from app.volunteers.outstanding.models import Campaign, Evaluation, Hearing, Nomination, Objection, Quota, Step

REVIEW = {"county": "at_county", "city": "at_city", "province": "at_province"}


def campaigns() -> Select[Any]:
    """All campaigns; they are everybody's of the League to read."""
    return select(Campaign)


def taking() -> list[Campaign]:
    """Those that take nominations today, newest first."""
    today = clock.today()
    return list(session().scalars(select(Campaign).where(
        Campaign.state == "open", Campaign.opens_on <= today, Campaign.closes_on >= today)
        .order_by(Campaign.year.desc(), Campaign.id.desc())))


def quotas(scope: Scope, campaign_id: uuid.UUID) -> list[Quota]:
    """Of the counties and cities that this scope sees, by place."""
    return list(session().scalars(select(Quota).where(
        Quota.campaign_id == campaign_id, scope.sees(Quota.organisation_path)).order_by(Quota.organisation_path)
        .execution_options(populate_existing=True)))


def nominations(scope: Scope) -> Select[Any]:
    """All that the scope sees."""
    return select(Nomination).where(scope.sees(Nomination.organisation_path))


def one(scope: Scope, nomination_id: uuid.UUID) -> tuple[Nomination, Campaign] | None:
    found = session().execute(
        select(Nomination, Campaign).join(Campaign, Campaign.id == Nomination.campaign_id)
        .where(Nomination.id == nomination_id, scope.sees(Nomination.organisation_path))
        .execution_options(populate_existing=True)).first()
    return None if found is None else (found[0], found[1])


def with_cleared(scope: Scope) -> list[Campaign]:
    """Campaigns with somebody whose publicity is over."""
    return list(session().scalars(select(Campaign).where(Campaign.id.in_(select(Nomination.campaign_id).where(
        Nomination.state == "cleared", scope.sees(Nomination.organisation_path)))).order_by(Campaign.year.desc())))


def story(nomination_id: uuid.UUID) -> list[Step]:
    """Oldest first."""
    return list(session().scalars(select(Step).where(Step.nomination_id == nomination_id).order_by(Step.at, Step.id)))


def evaluations(nomination_id: uuid.UUID) -> list[Evaluation]:
    """Newest first."""
    return list(session().scalars(select(Evaluation).where(Evaluation.nomination_id == nomination_id)
                                  .order_by(Evaluation.id.desc()).limit(20)))


def objections(scope: Scope) -> Any:
    """With the number of whom it is about."""
    return (select(Objection.id, Objection.nomination_id, Nomination.nomination_no, Objection.state,
                   Objection.raised_by, Objection.raised_at, Objection.settle_by, Objection.settled_at)
            .join(Nomination, Nomination.id == Objection.nomination_id)
            .where(scope.sees(Objection.organisation_path)))


def objections_to(nomination_id: uuid.UUID) -> list[Objection]:
    return list(session().scalars(select(Objection).where(Objection.nomination_id == nomination_id)
                                  .order_by(Objection.id).execution_options(populate_existing=True)))


def hearings(nomination_id: uuid.UUID) -> list[Hearing]:
    return list(session().scalars(select(Hearing).where(Hearing.nomination_id == nomination_id)
                                  .order_by(Hearing.id).execution_options(populate_existing=True)))


def waiting(scope: Scope) -> dict[str, int]:
    """How much waits for this account, by what it is: drafts, reviews, to_publicise, to_list, objections, hearings."""
    me, found = scope.account_id, {name: _count(scope, where) for name, where in _moves(scope).items()}
    if "list_officer" in scope.roles and scope.level == "province":
        found["objections"] = session().scalar(select(func.count()).select_from(Objection).where(
            Objection.state == "open", scope.sees(Objection.organisation_path),
            or_(Objection.raised_by.is_(None), Objection.raised_by != me))) or 0
    return found


def mine_to_move(scope: Scope) -> ColumnElement[bool]:
    """For a WHERE: the nominations that this account may move on now."""
    return or_(false(), *_moves(scope).values())


def _moves(scope: Scope) -> dict[str, ColumnElement[bool]]:
    """By what it is; whoever had a hand in it before is left out, since the database refuses them."""
    me, found = scope.account_id, dict[str, ColumnElement[bool]]()
    if scope.level in ("unit", "county") and scope.roles & {"registrar", "list_officer"}:
        found["drafts"] = and_(Nomination.state == "draft", Nomination.organisation_id == scope.organisation_id)
    if "reviewer" in scope.roles and scope.level in REVIEW:
        found["reviews"] = and_(Nomination.state == REVIEW[scope.level], Nomination.nominated_by != me,
                                Nomination.submitted_by != me)
    if "list_officer" in scope.roles and scope.level == "province":
        found["to_publicise"] = Nomination.state == "approved"
        found["to_list"] = and_(Nomination.state == "cleared", Nomination.province_by != me)
        found["hearings"] = and_(Nomination.state == "hearing", Nomination.id.in_(select(Hearing.nomination_id).where(
            Hearing.state == "open", scope.sees(Hearing.organisation_path), Hearing.opened_by != me,
            or_(Hearing.answered_at.is_not(None), Hearing.answer_by < clock.today()))))
    return found


def of_citizen(citizen: Citizen) -> list[tuple[Nomination, Campaign]]:
    """The person's own, newest first; none before the real-name check."""
    if citizen.identity_index is None:
        return []
    rows = session().execute(
        select(Nomination, Campaign).join(Campaign, Campaign.id == Nomination.campaign_id)
        .where(Nomination.identity_index == citizen.identity_index).order_by(Nomination.id.desc()).limit(50)
        .execution_options(populate_existing=True))
    return [(nomination, campaign) for nomination, campaign in rows]


def word_on(citizen: Citizen) -> bool | None:
    """Whether the League's own list names this person today; None where it never did (decision 0223)."""
    if citizen.identity_index is None:
        return None
    today = clock.today()
    in_force = (RedListEntry.state == "listed") & (RedListEntry.valid_from <= today) & (RedListEntry.valid_to >= today)
    return session().scalar(select(func.bool_or(in_force)).where(
        RedListEntry.identity_index == citizen.identity_index))


def service_days(volunteer_id: uuid.UUID, since: date) -> int:
    """Different days from `since` on with service left on them after corrections."""
    days = (select(ServiceRecord.served_on)
            .where(ServiceRecord.volunteer_id == volunteer_id, ServiceRecord.served_on >= since)
            .group_by(ServiceRecord.served_on).having(func.sum(ServiceRecord.minutes) > 0).subquery())
    return session().scalar(select(func.count()).select_from(days)) or 0


def _count(scope: Scope, *where: Any) -> int:
    return session().scalar(select(func.count()).select_from(Nomination).where(
        scope.sees(Nomination.organisation_path), *where)) or 0
