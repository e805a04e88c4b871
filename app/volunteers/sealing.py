"""What names a volunteer, sealed under the volunteer's own key; names are found by a keyed index of the whole name."""

import uuid

from sqlalchemy import select

from app.gateways.platform.sealing import Subject
from app.kernel.db import transaction
from app.kernel.sealing import SealBroken, sealer
from app.volunteers.models import Volunteer

NAME, ID_NUMBER, PHONE, GUARDIAN = ("volunteer.name", "volunteer.id_number", "volunteer.phone", "volunteer.guardian")


def owner(volunteer_id: uuid.UUID) -> str:
    return f"volunteer:{volunteer_id}"


def name_index(name: str) -> bytes:
    """The keyed index by which exactly this name is found."""
    return sealer().index("volunteer-name", name)


def index_names(most: int = 1000) -> int:
    """Entries from before names were indexed (migration 0024 has no key): so many of them are, how many were."""
    with transaction() as s:
        left = s.scalars(select(Volunteer).where(Volunteer.name_index.is_(None), Volunteer.name_sealed.is_not(None),
                                                  Volunteer.data_key.is_not(None))
                         .order_by(Volunteer.id).limit(most).with_for_update(skip_locked=True)).all()
        for volunteer in left:
            volunteer.name_index = name_index(name_of(volunteer) or "")
    return len(left)


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
