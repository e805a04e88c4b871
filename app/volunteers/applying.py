"""A citizen applies, in the mini-app, to be registered; a unit of the League decides (approving.py)."""

from app.identity import queries as citizens
from app.identity import sealing as citizen_sealing
from app.identity.errors import Unauthenticated
from app.identity.queries import Citizen
from app.kernel import clock
from app.kernel.db import session, transaction
from app.trail import writing as trail
from app.volunteers import placing, registering
from app.volunteers.errors import RegionTaken, RegistrationEnded, VolunteerGuardianNeeded
from app.volunteers.models import Volunteer
from app.volunteers.registering import Checked, Person


def apply(citizen: Citizen, region: str) -> Volunteer:
    """A verified citizen applies to be registered; again gives the same. Until a unit agrees, no hour counts.

    Raises VolunteerTooYoung, VolunteerGuardianNeeded, RegionTaken (registered in another region),
    RegistrationEnded (for cause), Invalid, Unauthenticated.
    """
    with transaction():
        present = citizens.lock(citizen.id)
        if present is None or present.identity_index is None:
            raise Unauthenticated
        told = citizen_sealing.subject_of(present)
        volunteer = registering.found_or_made(_applicant(told.name, told.id_number, region), "applied")
        _apply_again(volunteer, region)
        trail.record(citizen.id, actor="citizen", who="本人", what="volunteer.apply", purpose="申请登记为志愿者",
                     about=f"volunteer:{volunteer.id}")
    return volunteer


def _applicant(name: str, number: str, region: str) -> Checked:
    """A guardian comes along to a unit: nobody's consent can be given in somebody else's mini-app."""
    checked = registering.check(Person(name, number, None, region))
    if checked.guardian_needed:
        raise VolunteerGuardianNeeded
    return checked


def _apply_again(volunteer: Volunteer, region: str) -> None:
    """Who was refused, or left by own wish, may. The person's own real-name check counts: nobody is asked again."""
    if volunteer.state == "registered":
        if volunteer.region != region:
            raise RegionTaken
        return
    if volunteer.left_cause == "cause":
        raise RegistrationEnded
    if volunteer.state != "applied":
        volunteer.state, volunteer.applied_at = "applied", clock.now()
        volunteer.reason = volunteer.left_cause = None
    if volunteer.region != region or volunteer.organisation_id is None:
        volunteer.region = region
        placing.place(volunteer, placing.home(region))
    volunteer.real_name_state, volunteer.real_name_by, volunteer.real_name_at = "matched", "citizen", clock.now()
    volunteer.real_name_due_at, volunteer.changed_at = None, clock.now()
    session().flush()
