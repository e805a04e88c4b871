"""Staff put an entry right: name, number, phone, region, guardian. What was changed is in the trail, by field."""

import uuid
from dataclasses import dataclass, field

from sqlalchemy.exc import IntegrityError

from app.kernel.db import broke, session
from app.kernel.errors import Invalid
from app.staff.scoping import Scope, within
from app.volunteers import noting, queries, registering, sealing
from app.volunteers.errors import GuardianConsentNeeded, IdentityRegistered, VolunteerStateWrong, VolunteerUnknown
from app.volunteers.guardians import Guardian
from app.volunteers.models import Volunteer
from app.volunteers.registering import Person

NUMBER_MISSING = "这条登记还没有保存身份证号，请一并填写。"


@dataclass(frozen=True)
class Change:
    """None: stays as it is. `no_phone`: the phone is forgotten."""

    name: str | None = field(default=None, repr=False)
    id_number: str | None = field(default=None, repr=False)
    phone: str | None = field(default=None, repr=False)
    no_phone: bool = False
    region: str | None = None
    guardian: Guardian | None = None
    own_income: bool = False


def change(scope: Scope, volunteer_id: uuid.UUID, told: Change) -> list[str]:
    """What was changed, by field (noting.FIELDS); another name or number goes back to the real-name check.

    A number that was found right stays. Raises RoleMissing, VolunteerUnknown, VolunteerStateWrong, IdentityRegistered,
    GuardianConsentNeeded, and what `registering.check` raises.
    """
    scope.need("registrar")
    try:
        with within(scope):
            volunteer = queries.seen(scope, volunteer_id, lock=True)
            if volunteer is None:
                raise VolunteerUnknown
            return _put_right(scope, volunteer, told)
    except IntegrityError as wrong:
        if broke(wrong, "uq_volunteers_identity_index"):
            raise IdentityRegistered from None
        raise


def _put_right(scope: Scope, volunteer: Volunteer, told: Change) -> list[str]:
    checked = registering.check(_person(volunteer, told))
    if volunteer.state != "registered" or (volunteer.real_name_state == "matched"
                                           and checked.index != volunteer.identity_index):
        raise VolunteerStateWrong
    if registering.needs_guardian(checked, volunteer):
        raise GuardianConsentNeeded
    changed = registering.differences(volunteer, checked)
    forgets = told.no_phone and volunteer.phone_sealed is not None
    if forgets and "phone" not in changed:
        changed.append("phone")
    if changed:
        registering.write(volunteer, checked)
        if forgets:
            volunteer.phone_sealed = None
        session().flush()
        noting.note(scope, volunteer, "volunteer.changed", noting.changed(changed))
    return changed


def _person(volunteer: Volunteer, told: Change) -> Person:
    number = told.id_number or sealing.id_number_of(volunteer)
    if number is None:
        raise Invalid(errors={"json": {"id_number": [NUMBER_MISSING]}})
    name = told.name or sealing.name_of(volunteer) or ""
    return Person(name, number, None if told.no_phone else told.phone, told.region or volunteer.region, told.guardian,
                  told.own_income)
