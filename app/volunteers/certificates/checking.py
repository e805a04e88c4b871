"""Anybody checks a certificate: its number, and the last four of the identity number that stands on the paper.

One answer, at the same moment, for a wrong number, wrong four and a wrong name. Wrong tries are counted by number and
by network in PostgreSQL, before they are looked at, so that nobody tries out the ten thousand.
"""

import hmac
import re
from dataclasses import dataclass, field
from datetime import date, datetime

import structlog
from sqlalchemy import select

from app.identity import names
from app.kernel import clock
from app.kernel.db import session, transaction
from app.staff import tries
from app.staff.errors import LockedOut
from app.trail import writing as trail
from app.volunteers.certificates import texts as certificate_text
from app.volunteers.certificates.errors import CertificateBroken, CertificateCheckFailed, CertificateChecksUsedUp
from app.volunteers.certificates.models import Certificate
from app.volunteers.certificates.texts import Text
from app.volunteers.models import Volunteer

log = structlog.get_logger()
TAIL = re.compile(r"[0-9]{3}[0-9Xx]")


@dataclass(frozen=True)
class Paper:
    """What the public page shows: nothing that the paper doesn't. `text` is None where it holds no longer."""

    number: str
    state: str  # issued, voided, superseded
    name: str = field(repr=False)
    id_number: str = field(repr=False)
    check_code: str
    text: Text | None
    ended_on: date | None


def look(typed: str, tail: str, name: str, address: str | None) -> Paper:
    """`typed`: the number as people type it; `name`: as it stands on the paper, or empty. `address`: who asks.

    Raises CertificateChecksUsedUp, CertificateCheckFailed (also for what was altered in our books).
    """
    number, asked_at = certificate_text.read_number(typed) or "", tries.network(address)
    _count(number, asked_at)
    found = _found(number)
    text = None if found is None else _opened(*found)
    told = ("", "") if text is None else (text.id_number[-4:], text.name)
    right = hmac.compare_digest(told[0].encode(), tail.upper().encode()) and TAIL.fullmatch(tail) is not None
    if found is None or text is None or not right or (name and name.strip() != told[1]):
        raise CertificateCheckFailed
    _forgive(number, asked_at)
    certificate, volunteer = found
    _tell(certificate, volunteer)
    holds = certificate.state == "issued"
    return Paper(number, certificate.state, names.masked(text.name), masked(text.id_number),
                 certificate_text.check_code(certificate), text if holds else None, _day(certificate.ended_at))


def masked(id_number: str) -> str:
    """3*************1234: the last four were typed by who looks."""
    return id_number[0] + "*" * (len(id_number) - 5) + id_number[-4:]


def _found(number: str) -> tuple[Certificate, Volunteer] | None:
    row = session().execute(
        select(Certificate, Volunteer).join(Volunteer, Volunteer.id == Certificate.volunteer_id)
        .where(Certificate.certificate_no == number).execution_options(populate_existing=True)).first()
    return None if row is None else (row[0], row[1])


def _opened(certificate: Certificate, volunteer: Volunteer) -> Text | None:
    """None for what was altered: nobody's, and somebody of ours has to look."""
    try:
        return certificate_text.opened(certificate, volunteer)
    except CertificateBroken:
        log.error("certificate_broken", certificate=str(certificate.id))
        return None


def _count(number: str, asked_at: str) -> None:
    try:
        tries.count("network", f"certificate|{asked_at}")
        if number:  # what can't be one is nobody's to try out
            tries.count("code", f"certificate|{number}")
    except LockedOut as no:
        raise CertificateChecksUsedUp(retry_after=no.retry_after) from None


def _forgive(number: str, asked_at: str) -> None:
    tries.forgive("network", f"certificate|{asked_at}")
    tries.forgive("code", f"certificate|{number}")


def _tell(certificate: Certificate, volunteer: Volunteer) -> None:
    """Its person sees in the access log that somebody checked it."""
    with transaction():
        trail.record(None, actor="public", who="公众查验", what="certificate.checked", purpose="查验志愿服务记录证明",
                     about=f"volunteer:{volunteer.id}")


def _day(moment: datetime | None) -> date | None:
    return None if moment is None else clock.shanghai_day(moment)
