"""What a certificate says, and how that is kept from being altered: a digest, and a signature of the service's own.

The text is canonical JSON with a random salt in it: who knows the digest, which the paper bears, can't try out the
digits that the public page masks.
"""

import hashlib
import re
import secrets
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from app.kernel import jsons
from app.kernel.sealing import SealBroken, keyring, sealer
from app.volunteers.certificates.errors import CertificateBroken, CertificatesUnready
from app.volunteers.certificates.models import Certificate
from app.volunteers.models import Volunteer

TITLE = "xinyi-plus certificate v1"  # keeps the signature from passing for one over anything else
ALGORITHM = ec.ECDSA(hashes.SHA256())
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # without I, L, O, U, which people take for others
NUMBER = re.compile(rf"ZM[0-9]{{4}}[{ALPHABET}]{{12}}")
PERMITS = ("81", "82", "83")


@dataclass(frozen=True)
class Line:
    """One activity: its first and last day in the period, and the minutes (negative ones put others right)."""

    activity: str
    first: str
    last: str
    minutes: int


@dataclass(frozen=True)
class Text:
    """All that stands on the paper. Days are YYYY-MM-DD; `more`: activities beyond the lines, and their minutes."""

    number: str
    name: str = field(repr=False)
    id_kind: str
    id_number: str = field(repr=False)
    volunteer_no: str
    first: str
    last: str
    minutes: int
    lines: tuple[Line, ...]
    more: int
    more_minutes: int
    issuer: str
    responsible: str
    handler: str
    contact: str
    issued_on: str
    note: str
    replaces: str
    salt: str = field(repr=False)


def new_number(day: date) -> str:
    """ZM, the year, and sixty random bits: no number tells another."""
    return f"ZM{day.year}" + "".join(secrets.choice(ALPHABET) for _ in range(12))


def shown_number(number: str) -> str:
    """ZM2026-8D3K-91TZ-0QWX."""
    return "-".join((number[:6], number[6:10], number[10:14], number[14:]))


def read_number(typed: str) -> str | None:
    """A number as people type it: lower case, spaces, hyphens, O for 0, I and L for 1. None for what can't be one."""
    told = re.sub(r"[\s-]", "", typed.upper())
    told = told[:2] + told[2:].translate(str.maketrans("OIL", "011"))
    return told if NUMBER.fullmatch(told) else None


def id_kind(id_number: str) -> str:
    return "港澳台居民居住证" if id_number.startswith(PERMITS) else "居民身份证"


def seal(certificate: Certificate, volunteer: Volunteer, text: Text) -> None:
    """Write the text into the certificate, sealed under the volunteer's key, with digest and signature.

    Raises CertificatesUnready where the keyring has no key for it.
    """
    keys = keyring().papers
    if keys is None:
        raise CertificatesUnready
    plain = jsons.dumps(asdict(text))
    certificate.digest = hashlib.sha256(plain).hexdigest()
    certificate.key_id = keys.current
    certificate.signature = keys.now.sign(_signed(text.number, certificate.digest), ALGORITHM)
    certificate.text_sealed = sealer().seal(_key(volunteer), volunteer.owner, _column(certificate), plain)


def opened(certificate: Certificate, volunteer: Volunteer) -> Text:
    """What it says, where that is what was signed. Raises CertificateBroken."""
    keys = keyring().papers
    key = None if keys is None else keys.by_id.get(certificate.key_id or "")
    try:
        plain = sealer().open(_key(volunteer), volunteer.owner, _column(certificate), certificate.text_sealed or b"")
        digest = hashlib.sha256(plain).hexdigest()
        if key is None or digest != certificate.digest:
            raise CertificateBroken
        key.public_key().verify(certificate.signature, _signed(certificate.certificate_no or "", digest), ALGORITHM)
    except (SealBroken, InvalidSignature):
        raise CertificateBroken from None
    told: dict[str, Any] = jsons.loads(plain)
    if told["number"] != certificate.certificate_no:
        raise CertificateBroken
    return Text(**{**told, "lines": tuple(Line(**line) for line in told["lines"])})


def check_code(certificate: Certificate) -> str:
    """The digest's first sixteen digits: on the paper, and on the public page."""
    told = (certificate.digest or "")[:16].upper()
    return " ".join(told[at:at + 4] for at in range(0, 16, 4))


def duration(minutes: int) -> str:
    """125 小时 30 分钟."""
    sign, whole = ("-", -minutes) if minutes < 0 else ("", minutes)
    hours, rest = divmod(whole, 60)
    return sign + " ".join(part for part in (f"{hours} 小时" if hours or not rest else "",
                                             f"{rest} 分钟" if rest else "") if part)


def _signed(number: str, digest: str) -> bytes:
    return f"{TITLE}\n{number}\n{digest}\n".encode()


def _column(certificate: Certificate) -> str:
    """Bound to its row, so that one text can't be put in another's place."""
    return f"certificate.text|{certificate.id}"


def _key(volunteer: Volunteer) -> bytes:
    if volunteer.data_key is None:
        raise SealBroken("the key is destroyed")
    return volunteer.data_key
