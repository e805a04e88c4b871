"""Handing out a certificate's paper: to its volunteer, and to staff; each look is written down."""

import uuid
from urllib.parse import urlencode

from app.identity.queries import Citizen
from app.kernel.db import session, transaction
from app.kernel.settings import settings
from app.staff.scoping import Scope, within
from app.trail import writing as trail
from app.volunteers import noting, queries
from app.volunteers.certificates import issuers, printing
from app.volunteers.certificates import texts as certificate_text
from app.volunteers.certificates.certifying import known
from app.volunteers.certificates.errors import CertificateNotIssued, CertificateUnknown
from app.volunteers.certificates.models import Certificate
from app.volunteers.certificates.printing import Paper
from app.volunteers.certificates.texts import Text
from app.volunteers.errors import VolunteerUnknown
from app.volunteers.models import Volunteer

CHECK_PAGE = "/portal/certificates"


def own(citizen: Citizen, certificate_id: uuid.UUID) -> tuple[Certificate, Volunteer]:
    """The citizen's own. Raises CertificateUnknown, also for another's."""
    volunteer = queries.of_citizen(citizen)
    found = session().get(Certificate, certificate_id, populate_existing=True)
    if volunteer is None or found is None or found.volunteer_id != volunteer.id:
        raise CertificateUnknown
    return found, volunteer


def to_citizen(citizen: Citizen, certificate_id: uuid.UUID) -> bytes:
    """The PDF. Raises CertificateUnknown, CertificateNotIssued, CertificateBroken."""
    with transaction():
        found, volunteer = own(citizen, certificate_id)
        paper = _paper(found, volunteer)
        trail.record(citizen.id, actor="citizen", who="本人", what="certificate.downloaded",
                     purpose="下载志愿服务记录证明", about=f"certificate:{found.id}")
    return printing.print_out(paper)


def to_staff(scope: Scope, certificate_id: uuid.UUID) -> bytes:
    """The PDF, with the whole identity: written down for its volunteer to see.

    Raises RoleMissing, CertificateUnknown, VolunteerUnknown, CertificateNotIssued, CertificateBroken.
    """
    scope.need("hours_officer", "reviewer")
    with within(scope):
        found, volunteer = _seen(scope, certificate_id)
        paper = _paper(found, volunteer)
        noting.note(scope, volunteer, "certificate.printed", "打印志愿服务记录证明")
    return printing.print_out(paper)


def read(scope: Scope, certificate_id: uuid.UUID) -> tuple[Certificate, Volunteer | None, Text | None]:
    """For a page, which masks what names the person. No volunteer, and no text, where they are elsewhere by now; no
    text where there is no paper. Raises CertificateUnknown, CertificateBroken.
    """
    with within(scope):
        found = known(scope, certificate_id)
        volunteer = queries.seen(scope, found.volunteer_id)
        if volunteer is None:
            return found, None, None
        text = None if found.text_sealed is None else certificate_text.opened(found, volunteer)
        noting.note(scope, volunteer, "certificate.read", "查看志愿服务记录证明")
    return found, volunteer, text


def check_url(number: str) -> str:
    """Where anybody checks it: the address holds the number, and nothing else."""
    return f"{settings().PUBLIC_BASE_URL.rstrip('/')}{CHECK_PAGE}?{urlencode({'number': number})}"


def _seen(scope: Scope, certificate_id: uuid.UUID) -> tuple[Certificate, Volunteer]:
    found = known(scope, certificate_id)
    volunteer = queries.seen(scope, found.volunteer_id)
    if volunteer is None:
        raise VolunteerUnknown
    return found, volunteer


def _paper(certificate: Certificate, volunteer: Volunteer) -> Paper:
    if certificate.state != "issued" or certificate.seal_id is None:
        raise CertificateNotIssued
    text = certificate_text.opened(certificate, volunteer)
    return Paper(text, certificate_text.check_code(certificate), issuers.picture(certificate.seal_id),
                 check_url(text.number))
