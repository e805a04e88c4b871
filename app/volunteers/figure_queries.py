"""How many volunteers, hours and stars there are, by the parts of the tree below a place and by month.

Aggregates only, one statement each over the whole subtree. Hours are those that the scope's organisations recorded;
stars count all that a volunteer has served, wherever.
"""

import uuid
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Date, and_, cast, column, func, select

from app.kernel import clock
from app.kernel.db import need_transaction, session
from app.staff import queries as staff
from app.staff.scoping import END, Scope
from app.volunteers.models import ServiceRecord, Volunteer
from app.volunteers.register_queries import stars_of
from app.volunteers.stars import ladders

MONTHS, MOST_STARS = 12, 5
OWN = "本级"


@dataclass(frozen=True)
class Figures:
    """`places` and `months` name what the lists run along; `stars[n]` and `reached[n]` are of n + 1 stars. `hours`:
    whole ones, of these months.
    """

    places: list[str]
    volunteers: list[int]
    hours: list[int]
    stars: list[list[int]]
    months: list[str]
    joined: list[int]
    hours_by_month: list[int]
    reached: list[list[int]]


def figures(scope: Scope, place_id: uuid.UUID) -> Figures:
    """Of an organisation within the scope, and those below it. Within the scope's transaction."""
    need_transaction()
    place = staff.organisation(place_id)
    path = place.path if place else scope.path
    depth = path.count("/") + 1  # split_part counts from one: the id that follows the place's own
    months = _months(clock.today())
    names = {str(each.id): each.name for each in staff.children(place_id)}
    people, service = _volunteers(scope, path, depth), _service(scope, path, depth, months[0])
    since, steps = _joined(scope, path, months[0]), _steps(scope, path, depth, months[0])
    keys = [*names, *({""} & ({*people} | {key for key, _ in service}))]
    return Figures(
        [names.get(key, OWN) for key in keys], [people.get(key, 0) for key in keys],
        [sum(minutes for (at, _), minutes in service.items() if at == key) // 60 for key in keys],
        [[sum(by[number] - by[number + 1] for (part, _), by in steps.items() if part == key) for key in keys]
         for number in range(MOST_STARS)],
        [f"{each:%Y-%m}" for each in months], [since.get(each, 0) for each in months],
        [sum(minutes for (_, month), minutes in service.items() if month == each) // 60 for each in months],
        [[sum(by[number] for (_, month), by in steps.items() if month == each) for each in months]
         for number in range(MOST_STARS)])


def _volunteers(scope: Scope, path: str, depth: int) -> dict[str, int]:
    part = _part(Volunteer.organisation_path, depth)
    return _told(select(part, func.count()).where(*_registered(scope, path)).group_by(part))


def _joined(scope: Scope, path: str, since: date) -> dict[date, int]:
    month = _month(Volunteer.registered_at)
    return _told(select(month, func.count()).where(*_registered(scope, path), Volunteer.registered_at
                                                   >= clock.day_start(since)).group_by(month))


def _service(scope: Scope, path: str, depth: int, since: date) -> dict[tuple[str, date], int]:
    """Added up by organisation and day first: there are few of these, and many records."""
    by = ServiceRecord.organisation_path, ServiceRecord.served_on
    days = select(*by, func.sum(ServiceRecord.minutes).label("minutes")).where(
        *_seen(scope, ServiceRecord.organisation_path, path), ServiceRecord.served_on >= since).group_by(*by).subquery()
    part, month = _part(days.c.organisation_path, depth), _month(days.c.served_on)
    rows = session().execute(select(part, month, func.sum(days.c.minutes)).group_by(part, month))
    return {(at, of): int(minutes) for at, of, minutes in rows}


def _steps(scope: Scope, path: str, depth: int, since: date) -> dict[tuple[str, date | None], tuple[int, ...]]:
    """By part and month (None: before them), how many came to one star, to two, …: a running sum of each volunteer's
    minutes. Who came to two came to one; what came in all is what is there.
    """
    served = func.xinyi_volunteer_months(_first(), since).table_valued(
        column("volunteer_id"), column("month", Date), column("minutes", BigInteger))
    until = func.sum(served.c.minutes).over(partition_by=served.c.volunteer_id,
                                            order_by=served.c.month.asc().nulls_first())
    steps = select(_part(Volunteer.organisation_path, depth).label("part"), served.c.month,
                   stars_of(Volunteer.region, until).label("now"),
                   stars_of(Volunteer.region, until - served.c.minutes).label("before")).join_from(
        Volunteer, served, served.c.volunteer_id == Volunteer.id).where(*_registered(scope, path)).subquery()
    came = [func.count().filter(and_(steps.c.now >= number, steps.c.before < number))
            - func.count().filter(and_(steps.c.now < number, steps.c.before >= number))  # a correction took it away
            for number in range(1, MOST_STARS + 1)]
    rows = session().execute(select(steps.c.part, steps.c.month, *came).group_by(steps.c.part, steps.c.month))
    return {(row[0], row[1]): (*row[2:], 0) for row in rows}


def _registered(scope: Scope, path: str) -> tuple[ColumnElement[bool], ...]:
    return (*_seen(scope, Volunteer.organisation_path, path), Volunteer.state == "registered")


def _seen(scope: Scope, of: Any, path: str) -> tuple[ColumnElement[bool], ...]:
    """Within the scope, and of that only this place; a province's own is all there is."""
    whole = scope.path == "/" and path.count("/") == 2
    return (scope.sees(of),) if whole else (scope.sees(of), of >= path, of < path + END)


def _part(path: Any, depth: int) -> ColumnElement[str]:
    return func.split_part(path, "/", depth)


def _month(moment: Any) -> ColumnElement[date]:
    return cast(func.date_trunc("month", moment), Date)


def _first() -> int:
    """The minutes below which nobody has a star."""
    return 60 * min(hours[0] for hours in ladders().values())


def _months(today: date) -> list[date]:
    last = today.year * 12 + today.month - 1
    return [date(number // 12, number % 12 + 1, 1) for number in range(last - MONTHS + 1, last + 1)]


def _told(query: Any) -> dict[Any, int]:
    return {row[0]: row[1] for row in session().execute(query)}
