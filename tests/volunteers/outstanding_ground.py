"""A province with a city and two counties, its people, a campaign, and volunteers who meet every condition."""

import itertools
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from app.identity import sealing
from app.kernel import clock
from app.kernel.db import session, transaction
from app.staff import granting, inviting, organising
from app.staff.inviting import Newcomer
from app.staff.scoping import Scope
from app.volunteers import registering
from app.volunteers.models import ServiceRecord, Volunteer
from app.volunteers.outstanding import agreeing, campaigns, evaluating, nominating, publicising, reviewing
from app.volunteers.outstanding.campaigns import NewCampaign
from app.volunteers.outstanding.models import Campaign, Nomination
from tests.benefits import ground

SERIAL = itertools.count(1)
DEEDS = "长期参加社区助老和河道清理志愿服务，组织同伴四十余次，深受居民好评。"


@dataclass
class League:
    """The tree by place; `who(place, role)` is another person each time."""

    province: Any
    city: Any
    east: Any
    west: Any
    unit: Any
    people: list[Scope] = field(default_factory=list)

    def who(self, place: str, *roles: str) -> Scope:
        own = getattr(self, place)
        login = f"{place}.{uuid.uuid4().hex[:8]}"
        account = inviting.invite(Newcomer(login, "示例人员", "league", organisation_id=own.id),
                                  actor="operator:test").account
        for role in roles:
            granting.grant(account.id, role, actor="operator:test")
        path = "/" if own.level == "province" else own.path
        return Scope(account.id, own.id, path, own.level, frozenset(roles), f"staff:{account.id}")


def league() -> League:
    """What is there already (by the demo data, too) is taken as it is."""
    there = organising.subtree("/")
    found = [each for each in there if each.level == "province"]
    province = found[0] if found else organising.add("示例团省委", "360000")

    def at(name: str, region: str, parent: Any) -> Any:
        known = [each for each in there if each.region == region and each.parent_id == parent.id]
        return min(known, key=lambda each: each.created_at) if known else organising.add(name, region, parent.id)

    city = at("示例团市委", "360100", province)
    east, west = at("示例团东县委", "360102", city), at("示例团西县委", "360103", city)
    return League(province, city, east, west, at("示例中学团委", "360102", east))


def campaign(tree: League, quotas: dict[str, int] | None = None, **terms: int) -> Campaign:
    """Open for a month; east may forward two, where nothing else is said."""
    officer = tree.who("province", "list_officer")
    today = clock.today()
    name = f"年度评定（第{next(SERIAL)}批）"
    made = campaigns.make(officer, NewCampaign(today.year, name, today - timedelta(days=1), today + timedelta(days=30),
                                               terms))
    for place, quota in (quotas if quotas is not None else {"east": 2}).items():
        campaigns.set_quota(officer, made.id, getattr(tree, place).id, quota)
    return made


def volunteer(who: Any, region: str = "360102", minutes: int = 1500, days: int = 25) -> Volunteer:
    """A citizen registered as a volunteer, with service on so many days: 625 hours, three stars."""
    subject = sealing.subject_of(who)
    return registered(subject.name, subject.id_number, region, minutes, days)


def registered(name: str, id_number: str, region: str, minutes: int = 1500, days: int = 25) -> Volunteer:
    made = registering.register(name, id_number, region)
    with transaction() as s:
        s.add_all(ServiceRecord(volunteer_id=made.id, organisation_id=made.organisation_id, source="test",
                                organisation_path=made.organisation_path, activity="社区服务", minutes=minutes,
                                served_on=clock.today() - timedelta(days=number + 1)) for number in range(days))
    return made


def agreed(citizen: Any, nomination: Nomination, *scopes: str, **said: Any) -> None:
    """The person's yes to both, or to these; and what the platform says of them, by default grade A."""
    made = campaigns.get(nomination.campaign_id)
    for need in agreeing.needs(made):
        if not scopes or need.scope in scopes:
            agreeing.agree(citizen, nomination.id, need.scope, need.text_version, need.text_digest)
    if not scopes:
        ground.answered(citizen, **{"red_lists": (), **said})


def nominated(tree: League, made: Campaign, who: Volunteer, by: Scope | None = None) -> Nomination:
    return nominating.nominate(by or tree.who("east", "registrar"), made.id, who.volunteer_no, DEEDS)


def at(tree: League, made: Campaign, who: Volunteer, citizen: Any, state: str) -> Nomination:
    """On its way up to this state: at_county, at_city, at_province, approved, publicised."""
    first = tree.who("unit", "registrar") if who.organisation_id == tree.unit.id else tree.who("east", "registrar")
    found = nominated(tree, made, who, first)
    agreed(citizen, found)
    steps: tuple[tuple[str, Callable[[], Any]], ...] = (
        ("at_county", lambda: nominating.submit(first, found.id)),
        ("at_city", lambda: _forward(tree.who("east", "reviewer"), found)),
        ("at_province", lambda: _forward(tree.who("city", "reviewer"), found)),
        ("approved", lambda: _forward(tree.who("province", "reviewer"), found)),
        ("publicised", lambda: publicising.publicise(tree.who("province", "list_officer"), found.id)),
    )
    for name, step in steps:
        step()
        if name == state:
            break
    return fresh(found)


def fresh(nomination: Nomination) -> Nomination:
    found = session().get(Nomination, nomination.id, populate_existing=True)
    assert found is not None
    return found


def _forward(scope: Scope, nomination: Nomination) -> Nomination:
    evaluating.evaluate(scope, nomination.id)
    return reviewing.forward(scope, nomination.id)
