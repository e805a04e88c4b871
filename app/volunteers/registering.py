"""Becoming a volunteer: a unit of the League takes a person in.

`enrol` is the way in for one person, of the pages and, row by row in meaning, of files. One identity is in the register
once: who stands at an organisation that the scope doesn't see comes over by a transfer only (transferring.py).
"""

import re
import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.identity import names, numbers
from app.identity import sealing as citizen_sealing
from app.kernel import clock
from app.kernel.db import session, transaction
from app.kernel.errors import Invalid, Refusal
from app.kernel.ids import new_id
from app.kernel.sealing import sealer
from app.staff import organising
from app.staff.scoping import Scope, within
from app.trail import writing as trail
from app.volunteers import guardians, noting, placing, queries, regional, sealing
from app.volunteers.errors import (
    GuardianConsentNeeded,
    NameFoundRight,
    RegisteredElsewhere,
    VolunteerHasLeft,
    VolunteerTooYoung,
    VolunteerUnknown,
)
from app.volunteers.guardians import Guardian
from app.volunteers.models import Volunteer
from app.volunteers.placing import Place

REGION = re.compile(r"[1-9][0-9]{5}")
REGION_WRONG, AGREED_WRONG = "请填写六位行政区划代码。", "同意核验的日期不能晚于今天。"
Outcome = Literal["new", "changed", "same"]


@dataclass(frozen=True)
class Person:
    """Who is to be registered. None: not told, what is kept stays.

    `own_income`: lives mainly on own earnings (16 to 18); `agreed_on`: the day on which the person agreed, in writing,
    that name and number are checked at the platform.
    """

    name: str = field(repr=False)
    id_number: str = field(repr=False)
    phone: str | None = field(repr=False)
    region: str
    guardian: Guardian | None = None
    own_income: bool = False
    agreed_on: date | None = None


@dataclass(frozen=True)
class Checked:
    """A person whose every field is right by itself; `number` is in the form that is kept."""

    person: Person
    number: str = field(repr=False)
    index: bytes = field(repr=False)
    guardian_needed: bool


@dataclass(frozen=True)
class Enrolled:
    """What became of it: `new`, `changed` (also: registered who had applied), `same`."""

    volunteer_id: uuid.UUID
    outcome: Outcome


def check(person: Person) -> Checked:
    """What can be said of a person without the register. Raises ValidationError (the name), IdNumberInvalid, Invalid
    (by field), VolunteerTooYoung.
    """
    names.check(person.name)
    number = numbers.read(person.id_number, clock.today())
    wrong: dict[str, list[str]] = {}
    if not REGION.fullmatch(person.region):
        wrong["region"] = [REGION_WRONG]
    if person.phone is not None and not guardians.PHONE.fullmatch(person.phone):
        wrong["phone"] = [guardians.PHONE_WRONG]
    if person.agreed_on is not None and person.agreed_on > clock.today():
        wrong["agreed_on"] = [AGREED_WRONG]
    if wrong:
        raise Invalid(errors={"json": wrong})
    if person.guardian is not None:
        guardians.check(person.guardian)
    rules, age = regional.rules(person.region), numbers.age_on(number, clock.today())
    if age < rules.least_age:
        raise VolunteerTooYoung
    return Checked(person, number, citizen_sealing.identity_index(number),
                   rules.guardian_needed(age, person.own_income))


def enrol(scope: Scope, person: Person, into: uuid.UUID | None = None) -> Enrolled:
    """Take this person in at the staff's own organisation, or at one below it; who is in already is brought to what is
    told here, and stays where they are.

    Raises RoleMissing, OrganisationUnknown (`into` isn't within the scope), what `check` raises, GuardianConsentNeeded,
    NameFoundRight, RegisteredElsewhere, VolunteerHasLeft.
    """
    scope.need("registrar")
    checked = check(person)
    with within(scope):
        found = queries.seen_by_identity(scope, checked.index)
        if found is None:
            made = _make(checked, own_place(scope, into))
            if made is not None:
                noting.note(scope, made, "volunteer.registered", "登记志愿者")
                return Enrolled(made.id, "new")
            found = queries.seen_by_identity(scope, checked.index)  # another one was faster, or it is out of sight
        if found is not None:
            return Enrolled(found.id, _bring(scope, found, checked))
    seen_elsewhere(scope, [checked.index])
    raise RegisteredElsewhere


