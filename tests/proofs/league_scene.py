"""`python -m tests.proofs.league_scene`: what the League's staff do for one marked volunteer, over the running system.

Reads {citizen_id, name, id_number, phone} as JSON from its input; prints {nominated, on_the_list, sign_in}: a
nomination that waits for its person, another on the list and under notice, and the code on an activity's screen.
The marked were born in 1949, no youth any more: whether they meet the conditions isn't looked at here.
"""

import json
import os
import sys
import uuid
from datetime import UTC, date, datetime, timedelta

import config
from app.factory import create_app
from app.identity import queries as citizens
from app.kernel import clock
from app.kernel.db import session, transaction
from app.volunteers import registering
from app.volunteers.models import ServiceRecord, Volunteer
from app.volunteers.outstanding import exiting, listing, publicising, reviewing
from app.volunteers.outstanding.listing import Entry
from app.volunteers.service import codes as attendance_codes
from app.volunteers.service import organising_activities, owning
from app.volunteers.service.organising_activities import Plan
from tests.volunteers import league
from tests.volunteers import outstanding_ground as ground
from tests.volunteers.outstanding_ground import League
from tests.volunteers.test_certificates import ready

TERM = timedelta(days=365)


def play(told: dict[str, str]) -> dict[str, str]:
    tree = ground.league()
    officer = ready(tree.who("east", "hours_officer"), self_service=True)
    volunteer = _registered(tree, told)
    waiting = ground.nominated(tree, ground.campaign(tree), volunteer)
    return {"nominated": str(waiting.id), "on_the_list": str(_listed(tree, volunteer, told["citizen_id"])),
            "sign_in": _activity(officer)}


def _registered(tree: League, told: dict[str, str]) -> Volunteer:
    """With 625 hours, three stars."""
    person = league.person(told["name"], told["id_number"], phone=told["phone"])
    volunteer = session().get(Volunteer, registering.enrol(tree.who("east", "registrar"), person).volunteer_id)
    assert volunteer is not None
    with transaction() as s:
        s.add_all(ServiceRecord(volunteer_id=volunteer.id, organisation_id=volunteer.organisation_id, source="test",
                                organisation_path=volunteer.organisation_path, activity="社区服务", minutes=1500,
                                served_on=clock.today() - timedelta(days=day + 1)) for day in range(25))
    return volunteer


def _listed(tree: League, volunteer: Volunteer, citizen_id: str) -> uuid.UUID:
    """On the list, and told that they are to be taken off it."""
    citizen, reviewing._eligible = citizens.get(uuid.UUID(citizen_id)), lambda _: None
    nomination = ground.at(tree, ground.campaign(tree), volunteer, citizen, "publicised")
    assert nomination.publicised_to is not None
    officer = tree.who("province", "list_officer")
    _noon_of(nomination.publicised_to + timedelta(days=1))
    publicising.close_due()
    listing.put(officer, nomination.id, Entry("示例团发〔2026〕1号", clock.today(), clock.today() + TERM))
    exiting.open_hearing(officer, nomination.id, "服务记录经查不实", "评定办法第十二条")
    clock.now = REAL
    return nomination.id


def _activity(officer: league.Scope) -> str:
    owning.tell(officer, None)
    moment = clock.now()
    made = organising_activities.make(officer, Plan("社区清洁", "东县示例社区", moment - timedelta(minutes=5),
                                                    moment + timedelta(hours=2), "清扫楼道", "没有明显风险"))
    return attendance_codes.code(attendance_codes.IN, made.id, attendance_codes.step_of(moment))


def _noon_of(day: date) -> None:
    clock.now = lambda: clock.day_start(day) + timedelta(hours=12)


def REAL() -> datetime:
    return datetime.now(UTC)


if __name__ == "__main__":
    with create_app(config.load(os.environ)).app_context():
        print(json.dumps(play(json.load(sys.stdin))))
