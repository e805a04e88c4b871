"""Shared reads of usages."""

import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, exists, func, select
from sqlalchemy.orm import aliased

from app.benefits.models import Usage
from app.kernel.db import session
from app.scenario.contract import Outcome

USED = (Outcome.FULFILLED.value, Outcome.BREACHED.value)  # the benefit was had, whether or not the promise was kept


@dataclass(frozen=True)
class Figures:
    """`beneficiaries`: different citizens; `usages`: uses that stand; `waived_fen`: their sum."""

    beneficiaries: int = 0
    usages: int = 0
    waived_fen: int = 0


# what a record tells of a usage (platform.md 4.5), to be joined by usage_no
REPORTED = select(
    Usage.id.label("usage_id"), Usage.usage_no, Usage.consent_id, Usage.scenario, Usage.benefit, Usage.provider_uscc,
    Usage.region, Usage.occurred_at, Usage.outcome, Usage.waived_fen, Usage.paid_fen, Usage.initiative_no,
    Usage.corrects,
).subquery("reported")


def by_no(usage_no: str) -> Usage | None:
    """The usage of this number, whoever's it is."""
    return session().scalar(select(Usage).where(Usage.usage_no == usage_no))


def corrected_by(usage: Usage) -> str | None:
    """The newest usage that names this one as what it corrects; such are of the same entitlement."""
    return session().scalar(select(Usage.usage_no).where(
        Usage.entitlement_id == usage.entitlement_id, Usage.corrects == usage.usage_no)
        .order_by(Usage.ordinal.desc()).limit(1))


def chain(usage: Usage) -> list[Usage]:
    """The usages that this one corrects, itself, and those that correct it, first made first."""
    every = {each.usage_no: each for each in session().scalars(
        select(Usage).where(Usage.entitlement_id == usage.entitlement_id).order_by(Usage.ordinal))}
    first = usage
    while first.corrects in every:
        first = every[first.corrects]
    found = {first.usage_no: first}
    for each in every.values():  # a correction is made after what it corrects
        if each.corrects in found:
            found[each.usage_no] = each
    return list(found.values())


def of_citizen(citizen_id: uuid.UUID) -> tuple[Select[Any], tuple[Any, ...]]:
    """A citizen's usages and the keys to page through them by (kernel.http.page)."""
    return select(Usage).where(Usage.citizen_id == citizen_id), (Usage.occurred_at, Usage.id)


def waived_sum(usage_nos: Select[Any]) -> int:
    """The plain sum in fen, whatever the outcome (platform.md 4.6), of those that a SELECT of numbers gives."""
    return int(session().scalar(select(func.coalesce(func.sum(Usage.waived_fen), 0))
                                .where(Usage.usage_no.in_(usage_nos))) or 0)


def of_initiative(initiative_no: str) -> dict[str, Figures]:
    """What was used of an initiative's offers in each Shanghai month ("2026-11") that has any, by when it was used.

    Of each use (a redemption, or an application) the last record counts: one that was taken back, put right or turned
    out a breach is never counted twice, and one that was cancelled not at all.
    """
    later = aliased(Usage)
    month = func.to_char(func.timezone("Asia/Shanghai", Usage.occurred_at), "YYYY-MM")
    rows = session().execute(
        select(month, func.count(Usage.citizen_id.distinct()), func.count(), func.sum(Usage.waived_fen))
        .where(Usage.initiative_no == initiative_no, Usage.outcome.in_(USED),
               ~exists().where(later.entitlement_id == Usage.entitlement_id, later.ordinal > Usage.ordinal,
                               later.redemption_id.is_not_distinct_from(Usage.redemption_id)))
        .group_by(month))
    return {period: Figures(people, uses, int(fen)) for period, people, uses, fen in rows}
