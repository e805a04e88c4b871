"""An activity of the east county's and people who come to it, at a moment that tests move themselves."""

import threading
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import pytest

from app.identity.models import Citizen
from app.kernel import clock
from app.kernel.db import session
from app.staff.scoping import Scope
from app.volunteers import registering
from app.volunteers.models import Volunteer
from app.volunteers.service import attending, entering, organising_activities, owning
from app.volunteers.service import codes as attendance_codes
from app.volunteers.service.entering import ByHand
from app.volunteers.service.models import Activity, Attendance
from app.volunteers.service.organising_activities import Plan
from tests.cast import Person
from tests.consent import ground
from tests.volunteers import league
from tests.volunteers.league import League

T = TypeVar("T")
TEN = datetime(2026, 11, 20, 2, tzinfo=UTC)  # ten in the morning there
OFFICER, REVIEWER = "hours_officer", "reviewer"


class Moment:
    """The clock of a test."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = TEN
        monkeypatch.setattr(clock, "now", lambda: self.now)

    def passes(self, **more: float) -> datetime:
        self.now += timedelta(**more)
        return self.now


@dataclass
class Field:
    """`anna` and `bert` are hours officers of the east, `chief` its reviewer, `west` the neighbour's officer."""

    league: League
    moment: Moment
    anna: Scope
    bert: Scope
    chief: Scope
    west: Scope
    numbers: dict[str, str] = field(default_factory=dict)

    def activity(self, scope: Scope | None = None, **more: Any) -> Activity:
        return kept(organising_activities.make(scope or self.anna, replace(plan(), **more)))

    def volunteer(self, key: str, serial: int, at: Scope | None = None) -> uuid.UUID:
        """A registered volunteer, of the east where nothing else is said; `numbers[key]` is the number."""
        told = registering.enrol(at or self.league.east, league.person(f"示例{key}", league.number(serial=serial)))
        self.numbers[key] = number_of(told.volunteer_id)
        return told.volunteer_id

    def by_hand(self, activity: Activity, key: str, minutes: int = 60, begin: datetime = TEN,
                by: Scope | None = None) -> Attendance:
        return entering.enter(by or self.anna, activity.id, ByHand(
            self.numbers[key], begin, begin + timedelta(minutes=minutes), "没有带手机"))


def made(monkeypatch: pytest.MonkeyPatch) -> Field:
    """Inside an application context, over an empty database. Each officer has said to be no volunteer."""
    moment, tree = Moment(monkeypatch), league.made()
    people = [league.colleague(tree.east, OFFICER), league.colleague(tree.east, OFFICER),
              league.colleague(tree.east, REVIEWER), league.colleague(tree.west, OFFICER)]
    for each in people:
        owning.tell(each, None)
    return Field(tree, moment, *people)


def plan() -> Plan:
    """From ten to twelve."""
    return Plan("社区清洁", "东县示例社区", TEN, TEN + timedelta(hours=2), "清扫楼道", "没有明显风险")


def number_of(volunteer_id: uuid.UUID) -> str:
    found = session().get(Volunteer, volunteer_id)
    assert found is not None
    return found.volunteer_no


def taken_in(person: Person, at: Scope) -> Citizen:
    """A citizen who is registered as a volunteer there."""
    registering.enrol(at, league.person(person.name, person.id_number))
    return kept(ground.citizen(person))


def kept(row: T) -> T:
    """A row that no refusal's rollback makes forget what it is."""
    session().expunge(row)
    return row


def shown(activity: Activity, way: str, at: datetime) -> str:
    """What the screen shows at that moment."""
    return attendance_codes.code(way, activity.id, attendance_codes.step_of(at))


def signs(citizen: Citizen, activity: Activity, way: str, at: datetime) -> Attendance:
    return attending.sign(citizen, shown(activity, way, at))[0]


def at_once(app: Any, works: Sequence[Callable[[], Any]]) -> list[Any]:
    """Each on a connection of its own, all of them at the same moment; results or what they raised."""
    start, results = threading.Barrier(len(works)), [None] * len(works)

    def run(place: int, work: Callable[[], Any]) -> None:
        start.wait()
        try:
            results[place] = work()
        except Exception as no:
            results[place] = no

    threads = [threading.Thread(target=ground.in_context(app, run, place, work)) for place, work in enumerate(works)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return results