def seen_elsewhere(scope: Scope, indexes: Sequence[bytes]) -> None:
    """That somebody is registered out of sight is learned by trying: each of them reads who has. In a transaction of
    its own, of no scope.
    """
    with transaction() as s:
        found = s.scalars(select(Volunteer.id).where(Volunteer.identity_index.in_(indexes))).all()
        trail.record_each([f"volunteer:{each}" for each in found], actor=scope.actor,
                          who=organising.name_of(scope.organisation_id), what="volunteer.found_elsewhere",
                          purpose="登记时查到已在其他团组织登记")


def own_place(scope: Scope, into: uuid.UUID | None = None) -> Place:
    """The staff's own organisation, or `into` where that is below it. Raises OrganisationUnknown."""
    found = organising.within(scope.path, into or scope.organisation_id)
    return Place(found.id, found.path)


def values(checked: Checked, where: Place, state: str = "registered") -> dict[str, Any]:
    """A row of `volunteers`, sealed; the same for one and for many. Raises GuardianConsentNeeded."""
    person = checked.person
    if checked.guardian_needed and person.guardian is None:
        raise GuardianConsentNeeded
    identity, now = new_id(), clock.now()
    key, sealed = sealer().seal_new(sealing.owner(identity), {
        sealing.NAME: person.name.encode(), sealing.ID_NUMBER: checked.number.encode(),
        sealing.PHONE: person.phone.encode() if person.phone else None,
        sealing.GUARDIAN: guardians.packed(person.guardian) if person.guardian else None})
    return {"id": identity, "volunteer_no": f"{person.region}{secrets.randbelow(10**10):010d}",
            "identity_index": checked.index, "data_key": key, "name_index": sealing.name_index(person.name),
            "name_sealed": sealed[sealing.NAME], "id_number_sealed": sealed[sealing.ID_NUMBER],
            "phone_sealed": sealed[sealing.PHONE], "guardian_sealed": sealed[sealing.GUARDIAN],
            "own_income": person.own_income, "region": person.region, "organisation_id": where.organisation_id,
            "organisation_path": where.path, "state": state, "applied_at": now, "changed_at": now,
            "registered_at": now if state == "registered" else None, **real_name(person.agreed_on)}


def real_name(agreed_on: date | None) -> dict[str, Any]:
    """The columns of a check that is still to come: asked for where the person agreed, nobody's business where not."""
    return {"real_name_state": "unchecked" if agreed_on is None else "waiting", "real_name_agreed_on": agreed_on,
            "real_name_due_at": None if agreed_on is None else clock.now(), "real_name_by": None, "real_name_at": None}


def refusal(checked: Checked, volunteer: Volunteer | None) -> Refusal | None:
    """Why the register doesn't take this person as told: `volunteer` is their entry, where the scope sees one."""
    if volunteer is not None and volunteer.state == "left":
        return VolunteerHasLeft()
    if needs_guardian(checked, volunteer):
        return GuardianConsentNeeded()
    if volunteer is not None and volunteer.real_name_state == "matched" \
            and sealing.name_of(volunteer) != checked.person.name:
        return NameFoundRight()
    return None


def needs_guardian(checked: Checked, volunteer: Volunteer | None) -> bool:
    """A minor whose guardian is neither told now nor kept from before."""
    kept = volunteer is not None and volunteer.guardian_sealed is not None
    return checked.guardian_needed and checked.person.guardian is None and not kept


def agrees(volunteer: Volunteer, on: date | None) -> bool:
    """Whether this is a new word: none was kept, and it was given after the day on which one was taken back."""
    taken_back = volunteer.real_name_at if volunteer.real_name_state == "unchecked" else None
    return on is not None and volunteer.real_name_agreed_on is None and (
        taken_back is None or on > clock.shanghai_day(taken_back))


