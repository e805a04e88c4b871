"""Who answers for an organisation's certificates, and its seal: what has to be said before the first one is issued."""

import hashlib
import unicodedata
import uuid
from dataclasses import dataclass

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert

from app.identity import names
from app.kernel import clock
from app.kernel.db import session
from app.kernel.ids import new_id
from app.kernel.sealing import sealer
from app.staff import queries as staff
from app.staff.scoping import Scope, within
from app.trail import writing as trail
from app.volunteers.certificates import queries as certificate_queries
from app.volunteers.certificates import seal_reading
from app.volunteers.certificates.errors import CertificateFieldRefused, IssuerIncomplete
from app.volunteers.certificates.models import CertificateIssuer, OrganisationSeal

LENGTHS = {"responsible": 40, "handler": 40, "contact": 60}


@dataclass(frozen=True)
class Answering:
    """As the paper names them."""

    responsible: str
    handler: str
    contact: str
    self_service: bool


def state(scope: Scope, told: Answering) -> CertificateIssuer:
    """Say it for one's own organisation, anew. Raises RoleMissing, CertificateFieldRefused."""
    scope.need("hours_officer")
    fields = {name: getattr(told, name).strip() for name in LENGTHS}
    for name, text in fields.items():
        if not clear(text, LENGTHS[name]):
            raise CertificateFieldRefused(field=name)
    values = {**fields, "self_service": told.self_service, "said_by": scope.actor, "said_at": clock.now()}
    with within(scope) as s:
        path = _path(scope)
        s.execute(insert(CertificateIssuer)
                  .values(organisation_id=scope.organisation_id, organisation_path=path, **values)
                  .on_conflict_do_update(index_elements=["organisation_id"], set_=values))
        _tell(scope, "certificate.issuer_stated", "填写证明出具信息")
        return _issuer(scope)


def put_seal(scope: Scope, picture: bytes) -> OrganisationSeal:
    """A PNG of the seal of one's own organisation; the one before is kept for the papers that bear it.

    Raises RoleMissing, SealRefused.
    """
    scope.need("hours_officer")
    png = seal_reading.read(picture)
    with within(scope) as s:
        s.execute(update(OrganisationSeal).where(
            scope.sees(OrganisationSeal.organisation_path), OrganisationSeal.organisation_id == scope.organisation_id,
            OrganisationSeal.retired_at.is_(None)).values(retired_at=clock.now()))
        identity = new_id()
        made = OrganisationSeal(
            id=identity, organisation_id=scope.organisation_id, organisation_path=_path(scope),
            png_sealed=sealer().seal_service(_place(identity), png), digest=hashlib.sha256(png).hexdigest(),
            put_by=scope.actor)
        s.add(made)
        s.flush()
        _tell(scope, "certificate.seal_put", "上传证明印章")
    return made


def retire_seal(scope: Scope) -> None:
    """No new paper bears it from now on. Raises RoleMissing, IssuerIncomplete where there is none."""
    scope.need("hours_officer")
    with within(scope) as s:
        gone = s.execute(update(OrganisationSeal).where(
            scope.sees(OrganisationSeal.organisation_path), OrganisationSeal.organisation_id == scope.organisation_id,
            OrganisationSeal.retired_at.is_(None)).values(retired_at=clock.now()).returning(OrganisationSeal.id)).first()
        if gone is None:
            raise IssuerIncomplete
        _tell(scope, "certificate.seal_retired", "停用证明印章")


def picture(seal_id: uuid.UUID) -> bytes:
    """The PNG."""
    seal = session().get_one(OrganisationSeal, seal_id)
    return sealer().open_service(_place(seal.id), seal.png_sealed)


def clear(text: str, longest: int) -> bool:
    """Whether a paper can bear it: something, not too long, nothing that can't be seen."""
    return 1 <= len(text) <= longest and not any(unicodedata.category(char) in names.UNSEEN for char in text)


def _issuer(scope: Scope) -> CertificateIssuer:
    found = certificate_queries.issuer(scope.organisation_id)
    if found is None:
        raise IssuerIncomplete
    return found


def _path(scope: Scope) -> str:
    """The organisation's own, also where the scope is the province's and so all of it."""
    own = staff.organisation(scope.organisation_id)
    if own is None:
        raise IssuerIncomplete
    return own.path


def _place(seal_id: uuid.UUID) -> str:
    return f"organisation-seal:{seal_id}"


def _tell(scope: Scope, what: str, purpose: str) -> None:
    trail.record(None, actor=scope.actor, who="共青团组织", what=what, purpose=purpose,
                 about=f"organisation:{scope.organisation_id}")
