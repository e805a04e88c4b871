"""The citizen's side of an application: documents, the signed commitment, and sending it off when all is there."""

import hashlib
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from app.benefits import life, needing, redeeming
from app.benefits.errors import (
    CommitmentTextChanged,
    DocumentRefused,
    DocumentsTooMany,
    DocumentTooLarge,
    DocumentUnknown,
    EntitlementNotFound,
    NoCommitment,
    NotAnApplication,
    NotReady,
    WrongState,
)
from app.benefits.models import Application, Commitment, Document, Entitlement
from app.identity import queries as citizens
from app.identity import sealing
from app.kernel import clock, media
from app.kernel.db import retrying, session, transaction
from app.kernel.ids import new_id
from app.kernel.settings import settings
from app.scenario.access import scenarios
from app.scenario.contract import Role

AT_MOST = 60  # documents in one application, other versions of the same one too
CONTENT, FILE_NAME = "document.content", "document.file_name"
BAD_NAME = re.compile(r"[\x00-\x1f\x7f/\\]")


@dataclass(frozen=True)
class File:
    """What was uploaded. The browser's word on its type counts for nothing: the content says it."""

    file_name: str
    content: bytes


def hand_in(citizen_id: uuid.UUID, entitlement_id: uuid.UUID, name: str, file: File) -> Document:
    """One document, sealed under the citizen's key. The same content under the same name is kept once.

    Raises EntitlementNotFound, NotAnApplication, WrongState (it is over), DocumentUnknown, DocumentRefused,
    DocumentTooLarge, DocumentsTooMany.
    """
    media_type = _media_type(file.content)
    return retrying(lambda: _hand_in(citizen_id, entitlement_id, name, file, media_type))


def sign(citizen_id: uuid.UUID, entitlement_id: uuid.UUID, template_version: str, digest: str) -> Commitment:
    """Sign the undertaking that the offer's terms name; what was read is what is kept.

    Raises EntitlementNotFound, NotAnApplication, NoCommitment, CommitmentTextChanged, WrongState.
    """
    return retrying(lambda: _sign(citizen_id, entitlement_id, template_version, digest))


def template(entitlement: Entitlement) -> Mapping[str, Any] | None:
    """{template_version, digest, text, public} of the undertaking to be signed; None where there is none."""
    text = scenarios()[entitlement.scenario].commitment(entitlement.terms)
    if text is None:
        return None
    return {"template_version": text.version, "digest": text.digest, "text": text.text, "public": text.public}


def own(citizen_id: uuid.UUID, entitlement_id: uuid.UUID) -> Entitlement:
    """The citizen's own application. Raises EntitlementNotFound, NotAnApplication."""
    found = session().scalar(
        select(Entitlement).where(Entitlement.id == entitlement_id, Entitlement.citizen_id == citizen_id)
        .execution_options(populate_existing=True))
    if found is None:
        raise EntitlementNotFound
    if found.kind != "application":
        raise NotAnApplication
    return found


def _hand_in(citizen_id: uuid.UUID, entitlement_id: uuid.UUID, name: str, file: File,
             media_type: str) -> Document:
    with transaction() as s:
        entitlement = _open(citizen_id, entitlement_id)
        _check_name(entitlement, name)
        digest = hashlib.sha256(file.content).hexdigest()
        kept = s.scalar(select(Document).where(Document.entitlement_id == entitlement.id,
                                               Document.name == name, Document.digest == digest))
        if kept is None:
            kept = _seal(entitlement, name, file)
            kept.digest, kept.media_type = digest, media_type
            s.add(kept)
            s.flush()
        _send_on(entitlement)
    return kept


def _sign(citizen_id: uuid.UUID, entitlement_id: uuid.UUID, template_version: str,
          digest: str) -> Commitment:
    with transaction() as s:
        entitlement = _open(citizen_id, entitlement_id)
        text = scenarios()[entitlement.scenario].commitment(entitlement.terms)
        if text is None:
            raise NoCommitment
        if (template_version, digest) != (text.version, text.digest):
            raise CommitmentTextChanged(template_version=text.version, digest=text.digest)
        signed = s.scalar(select(Commitment).where(Commitment.entitlement_id == entitlement.id))
        if signed is None:
            signed = Commitment(commitment_no=f"C{new_id().hex}", citizen_id=citizen_id,
                                entitlement_id=entitlement.id, template_version=text.version,
                                digest=text.digest, text=text.text)
            s.add(signed)
            s.flush()
        _send_on(entitlement)
    return signed


def _open(citizen_id: uuid.UUID, entitlement_id: uuid.UUID) -> Entitlement:
    """Held, and not over yet; nor run out by its date."""
    entitlement = redeeming.hold(own(citizen_id, entitlement_id).id, citizen_id)
    if entitlement.final or life.run_out(entitlement, clock.now()):
        raise WrongState(state=entitlement.state)
    return entitlement


def _send_on(entitlement: Entitlement) -> None:
    """What the citizen has put together goes off by itself once nothing is lacking (docs/decisions/0082)."""
    doors = scenarios()[entitlement.scenario].manifest.doors
    for door in (doors.submission, doors.resubmission):
        if door is not None and door in life.allowed(entitlement, Role.CITIZEN):
            try:
                life.move(entitlement, door, Role.CITIZEN)
            except NotReady:
                return
            application = session().get(Application, entitlement.id)
            if application is not None:
                application.missing, application.supplement_due = [], None
            return


def _check_name(entitlement: Entitlement, name: str) -> None:
    scenario = scenarios()[entitlement.scenario]
    known = {each.name for each in scenario.documents(entitlement.terms, needing.form_of(entitlement))}
    application = session().get(Application, entitlement.id)
    if name not in known and name not in (application.missing if application else ()):
        raise DocumentUnknown
    count = session().scalar(select(func.count()).select_from(Document)
                             .where(Document.entitlement_id == entitlement.id))
    if (count or 0) >= AT_MOST:
        raise DocumentsTooMany


def _seal(entitlement: Entitlement, name: str, file: File) -> Document:
    citizen = citizens.get(entitlement.citizen_id)
    if citizen is None:
        raise EntitlementNotFound
    called = BAD_NAME.sub("_", file.file_name)[:200] or "document"
    return Document(entitlement_id=entitlement.id, name=name, size=len(file.content), handed_in_at=clock.now(),
                    file_name_sealed=sealing.seal_for(citizen, FILE_NAME, called.encode()),
                    content_sealed=sealing.seal_for(citizen, CONTENT, file.content))


def _media_type(content: bytes) -> str:
    if len(content) > settings().UPLOAD_LIMIT_BYTES:
        raise DocumentTooLarge
    kind = media.kind_of(content)
    if kind is None:
        raise DocumentRefused
    return kind
