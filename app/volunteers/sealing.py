"""What names a volunteer, sealed under the volunteer's own key; names are found by a keyed index of the whole name."""

import uuid

from app.gateways.platform.sealing import Subject
from app.kernel.sealing import SealBroken, sealer
from app.volunteers.models import Volunteer

NAME, ID_NUMBER, PHONE, GUARDIAN = ("volunteer.name", "volunteer.id_number", "volunteer.phone", "volunteer.guardian")


def owner(volunteer_id: uuid.UUID) -> str:
    return f"volunteer:{volunteer_id}"


def name_index(name: str) -> bytes:
    """The keyed index by which exactly this name is found."""
    return sealer().index("volunteer-name", name)


def seal_for(volunteer: Volunteer, column: str, plain: bytes) -> bytes:
    """Seal for this volunteer and column. Raises SealBroken where the key is gone."""
    return sealer().seal(_key(volunteer), volunteer.owner, column, plain)


def text_of(volunteer: Volunteer, column: str, sealed: bytes | None) -> str | None:
    """A sealed text, None where nothing is sealed. Raises SealBroken."""
    return None if sealed is None else sealer().open(_key(volunteer), volunteer.owner, column, sealed).decode()


def name_of(volunteer: Volunteer) -> str | None:
    return text_of(volunteer, NAME, volunteer.name_sealed)


def id_number_of(volunteer: Volunteer) -> str | None:
    """None for who was taken in before numbers were kept, until their unit registers them again."""
    return text_of(volunteer, ID_NUMBER, volunteer.id_number_sealed)


def phone_of(volunteer: Volunteer) -> str | None:
    return text_of(volunteer, PHONE, volunteer.phone_sealed)


def subject_of(volunteer: Volunteer) -> Subject:
    """As the platform knows people. Raises SealBroken where name or number isn't kept."""
    name, id_number = name_of(volunteer), id_number_of(volunteer)
    if name is None or id_number is None:
        raise SealBroken("there is no identity")
    return Subject(name=name, id_number=id_number)


def _key(volunteer: Volunteer) -> bytes:
    if volunteer.data_key is None:
        raise SealBroken("the key is destroyed")
    return volunteer.data_key
