"""Certificates of service: issued by an hours officer, or asked for by the volunteer; free, and from records only."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert

from app.identity import queries as citizens
from app.identity.queries import Citizen
from app.kernel import clock
from app.kernel.db import session, transaction
from app.kernel.ids import new_id
from app.kernel.sealing import SealBroken
from app.staff import queries as staff
from app.staff.scoping import Scope, within
from app.trail import writing as trail
from app.volunteers import noting, queries, sealing
from app.volunteers.certificates import queries as certificate_queries
from app.volunteers.certificates.errors import (
    CertificateFieldRefused,
    CertificatePeriodWrong,
    CertificateStateWrong,
    CertificateUnknown,
    IssuerIncomplete,
    NothingToCertify,
    VolunteerIdentityDoubted,
    VolunteerIdentityMissing,
)
from app.volunteers.certificates.issuers import clear
from app.volunteers.certificates.models import Certificate
from app.volunteers.certificates.texts import Line, Text, id_kind, new_number, seal
from app.volunteers.errors import NotAVolunteer, VolunteerUnknown
from app.volunteers.models import Volunteer

MOST_LINES = 60  # what three pages hold; the rest is told as one sum
LONGEST_NOTE, LONGEST_REASON = 200, 200


@dataclass(frozen=True)
class Wish:
    """Which days, both counted, and what else the paper says (no identity data)."""

    first: date
    last: date
    note: str = ""


@dataclass(frozen=True)
class Issuing:
    """Who issues: an organisation, who handles it, and the actor of the trail."""

    organisation_id: uuid.UUID
    handler: str
    actor: str


def issue(scope: Scope, volunteer_id: uuid.UUID, wish: Wish) -> Certificate:
    """Issued by the officer's own organisation to a volunteer of their subtree.

    Raises RoleMissing, VolunteerUnknown (also one who isn't registered), CertificatePeriodWrong,
    CertificateFieldRefused, NothingToCertify, IssuerIncomplete, VolunteerIdentityMissing, VolunteerIdentityDoubted,
    CertificatesUnready.
    """
    scope.need("hours_officer")
    check(wish)
    with within(scope):
        volunteer = registered(scope, volunteer_id)
        made = draft(volunteer, wish, "staff", scope.organisation_id)
        write(made, volunteer, Issuing(scope.organisation_id, handler(scope), scope.actor))
        session().add(made)
        session().flush()
        noting.note(scope, volunteer, "certificate.issued", "出具志愿服务记录证明")
    return made


def ask(citizen: Citizen, wish: Wish) -> Certificate:
    """A volunteer asks for their own: issued at once where the organisation lets the system do so, else put before it.
    Asked for again while it waits, it is the same.

    Raises NotAVolunteer, CertificatePeriodWrong, CertificateFieldRefused, NothingToCertify,
    VolunteerIdentityMissing, VolunteerIdentityDoubted, CertificatesUnready.
    """
    check(wish)
    with transaction():
        citizens.hold(citizen.id)
        found = queries.of_citizen(citizen)
        volunteer = None if found is None else queries.lock(found.id)
        if volunteer is None or volunteer.state != "registered":
            raise NotAVolunteer
        made = draft(volunteer, wish, "citizen", answering(volunteer, wish))
        told = certificate_queries.issuer(made.organisation_id)
        if told is not None and told.self_service and certificate_queries.live_seal(told.organisation_id) is not None:
            write(made, volunteer, Issuing(told.organisation_id, told.handler, "citizen"))
            session().add(made)
            session().flush()
        else:
            made = _put_before(made)
        trail.record(citizen.id, actor="citizen", who="本人", what="certificate.asked", purpose="申请志愿服务记录证明",
                     about=f"certificate:{made.id}")
    return made


def answer(scope: Scope, certificate_id: uuid.UUID) -> Certificate:
    """Issue what was asked for. Raises as `issue`, CertificateUnknown, CertificateStateWrong."""
    scope.need("hours_officer")
    with within(scope):
        volunteer = registered(scope, known(scope, certificate_id).volunteer_id)
        asked = known(scope, certificate_id, lock=True)
        if asked.state != "asked":
            raise CertificateStateWrong
        write(asked, volunteer, Issuing(scope.organisation_id, handler(scope), scope.actor))
        session().flush()
        noting.note(scope, volunteer, "certificate.issued", "出具志愿服务记录证明")
    return asked


def refuse(scope: Scope, certificate_id: uuid.UUID, reason: str) -> None:
    """Not issued, with a reason that the volunteer reads. Raises RoleMissing, CertificateFieldRefused,
    CertificateUnknown, CertificateStateWrong.
    """
    scope.need("hours_officer")
    said = reasoned(reason)
    with within(scope) as s:
        asked = known(scope, certificate_id)
        turned = s.execute(update(Certificate).where(Certificate.id == asked.id, Certificate.state == "asked")
                           .values(state="refused", ended_by=scope.actor, ended_at=clock.now(), end_reason=said)
                           .returning(Certificate.id).execution_options(synchronize_session=False)).first()
        if turned is None:
            raise CertificateStateWrong
        volunteer = queries.seen(scope, asked.volunteer_id)
        if volunteer is not None:
            noting.note(scope, volunteer, "certificate.refused", "未出具志愿服务记录证明")


def check(wish: Wish) -> None:
    """Raises CertificatePeriodWrong, CertificateFieldRefused."""
    if not date(1990, 1, 1) <= wish.first <= wish.last <= clock.today():
        raise CertificatePeriodWrong
    if wish.note and not clear(wish.note, LONGEST_NOTE):
        raise CertificateFieldRefused(field="note")


def reasoned(reason: str) -> str:
    """Raises CertificateFieldRefused."""
    said = reason.strip()
    if not clear(said, LONGEST_REASON):
        raise CertificateFieldRefused(field="reason")
    return said


def registered(scope: Scope, volunteer_id: uuid.UUID) -> Volunteer:
    """Locked. Raises VolunteerUnknown."""
    volunteer = queries.seen(scope, volunteer_id, lock=True)
    if volunteer is None or volunteer.state != "registered":
        raise VolunteerUnknown
    return volunteer


def known(scope: Scope, certificate_id: uuid.UUID, *, lock: bool = False) -> Certificate:
    """Where the scope sees it. Raises CertificateUnknown."""
    found = certificate_queries.seen(scope, certificate_id, lock=lock)
    if found is None:
        raise CertificateUnknown
    return found


def handler(scope: Scope) -> str:
    """The officer's name, as the account has it."""
    account = staff.get(scope.account_id)
    return "" if account is None else account.display_name


def draft(volunteer: Volunteer, wish: Wish, source: str, organisation_id: uuid.UUID | None) -> Certificate:
    """Asked for, with nothing issued yet."""
    own = staff.organisation(organisation_id)
    return Certificate(id=new_id(), volunteer_id=volunteer.id, organisation_id=organisation_id,
                       organisation_path="/" if own is None else own.path, state="asked", source=source,
                       period_from=wish.first, period_to=wish.last, note=wish.note.strip(), created_at=clock.now())


def answering(volunteer: Volunteer, wish: Wish) -> uuid.UUID | None:
    """Who is to certify. Who recorded answers for it (谁记录谁证明): the nearest organisation above the volunteer and
    all who recorded something in these days, or the first above that one which issues by itself.

    Raises NothingToCertify.
    """
    paths = certificate_queries.recorders(volunteer.id, wish.first, wish.last)
    if not paths:
        raise NothingToCertify
    path = _shared([volunteer.organisation_path, *paths])
    above = [uuid.UUID(part) for part in reversed(path.strip("/").split("/")) if part]
    for each in above:
        told = certificate_queries.issuer(each)
        if told is not None and told.self_service and certificate_queries.live_seal(each) is not None:
            return each
    return above[0] if above else None


def write(made: Certificate, volunteer: Volunteer, issuing: Issuing) -> None:
    """Fill it with all that the paper says, and sign it. Raises IssuerIncomplete, NothingToCertify,
    VolunteerIdentityMissing, VolunteerIdentityDoubted, CertificatesUnready.
    """
    own = staff.organisation(issuing.organisation_id)
    told = certificate_queries.issuer(issuing.organisation_id)
    stamp = certificate_queries.live_seal(issuing.organisation_id)
    if own is None or told is None or stamp is None:
        raise IssuerIncomplete
    lines = certificate_queries.contents(volunteer.id, "/" if own.level == "province" else own.path, made.period_from,
                                         made.period_to)
    total = _sum(lines)
    if total <= 0:
        raise NothingToCertify
    made.certificate_no, made.minutes, made.state = new_number(clock.today()), total, "issued"
    made.organisation_id, made.organisation_path, made.seal_id = own.id, own.path, stamp.id
    made.issued_by, made.issued_at = issuing.actor, clock.now()
    name, number = _identity(volunteer)
    rest = lines[MOST_LINES:]
    seal(made, volunteer, Text(
        number=made.certificate_no, name=name, id_kind=id_kind(number), id_number=number,
        volunteer_no=volunteer.volunteer_no, first=made.period_from.isoformat(), last=made.period_to.isoformat(),
        minutes=total, lines=tuple(lines[:MOST_LINES]), more=len(rest), more_minutes=_sum(rest), issuer=own.name,
        responsible=told.responsible, handler=issuing.handler or told.handler, contact=told.contact,
        issued_on=clock.today().isoformat(), note=made.note,
        replaces=certificate_queries.number_of(made.replaces_id), salt=uuid.uuid4().hex))


def _identity(volunteer: Volunteer) -> tuple[str, str]:
    """A paper about somebody who isn't that person would be a false one."""
    if volunteer.real_name_state == "mismatched":
        raise VolunteerIdentityDoubted
    try:
        subject = sealing.subject_of(volunteer)
    except SealBroken:
        raise VolunteerIdentityMissing from None
    return subject.name, subject.id_number


def _put_before(made: Certificate) -> Certificate:
    """Of two that ask for the same at once, one row is made."""
    lines = certificate_queries.contents(made.volunteer_id, "/", made.period_from, made.period_to)
    if _sum(lines) <= 0:
        raise NothingToCertify
    values = {name: getattr(made, name) for name in (
        "id", "volunteer_id", "organisation_id", "organisation_path", "state", "source", "period_from", "period_to",
        "note", "created_at")}
    session().execute(insert(Certificate).values(**values).on_conflict_do_nothing())
    return certificate_queries.waiting(made.volunteer_id, made.period_from, made.period_to)


def _shared(paths: list[str]) -> str:
    """The longest path that all of these begin with: /a/b/ and /a/c/ share /a/."""
    parts = [path.strip("/").split("/") for path in paths]
    shared = []
    for level in zip(*parts, strict=False):
        if len(set(level)) != 1:
            break
        shared.append(level[0])
    return "/" + "".join(f"{part}/" for part in shared if part)


def _sum(lines: Sequence[Line]) -> int:
    return sum(line.minutes for line in lines)
