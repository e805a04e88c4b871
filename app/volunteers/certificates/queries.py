"""Reads of certificates: for staff within their scope, for a citizen their own; what there is to certify."""

import uuid
from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import func, select

from app.kernel.db import session
from app.staff.scoping import END, Scope
from app.volunteers.certificates.models import Certificate, CertificateIssuer, OrganisationSeal
from app.volunteers.certificates.texts import Line
from app.volunteers.models import ServiceRecord, Volunteer


def listed(scope: Scope) -> Any:
    """All that this scope sees: id, state, source, certificate_no, minutes, period_from, period_to, issued_at,
    created_at, organisation_id, volunteer_id, and volunteer_no (None: the volunteer is elsewhere by now).
    """
    return (select(Certificate.id, Certificate.state, Certificate.source, Certificate.certificate_no,
                   Certificate.minutes, Certificate.period_from, Certificate.period_to, Certificate.issued_at,
                   Certificate.created_at, Certificate.organisation_id, Certificate.volunteer_id,
                   Volunteer.volunteer_no)
            .outerjoin(Volunteer, Volunteer.id == Certificate.volunteer_id)
            .where(scope.sees(Certificate.organisation_path)))


def seen(scope: Scope, certificate_id: uuid.UUID, *, lock: bool = False) -> Certificate | None:
    """The certificate where the scope sees it."""
    query = select(Certificate).where(scope.sees(Certificate.organisation_path), Certificate.id == certificate_id)
    return session().scalar((query.with_for_update(key_share=True) if lock else query)
                            .execution_options(populate_existing=True))


def of_volunteer(volunteer_id: uuid.UUID) -> list[Certificate]:
    """A volunteer's own, newest first."""
    return list(session().scalars(select(Certificate).where(Certificate.volunteer_id == volunteer_id)
                                  .order_by(Certificate.created_at.desc(), Certificate.id.desc()).limit(100)
                                  .execution_options(populate_existing=True)))


def seen_of_volunteer(scope: Scope, volunteer_id: uuid.UUID, limit: int) -> list[Certificate]:
    """Those of a volunteer that the scope sees, newest first."""
    return list(session().scalars(select(Certificate).where(
        scope.sees(Certificate.organisation_path), Certificate.volunteer_id == volunteer_id)
        .order_by(Certificate.created_at.desc(), Certificate.id.desc()).limit(limit)
        .execution_options(populate_existing=True)))


def waiting(volunteer_id: uuid.UUID, first: date, last: date) -> Certificate:
    """The one that waits for these days."""
    return session().scalars(select(Certificate).where(
        Certificate.volunteer_id == volunteer_id, Certificate.state == "asked", Certificate.period_from == first,
        Certificate.period_to == last).execution_options(populate_existing=True)).one()


def asked_for(scope: Scope) -> int:
    """How many wait to be issued."""
    return session().scalar(select(func.count()).select_from(Certificate).where(
        scope.sees(Certificate.organisation_path), Certificate.state == "asked")) or 0


def replaced_by(certificate_id: uuid.UUID) -> Certificate | None:
    return session().scalar(select(Certificate).where(Certificate.replaces_id == certificate_id))


def number_of(certificate_id: uuid.UUID | None) -> str:
    """Its number; empty where there is none."""
    return "" if certificate_id is None else session().scalar(
        select(Certificate.certificate_no).where(Certificate.id == certificate_id)) or ""


def issuer(organisation_id: uuid.UUID | None) -> CertificateIssuer | None:
    return None if organisation_id is None else session().get(CertificateIssuer, organisation_id,
                                                              populate_existing=True)


def live_seal(organisation_id: uuid.UUID | None) -> OrganisationSeal | None:
    return session().scalar(select(OrganisationSeal).where(OrganisationSeal.organisation_id == organisation_id,
                                                           OrganisationSeal.retired_at.is_(None)))


def seals(organisation_id: uuid.UUID) -> list[OrganisationSeal]:
    """The newest first."""
    return list(session().scalars(select(OrganisationSeal).where(OrganisationSeal.organisation_id == organisation_id)
                                  .order_by(OrganisationSeal.put_at.desc()).limit(20)))


def contents(volunteer_id: uuid.UUID, path: str, first: date, last: date) -> Sequence[Line]:
    """What `path` and those below it recorded for the volunteer in these days, by activity: confirmed records are all
    that there are, and corrections are among them. What comes to nothing is left out.
    """
    minutes, began = func.sum(ServiceRecord.minutes), func.min(ServiceRecord.served_on)
    rows = session().execute(
        select(ServiceRecord.activity, began, func.max(ServiceRecord.served_on), minutes)
        .where(ServiceRecord.volunteer_id == volunteer_id, ServiceRecord.served_on.between(first, last),
               ServiceRecord.organisation_path >= path, ServiceRecord.organisation_path < path + END)
        .group_by(ServiceRecord.activity).having(minutes != 0).order_by(began, ServiceRecord.activity))
    return [Line(activity, start.isoformat(), end.isoformat(), int(total)) for activity, start, end, total in rows]


def recorders(volunteer_id: uuid.UUID, first: date, last: date) -> list[str]:
    """The paths of all who recorded something for the volunteer in these days."""
    return list(session().scalars(
        select(ServiceRecord.organisation_path).distinct().where(
            ServiceRecord.volunteer_id == volunteer_id, ServiceRecord.served_on.between(first, last))))
