"""A county's League with one of everything that a page of the League leads to, made by the verbs.

`ids`: by the name that an address gives it. `marks`: texts that only this county's pages may hold.
"""

import uuid
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import psycopg
from psycopg import sql

from app.kernel import clock
from app.kernel.db import session
from app.staff import exporting, granting, organising
from app.staff.exporting import Wanted
from app.staff.scoping import Scope
from app.volunteers import registering, transferring
from app.volunteers.certificates import certifying, issuers
from app.volunteers.imports import importing
from app.volunteers.imports.importable import KINDS
from app.volunteers.models import Volunteer
from app.volunteers.outstanding import objecting
from app.volunteers.outstanding.models import Campaign
from app.volunteers.outstanding.objecting import Words
from app.volunteers.service import confirming, entering, organising_activities, owning, sampling
from app.volunteers.service.entering import ByHand
from app.volunteers.service.models import Flag, SampleItem
from app.volunteers.service.organising_activities import Plan
from tests.benefits import ground as citizens
from tests.console.browsing import Visitor
from tests.staff.people import person
from tests.volunteers import league, outstanding_ground, sheets
from tests.volunteers.test_certificates import ANSWERING, stamp

EVERY_ROLE = ("registrar", "hours_officer", "reviewer", "list_officer", "viewer")


@dataclass
class County:
    """One county among two of a city; `south`, a third one, is the giver of transfers."""

    place: Scope
    south: Scope
    mark: str
    number: int
    campaign: Campaign
    ids: dict[str, str] = field(default_factory=dict)
    marks: set[str] = field(default_factory=set)

    def furnish(self, tree: outstanding_ground.League) -> "County":
        volunteers = [self.volunteer(self.place, number) for number in (1, 2)]
        self.ids["volunteer_id"] = str(volunteers[0])
        self.transfer()
        self.hours(volunteers)
        self.certificate(volunteers[0])
        self.nomination(tree)
        self.ids["import_id"] = str(importing.begin(self.who("registrar"), KINDS["volunteers"],
                                                    f"名册{self.mark}.csv", sheets.csv_of(sheets.people(2))))
        self.ids["request_id"] = str(self.export())
        self.marks |= {*self.ids.values()} - {self.ids["campaign_id"]}
        return self

    def who(self, *roles: str) -> Scope:
        return league.colleague(self.place, *roles)

    def volunteer(self, at: Scope, number: int) -> uuid.UUID:
        told = league.person(f"{self.mark}志愿者", league.number(serial=100 * self.number + number))
        found = registering.enrol(at, told).volunteer_id
        self.marks.add(number_of(found))
        return found

    def transfer(self) -> None:
        self.volunteer(self.south, 7)
        self.ids["transfer_id"] = str(transferring.ask(self.place, f"{self.mark}志愿者",
                                                       league.number(serial=100 * self.number + 7), "升学"))

    def hours(self, volunteers: list[uuid.UUID]) -> None:
        """An activity of last week with two attendances: one confirmed and drawn, one with a flag."""
        officers = [self.who("hours_officer") for _ in range(2)]
        for each in officers:
            owning.tell(each, None)
        began = clock.now() - timedelta(days=7)
        plan = Plan(f"{self.mark}活动", f"{self.mark}社区", began, began + timedelta(hours=20), "清扫楼道",
                    "没有明显风险")
        activity = organising_activities.make(officers[0], plan)
        rows = [entering.enter(officers[0], activity.id, ByHand(number_of(volunteer), began,
                                                                began + timedelta(hours=long), "没有带手机"))
                for volunteer, long in zip(volunteers, (2, 14), strict=True)]
        confirmed = confirming.confirm(officers[1], activity.id, [rows[0].id])
        day = clock.shanghai_day(began)
        sample = sampling.draw(self.who("reviewer"), day, clock.today())
        self.ids |= {"activity_id": str(activity.id), "attendance_id": str(rows[1].id), "sample_id": str(sample.id),
                     "confirmation_id": str(confirmed.id),
                     "flag_id": str(session().query(Flag).filter_by(attendance_id=rows[1].id).first().id),
                     "item_id": str(session().query(SampleItem).filter_by(sample_id=sample.id).first().id)}
        self.marks |= {f"{self.mark}活动", f"{self.mark}社区"}

    def certificate(self, volunteer_id: uuid.UUID) -> None:
        officer = self.who("hours_officer")
        issuers.state(officer, ANSWERING)
        issuers.put_seal(officer, stamp())
        wish = certifying.Wish(clock.today() - timedelta(days=30), clock.today(), f"{self.mark}用途")
        self.ids["certificate_id"] = str(certifying.issue(officer, volunteer_id, wish).id)

    def nomination(self, tree: outstanding_ground.League) -> None:
        """Publicised, with an objection by somebody of the public."""
        citizen = citizens.person(self.number)
        place = organising.within("/", self.place.organisation_id)
        volunteer = outstanding_ground.volunteer(citizen, place.region)
        self.marks.add(volunteer.volunteer_no)
        self.ids["campaign_id"] = str(self.campaign.id)
        own = outstanding_ground.League(tree.province, tree.city, place, tree.west, place)
        found = outstanding_ground.at(own, self.campaign, volunteer, citizen, "publicised")
        said = objecting.object_publicly(found.id, Words(f"{self.mark}有异议的内容说明，请核实。", ""), None)
        self.ids |= {"nomination_id": str(found.id), "objection_id": str(said.id)}

    def export(self) -> uuid.UUID:
        wanted = Wanted("league-volunteers", f"{self.mark}导出", "/console/league/volunteers/", "审计", {})
        return exporting.ask(self.who("registrar"), exporting.new_number(), wanted, 501).id

    def visitor(self, app: Any) -> Visitor:
        """Somebody of this county who holds every role, logged in."""
        with app.app_context():
            account = person(EVERY_ROLE[0], organisation_id=self.place.organisation_id)
            for role in EVERY_ROLE[1:]:
                granting.grant(account.id, role, actor="operator:test")
            owning.tell(replace(self.place, account_id=account.id, roles=frozenset(EVERY_ROLE)), None)
        here = Visitor(app)
        here.log_in(account)
        return here


def state(db: psycopg.Connection, place: Scope) -> list[Any]:
    """Every row of the League that is this place's, as it stands now."""
    tables = db.execute("SELECT tablename FROM pg_policies WHERE policyname = 'subtree' ORDER BY 1").fetchall()
    rows = sql.SQL("SELECT row_to_json(t) FROM {} AS t WHERE starts_with(organisation_path, {}) ORDER BY t::text")
    return [db.execute(rows.format(sql.Identifier(name), place.path)).fetchall() for (name,) in tables]


def number_of(volunteer_id: uuid.UUID) -> str:
    found = session().get(Volunteer, volunteer_id, populate_existing=True)
    assert found is not None
    return found.volunteer_no
