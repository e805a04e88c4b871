"""Section 2 of platform.md: fields that travel sealed, bound to the nonce of the request or the push."""

import re
import secrets
from dataclasses import dataclass, field
from typing import Any

from app.gateways.platform import wire
from app.gateways.platform.keys import PlatformKeys
from app.gateways.platform.suites import BadSeal
from app.kernel import jsons

FIELD_NAMES = {"enc", "kid", "iv", "ct"}
IV_BYTES, TAG_BYTES = 12, 16
ID_NUMBER = re.compile(r"[0-9]{17}[0-9X]")
PHONE = re.compile(r"[0-9]{11}")
RESIDENT_CARD = "111"
LONGEST_NAME = 128


@dataclass(frozen=True)
class Subject:
    """A person as the platform knows them: name and identity number (18 characters, upper-case X)."""

    name: str = field(repr=False)
    id_number: str = field(repr=False)
    id_type: str = RESIDENT_CARD


def seal_json(keys: PlatformKeys, value: Any, nonce: str) -> dict[str, str]:
    """Seal a JSON value for a message with this X-Nonce, under the current data key and a fresh iv."""
    return seal_with(keys, keys.data_key_id, secrets.token_bytes(IV_BYTES), jsons.dumps(value), nonce)


def seal_with(keys: PlatformKeys, kid: str, iv: bytes, plain: bytes, nonce: str) -> dict[str, str]:
    """As seal_json, with everything given: an iv is never used twice with a key."""
    box = keys.suite.seal(keys.data_keys[kid], iv, plain, nonce.encode("utf-8"))
    return {"enc": keys.suite.enc, "kid": kid, "iv": wire.base64url(iv), "ct": wire.base64url(box)}


def open_json(keys: PlatformKeys, sealed: object, nonce: str) -> Any:
    """The JSON value of a sealed field. Raises BadSeal, whatever is wrong with it."""
    if not isinstance(sealed, dict) or set(sealed) != FIELD_NAMES or sealed["enc"] != keys.suite.enc:
        raise BadSeal
    if not all(isinstance(value, str) for value in sealed.values()) or sealed["kid"] not in keys.data_keys:
        raise BadSeal
    try:
        iv, box = wire.strict_base64url(sealed["iv"]), wire.strict_base64url(sealed["ct"])
    except wire.Malformed:
        raise BadSeal from None
    if len(iv) != IV_BYTES or len(box) < TAG_BYTES:
        raise BadSeal
    plain = keys.suite.open(keys.data_keys[sealed["kid"]], iv, box, nonce.encode("utf-8"))
    try:
        return jsons.loads(plain)
    except jsons.NotJson:
        raise BadSeal from None


def seal_subject(keys: PlatformKeys, subject: Subject, nonce: str) -> dict[str, str]:
    plain = {"name": subject.name, "id_type": subject.id_type, "id_number": subject.id_number}
    return seal_json(keys, plain, nonce)


def open_subject(keys: PlatformKeys, sealed: object, nonce: str) -> Subject:
    """The subject of a push. Raises BadSeal, also where what opens is no subject."""
    plain = open_json(keys, sealed, nonce)
    if not isinstance(plain, dict) or set(plain) != {"name", "id_type", "id_number"}:
        raise BadSeal
    name, id_type, number = plain["name"], plain["id_type"], plain["id_number"]
    if not isinstance(name, str) or not 0 < len(name) <= LONGEST_NAME or id_type != RESIDENT_CARD:
        raise BadSeal
    if not isinstance(number, str) or not ID_NUMBER.fullmatch(number):
        raise BadSeal
    return Subject(name=name, id_number=number, id_type=id_type)
