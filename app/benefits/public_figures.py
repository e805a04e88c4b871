"""What everybody may know of the benefits: how many people used each scenario in the last year, and how often."""

from datetime import timedelta

from sqlalchemy import exists, func, select
from sqlalchemy.orm import aliased

from app.benefits.models import Usage
from app.benefits.usage_queries import USED
from app.kernel import clock
from app.kernel.db import session
from app.kernel.small_cells import Cell, shown

YEAR = timedelta(days=365)


def by_scenario() -> list[Cell]:
    """The label is the scenario's id. Of each use the last record counts, and none that was taken back."""
    later = aliased(Usage)
    rows = session().execute(
        select(Usage.scenario, func.count(Usage.citizen_id.distinct()), func.count())
        .where(Usage.occurred_at >= clock.now() - YEAR, Usage.outcome.in_(USED),
               ~exists().where(later.entitlement_id == Usage.entitlement_id, later.ordinal > Usage.ordinal,
                               later.redemption_id.is_not_distinct_from(Usage.redemption_id)))
        .group_by(Usage.scenario).order_by(Usage.scenario))
    return shown(Cell(scenario, people, uses) for scenario, people, uses in rows)
