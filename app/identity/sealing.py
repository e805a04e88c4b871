"""What names a person, sealed under the person's own key, and found by keyed indexes."""

import uuid

from app.gateways.platform.sealing import Subject
from app.identity.models import Citizen
from app.kernel.sealing import SealBroken, sealer

NAME, ID_NUMBER, PHONE, OPENID = "citizen.name", "citizen.id_number", "citizen.phone", "citizen.openid"


def new_key(citizen_id: uuid.UUID) -> bytes:
    """A fresh wrapped data key for a citizen who is about to be written."""
    return sealer().new_data_key(f"citizen:{citizen_id}")


def seal_for(citizen: Citizen, column: str, plain: bytes) -> bytes:
    """Seal for this citizen and column. Raises SealBroken where the citizen's key was destroyed."""
    return sealer().seal(_key(citizen), citizen.owner, column, plain)


def open_for(citizen: Citizen, column: str, sealed: bytes) -> bytes:
    """What was sealed for this citizen and column. Raises SealBroken."""
    return sealer().open(_key(citizen), citizen.owner, column, sealed)


def text_of(citizen: Citizen, column: str, sealed: bytes | None) -> str | None:
    """A sealed text, None where nothing is sealed. Raises SealBroken."""
    return None if sealed is None else open_for(citizen, column, sealed).decode()


def name_of(citizen: Citizen) -> str | None:
    return text_of(citizen, NAME, citizen.name_sealed)


def id_number_of(citizen: Citizen) -> str | None:
    return text_of(citizen, ID_NUMBER, citizen.id_number_sealed)


def phone_of(citizen: Citizen) -> str | None:
    return text_of(citizen, PHONE, citizen.phone_sealed)


def openid_of(citizen: Citizen) -> str:
    """The WeChat account, for sending. Raises SealBroken where the citizen was erased."""
    openid = text_of(citizen, OPENID, citizen.openid_sealed)
    if openid is None:
        raise SealBroken("it is gone")
    return openid


def subject_of(citizen: Citizen) -> Subject:
    """A verified citizen as the platform knows them. Raises SealBroken for one who isn't verified, or was erased."""
    name, id_number = name_of(citizen), id_number_of(citizen)
    if name is None or id_number is None:
        raise SealBroken("there is no identity")
    return Subject(name=name, id_number=id_number)


def identity_index(id_number: str) -> bytes:
    """The keyed index of an identity number in the form of `numbers.read`."""
    return sealer().index("identity", id_number)


def openid_index(openid: str) -> bytes:
    return sealer().index("openid", openid)


def _key(citizen: Citizen) -> bytes:
    if citizen.data_key is None:
        raise SealBroken("the key is destroyed")
    return citizen.data_key
