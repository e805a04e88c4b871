"""Becoming a volunteer: a League unit takes a person in, or a citizen applies."""

import re
import secrets
from typing import Any

from sqlalchemy.dialects.postgresql import insert

from app.identity import facts as identity
from app.identity import names, numbers, sealing
from app.identity import queries as citizens
from app.identity.errors import Unauthenticated
from app.identity.queries import Citizen
from app.kernel import clock
from app.kernel.db import session, transaction
from app.kernel.errors import Invalid
from app.kernel.ids import new_id
from app.kernel.sealing import sealer
from app.staff import organising
from app.trail import writing as trail
from app.volunteers import queries
from app.volunteers.errors import RegionTaken, VolunteerGuardianNeeded, VolunteerUnknown
from app.volunteers.models import Volunteer

REGION = re.compile(r"[1-9][0-9]{5}")
ADULT = 18


def register(name: str, id_number: str, region: str) -> Volunteer:
    """A League unit takes this person in; who has applied is registered, who is registered stays as they are.

    `region`: six digits. Raises IdNumberInvalid, ValidationError (the name), Invalid (the region).
    """
    names.check(name)
    number = numbers.read(id_number, clock.today())
    return _enter(sealing.identity_index(number), name, region, "registered")


def apply(citizen: Citizen, region: str) -> Volunteer:
    """A verified citizen applies to be registered; again gives the same. Until a unit agrees, no hour counts.

    Raises VolunteerGuardianNeeded, RegionTaken (registered in another region), Invalid, Unauthenticated.
    """
    age = identity.facts(citizen)["citizen.age"]
    if not isinstance(age, int) or age < ADULT:
        raise VolunteerGuardianNeeded
    with transaction():
        present = citizens.lock(citizen.id)
        if present is None or present.identity_index is None:
            raise Unauthenticated
        volunteer = _enter(present.identity_index, sealing.subject_of(present).name, region, "applied")
        if volunteer.state == "registered" and volunteer.region != region:
            raise RegionTaken
        volunteer.region = region
        trail.record(citizen.id, actor="citizen", who="本人", what="volunteer.apply", purpose="申请登记为志愿者",
                     about=f"volunteer:{volunteer.id}")
    return volunteer


def _enter(index: bytes, name: str, region: str, state: str) -> Volunteer:
    if not REGION.fullmatch(region):
        raise Invalid(errors={"json": {"region": ["请填写六位行政区划代码。"]}})
    with transaction():
        volunteer = _found_or_made(index, name, region)
        if state == "registered" and volunteer.state != "registered":
            volunteer.state, volunteer.registered_at, volunteer.region = "registered", clock.now(), region
        elif volunteer.state == "left":
            volunteer.state, volunteer.applied_at = "applied", clock.now()
        session().flush()
    return volunteer


def _found_or_made(index: bytes, name: str, region: str) -> Volunteer:
    """Locked; of two who enter the same person at once, the unique index lets one make the row."""
    found = queries.by_identity_index(index)
    if found is None:
        session().execute(insert(Volunteer).values(**_made(index, name, region))
                          .on_conflict_do_nothing(index_elements=["identity_index"]))
        found = queries.by_identity_index(index)
    volunteer = found and queries.lock(found.id)
    if volunteer is None:
        raise VolunteerUnknown  # an application withdrawn this very moment
    return volunteer


def _made(index: bytes, name: str, region: str) -> dict[str, Any]:
    identity = new_id()
    owner = f"volunteer:{identity}"
    data_key = sealer().new_data_key(owner)
    home = organising.home(region)
    return {"id": identity, "volunteer_no": f"{region}{secrets.randbelow(10**10):010d}", "identity_index": index,
            "data_key": data_key, "name_sealed": sealer().seal(data_key, owner, "volunteer.name", name.encode()),
            "region": region, "organisation_id": home and home.id, "organisation_path": home.path if home else "/",
            "state": "applied", "applied_at": clock.now()}
