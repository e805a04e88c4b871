"""What everybody may know of the volunteers: sums over many, by city, by stars, by month."""

from datetime import date, timedelta

from sqlalchemy import BigInteger, Date, cast, func, select

from app.kernel import clock
from app.kernel.db import session
from app.kernel.small_cells import Cell, merged, shown
from app.volunteers.models import ServiceRecord, Volunteer
from app.volunteers.register_queries import stars_of

MONTHS = 12


def by_city() -> list[Cell]:
    """Registered volunteers; the label is the city's six digits."""
    city = func.left(Volunteer.region, 4)
    rows = session().execute(select(city, func.count()).where(Volunteer.state == "registered").group_by(city))
    return merged(Cell(f"{prefix}00", count) for prefix, count in rows)


def by_stars() -> list[Cell]:
    """Those with one star or more; the label is the number of stars."""
    served = (select(ServiceRecord.volunteer_id, cast(func.sum(ServiceRecord.minutes), BigInteger).label("minutes"))
              .group_by(ServiceRecord.volunteer_id).subquery())
    number = stars_of(Volunteer.region, served.c.minutes)
    rows = session().execute(select(number, func.count()).join_from(
        Volunteer, served, served.c.volunteer_id == Volunteer.id)
        .where(Volunteer.state == "registered", number > 0).group_by(number))
    return merged(Cell(str(stars), count) for stars, count in rows)


def by_month() -> list[Cell]:
    """Who served in each of the last twelve months (YYYY-MM), and the full hours."""
    first = _first(clock.today())
    month = cast(func.date_trunc("month", ServiceRecord.served_on), Date)
    rows = session().execute(
        select(month, func.count(ServiceRecord.volunteer_id.distinct()), func.sum(ServiceRecord.minutes))
        .where(ServiceRecord.served_on >= first).group_by(month).order_by(month))
    return shown(Cell(f"{each:%Y-%m}", people, int(minutes) // 60) for each, people, minutes in rows)


def _first(today: date) -> date:
    """The first day of the month eleven months ago."""
    day = today.replace(day=1)
    for _ in range(MONTHS - 1):
        day = (day - timedelta(days=1)).replace(day=1)
    return day
