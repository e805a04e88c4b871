"""Gathering the facts that an offer's conditions read, and no other."""

import uuid
from collections.abc import Callable, Mapping

from sqlalchemy import exists, func, select
from sqlalchemy.orm import aliased

from app.benefits import expiring, nominees, offers
from app.benefits.models import Entitlement, Offer, Usage
from app.credit import facts as credit
from app.identity import facts as identity
from app.identity.queries import Citizen
from app.kernel import clock
from app.kernel.db import session
from app.scenario.conditions import facts_of
from app.scenario.contract import Outcome
from app.scenario.facts import FACTS, Source
from app.volunteers import facts as volunteers

ABOUT_THE_LIST = frozenset(("credit.red_lists", "volunteer.outstanding"))  # nobody else's decision asks the League


def gather(citizen: Citizen, offer: Offer) -> dict[str, object]:
    """The facts by name, as they are known now; nothing is asked of anybody outside.

    Raises PlatformUnavailable where a fact of the platform isn't known (any more): unknown is not "no".
    """
    wanted = facts_of(offers.conditions(offer))
    known: dict[str, object] = {}
    for reads, ask in _SOURCES:
        if any(reads(name) for name in wanted):
            known.update(ask(citizen, offer))
    return {name: known.get(name) for name in sorted(wanted)}


def asks_platform(offer: Offer) -> bool:
    """Whether the conditions read what only the provincial platform knows."""
    return any(_of_platform(name) for name in facts_of(offers.conditions(offer)))


def _of_platform(name: str) -> bool:
    return name == offers.RESTRICTED.fact or (name in FACTS and FACTS[name].source is Source.PLATFORM)


def _from_platform(citizen: Citizen, offer: Offer) -> Mapping[str, object]:
    known, restricted = credit.facts_and_restriction(citizen)
    if not ABOUT_THE_LIST.isdisjoint(facts_of(offers.conditions(offer))):
        known = nominees.with_the_list(citizen, known)
    return {**known, offers.RESTRICTED.fact: restricted}


def _from_league(citizen: Citizen, _: Offer) -> Mapping[str, object]:
    return volunteers.facts(citizen)


def _from_identity(citizen: Citizen, _: Offer) -> Mapping[str, object]:
    return identity.facts(citizen)


def _from_usage(citizen: Citizen, offer: Offer) -> Mapping[str, object]:
    return {"usage.count_open": _count_open(citizen.id, offer.scenario), "usage.breached": _breached(citizen.id)}


def _count_open(citizen_id: uuid.UUID, scenario: str) -> int:
    """Entitlements of this scenario that aren't over; what expired a moment ago is, by the date."""
    moment = clock.now()
    rows = session().scalars(
        select(Entitlement).where(Entitlement.citizen_id == citizen_id, Entitlement.scenario == scenario,
                                  Entitlement.final.is_(False)).execution_options(populate_existing=True))
    return sum(expiring.state_at(each, moment) == each.state for each in rows)


def _breached(citizen_id: uuid.UUID) -> int:
    """Breaches on record that no later record puts right."""
    later = aliased(Usage)
    return session().scalar(
        select(func.count()).select_from(Usage)
        .where(Usage.citizen_id == citizen_id, Usage.outcome == Outcome.BREACHED.value,
               ~exists().where(later.citizen_id == citizen_id, later.corrects == Usage.usage_no))) or 0


_SOURCES: tuple[tuple[Callable[[str], bool], Callable[[Citizen, Offer], Mapping[str, object]]], ...] = (
    (_of_platform, _from_platform),
    (lambda name: name.startswith("volunteer.") and not _of_platform(name), _from_league),
    (lambda name: name.startswith("citizen."), _from_identity),
    (lambda name: name.startswith("usage."), _from_usage),
)