def differences(volunteer: Volunteer, checked: Checked) -> list[str]:
    """What the register would take over: of name, id_number (not kept yet, or another), phone, region, guardian,
    own_income, agreed_on, state.
    """
    person = checked.person
    told = {"name": sealing.name_of(volunteer) != person.name,
            "id_number": volunteer.id_number_sealed is None or volunteer.identity_index != checked.index,
            "phone": person.phone is not None and sealing.phone_of(volunteer) != person.phone,
            "region": volunteer.region != person.region,
            "guardian": person.guardian is not None and guardians.of(volunteer) != person.guardian,
            "own_income": person.own_income and not volunteer.own_income,
            "agreed_on": agrees(volunteer, person.agreed_on),
            "state": volunteer.state != "registered"}
    return [name for name, differs in told.items() if differs]


def write(volunteer: Volunteer, checked: Checked) -> None:
    """Put into the row, which is locked, what is told; another name or number is to be checked anew."""
    person = checked.person
    another = sealing.name_of(volunteer) != person.name or volunteer.identity_index != checked.index
    volunteer.identity_index = checked.index
    volunteer.name_sealed = sealing.seal_for(volunteer, sealing.NAME, person.name.encode())
    volunteer.name_index = sealing.name_index(person.name)
    volunteer.id_number_sealed = sealing.seal_for(volunteer, sealing.ID_NUMBER, checked.number.encode())
    if person.phone is not None:
        volunteer.phone_sealed = sealing.seal_for(volunteer, sealing.PHONE, person.phone.encode())
    if person.guardian is not None:
        volunteer.guardian_sealed = sealing.seal_for(volunteer, sealing.GUARDIAN, guardians.packed(person.guardian))
    volunteer.own_income, volunteer.region = volunteer.own_income or person.own_income, person.region
    agreed = agrees(volunteer, person.agreed_on)
    if another or agreed:
        taken_back = volunteer.real_name_at if volunteer.real_name_state == "unchecked" and not agreed else None
        on = person.agreed_on if agreed else volunteer.real_name_agreed_on
        for name, value in {**real_name(on), "real_name_at": taken_back}.items():
            setattr(volunteer, name, value)
    volunteer.changed_at = clock.now()


def take_in(volunteer: Volunteer) -> None:
    """Registered, and told so, who had applied; nothing for who is registered."""
    if volunteer.state != "registered":
        volunteer.state, volunteer.registered_at, volunteer.reason = "registered", clock.now(), None
        noting.tell(volunteer, "已通过")


def _bring(scope: Scope, volunteer: Volunteer, checked: Checked) -> Outcome:
    no = refusal(checked, volunteer)
    if no is not None:
        raise no
    changed = differences(volunteer, checked)
    if not changed:
        return "same"
    write(volunteer, checked)
    take_in(volunteer)
    session().flush()
    noting.note(scope, volunteer, "volunteer.changed", noting.changed(changed))
    return "changed"


def _make(checked: Checked, where: Place, state: str = "registered") -> Volunteer | None:
    """None where this identity is in the register already, seen or not: the unique index lets one in."""
    made = session().scalar(insert(Volunteer).values(**values(checked, where, state))
                            .on_conflict_do_nothing(index_elements=["identity_index"]).returning(Volunteer.id))
    return None if made is None else queries.lock(made)


def register(name: str, id_number: str, region: str) -> Volunteer:
    """From the terminal, by whoever runs the machine: at the region's nearest organisation; who has applied is
    registered, who is registered stays as they are. Raises what `check` raises, GuardianConsentNeeded.
    """
    checked = check(Person(name, id_number, None, region))
    with transaction():
        volunteer = found_or_made(checked, "registered")
        if volunteer.state != "registered":
            volunteer.state, volunteer.registered_at, volunteer.region = "registered", clock.now(), region
            volunteer.reason = volunteer.left_cause = None
            session().flush()
    return volunteer


def found_or_made(checked: Checked, state: str) -> Volunteer:
    """Locked; of two who enter the same person at once, the unique index lets one make the row."""
    found = queries.by_identity_index(checked.index)
    if found is None:
        _make(checked, placing.home(checked.person.region), state)
        found = queries.by_identity_index(checked.index)
    volunteer = found and queries.lock(found.id)
    if volunteer is None:
        raise VolunteerUnknown  # an application withdrawn this very moment
    return volunteer
