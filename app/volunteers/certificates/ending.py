"""A certificate that holds no longer: voided with a reason, or replaced by a new one that names it."""

import uuid

from sqlalchemy import update

from app.kernel import clock
from app.kernel.db import session
from app.staff.scoping import Scope, within
from app.volunteers import noting
from app.volunteers.certificates.certifying import (
    Issuing,
    Wish,
    check,
    draft,
    handler,
    known,
    reasoned,
    registered,
    write,
)
from app.volunteers.certificates.errors import CertificateStateWrong
from app.volunteers.certificates.models import Certificate
from app.volunteers.models import Volunteer
from app.volunteers.queries import seen


def void(scope: Scope, certificate_id: uuid.UUID, reason: str) -> Certificate:
    """From now on the public page says so. Raises RoleMissing, CertificateFieldRefused, CertificateUnknown,
    CertificateStateWrong.
    """
    scope.need("hours_officer")
    said = reasoned(reason)
    with within(scope):
        ended = known(scope, certificate_id)
        _end(ended, "voided", said, scope)
        volunteer = seen(scope, ended.volunteer_id)
        if volunteer is not None:
            noting.note(scope, volunteer, "certificate.voided", "作废志愿服务记录证明")
    return ended


def reissue(scope: Scope, certificate_id: uuid.UUID, reason: str, note: str | None = None) -> Certificate:
    """A new one over the same days, from the records as they are now; it names the old one, which holds no longer.

    Raises as `void` and `certifying.issue`.
    """
    scope.need("hours_officer")
    said = reasoned(reason)
    with within(scope):
        old = known(scope, certificate_id)
        wish = Wish(old.period_from, old.period_to, old.note if note is None else note)
        check(wish)
        volunteer: Volunteer = registered(scope, old.volunteer_id)
        _end(old, "superseded", said, scope)
        made = draft(volunteer, wish, "staff", scope.organisation_id)
        made.replaces_id = old.id
        write(made, volunteer, Issuing(scope.organisation_id, handler(scope), scope.actor))
        session().add(made)
        session().flush()
        noting.note(scope, volunteer, "certificate.reissued", "换发志愿服务记录证明")
    return made


def _end(certificate: Certificate, state: str, reason: str, scope: Scope) -> None:
    turned = session().execute(
        update(Certificate).where(Certificate.id == certificate.id, Certificate.state == "issued",
                                  scope.sees(Certificate.organisation_path))
        .values(state=state, ended_by=scope.actor, ended_at=clock.now(), end_reason=reason)
        .returning(Certificate.id).execution_options(synchronize_session="fetch")).first()
    if turned is None:
        raise CertificateStateWrong
