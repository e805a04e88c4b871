"""Figures are what one gets by counting, over a made-up province and each place in it.

Breaks tried: `>` for `>=` at a star's first minute (stars_of), the running sum without what was served before.
"""

import random
from datetime import date, timedelta
from typing import Any

from app.kernel import clock
from app.kernel.db import session, transaction
from app.staff import organising
from app.staff.scoping import Scope, within
from app.volunteers import figure_queries, registering
from app.volunteers.figure_queries import Figures
from app.volunteers.models import ServiceRecord, Volunteer
from app.volunteers.service import hours
from app.volunteers.stars import stars
from tests.volunteers import league
from tests.volunteers.league import League


def peopled(tree: League) -> None:
    """A dozen volunteers with hours on days of three years, some at a star's very first minute."""
    chance, serial = random.Random(7), 0
    for place in ("city", "east", "west", "school"):
        for _ in range(3):
            serial += 1
            made = registering.enrol(getattr(tree, place), league.person(f"人{serial}", league.number(serial=serial)))
            for amount in ([100, 200] if serial % 3 == 0 else [chance.randint(1, 700) for _ in range(3)]):
                hours.add(made.volunteer_id, activity="服务", served_on=clock.today() - timedelta(
                    days=chance.randint(0, 900)), minutes=amount * 60, source="示例")


def counted(scope: Scope, place: Any) -> tuple[dict[str, int], dict[str, int], list[int], int]:
    """By going through all rows: volunteers and stars by the part they belong to, star steps by month, hours."""
    people, starred, reached, served = {}, {}, [0] * figure_queries.MONTHS, 0
    months = figure_queries._months(clock.today())
    for one in session().query(Volunteer).filter(Volunteer.organisation_path.startswith(place.path)):
        below = one.organisation_path.removeprefix(place.path).split("/")[0]
        name = organising.name_of(league.uuid.UUID(below)) if below else figure_queries.OWN
        people[name] = people.get(name, 0) + 1
        records = sorted((each.served_on, each.minutes) for each in session().query(ServiceRecord)
                         .filter_by(volunteer_id=one.id))
        starred[name] = starred.get(name, 0) + (stars(sum(each for _, each in records) // 60, one.region) > 0)
        served += sum(each for day, each in records if day >= months[0])
        until = {month: sum(each for day, each in records if day < _next(month)) // 60 for month in
                 [months[0] - timedelta(days=1), *months]}
        steps = [stars(each, one.region) for each in until.values()]
        reached = [sum_ + after - before for sum_, before, after in zip(reached, steps, steps[1:], strict=False)]
    return people, starred, reached, served // 60


def _next(month: date) -> date:
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1)


def told(scope: Scope, place_id: Any) -> Figures:
    with within(scope):
        return figure_queries.figures(scope, place_id)


def test_figures_are_what_counting_gives(inside: Any) -> None:
    tree = league.made()
    peopled(tree)
    for scope in (tree.province, tree.city, tree.east, tree.school):
        place = organising.within("/", scope.organisation_id)
        found, (people, starred, reached, served) = told(scope, place.id), counted(scope, place)
        assert {name: number for name, number in zip(found.places, found.volunteers, strict=True) if number} == people
        assert {name: sum(each[at] for each in found.stars) for at, name in enumerate(found.places)
                if found.volunteers[at]} == starred
        assert [sum(each[at] for each in found.reached) for at in range(figure_queries.MONTHS)] == reached
        assert abs(sum(found.hours_by_month) - served) < figure_queries.MONTHS
        assert sum(found.joined) == sum(people.values())
    east = told(tree.city, tree.east.organisation_id)
    assert sum(east.volunteers) == 6, "a place below one's own"


def test_hours_served_elsewhere_count_for_stars(inside: Any) -> None:
    """The west recorded them: the east sees the star, and not the record."""
    tree = league.made()
    who = registering.enrol(tree.east, league.person("人", league.number())).volunteer_id
    record = hours.add(who, activity="服务", served_on=clock.today(), minutes=6000, source="示例")
    with transaction() as s:
        row = s.get_one(ServiceRecord, record.id)
        row.organisation_id, row.organisation_path = tree.west.organisation_id, tree.west.path
    found = told(tree.east, tree.east.organisation_id)
    assert [sum(each) for each in found.stars] == [1, 0, 0, 0, 0]
    assert sum(found.hours_by_month) == 0
    west = told(tree.west, tree.west.organisation_id)
    assert (sum(west.volunteers), sum(sum(each) for each in west.stars), sum(west.hours_by_month)) == (0, 0, 100)
