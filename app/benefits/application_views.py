"""The citizen's doors to an application: hand in, sign, see."""

import uuid
from typing import Any

from flask import g
from marshmallow import Schema, fields

from app.benefits import application_schemas as schemas
from app.benefits import (
    applications,
    exporting,  # noqa: F401 (its parts of the export register themselves)
    handing_in,
    needing,
)
from app.benefits.errors import (
    CommitmentTextChanged,
    DocumentRefused,
    DocumentsTooMany,
    DocumentTooLarge,
    DocumentUnknown,
    EntitlementNotFound,
    NoCommitment,
    NotAnApplication,
    WrongState,
)
from app.benefits.models import Entitlement
from app.identity.guards import verified_required
from app.kernel.fields import File, ascii_id, text
from app.kernel.http import Door, Strict
from app.kernel.idempotency import KeyReused, StillRunning, idempotent
from app.kernel.openapi import refuses
from app.scenario.access import scenarios

door = Door("applications", __name__, url_prefix="/api/v1/applications", description="Fast-track applications")


class DocumentIn(Strict):
    name = text(1, 60, required=True, metadata={"description": "Which document of the list it is"})
    file = File(required=True, metadata={"description": "A PDF, JPEG or PNG"})


class SignatureIn(Strict):
    template_version = ascii_id(r"[0-9A-Za-z.\-]{1,20}", required=True)
    digest = ascii_id(r"[0-9a-f]{64}", required=True, metadata={"description": "SHA-256 of the text that was read"})


class TemplateOut(Schema):
    template_version = fields.String(required=True)
    digest = fields.String(required=True)
    text = fields.String(required=True)
    public = fields.Boolean(required=True)


class WantedOut(Schema):
    name = fields.String(required=True)
    deferred = fields.Boolean(required=True, metadata={"description": "May follow after acceptance"})


class ApplicationOut(schemas.CaseOut):
    id = fields.UUID(required=True)
    wanted = fields.List(fields.Nested(WantedOut), required=True)
    template = fields.Nested(TemplateOut, allow_none=True, required=True)


@door.get("/<uuid:entitlement_id>")
@refuses(EntitlementNotFound, NotAnApplication)
@verified_required
@door.response(200, ApplicationOut)
def application(entitlement_id: uuid.UUID) -> dict[str, Any]:
    """My application: what is wanted, what is there, the undertaking, what the body said"""
    return _shown(handing_in.own(g.citizen.id, entitlement_id))


@door.post("/<uuid:entitlement_id>/documents")
@refuses(EntitlementNotFound, NotAnApplication, WrongState, DocumentUnknown, DocumentRefused, DocumentTooLarge,
         DocumentsTooMany, KeyReused, StillRunning)
@verified_required
@idempotent
@door.arguments(DocumentIn, location="multipart")
@door.response(201, schemas.DocumentOut)
def document(told: dict[str, Any], entitlement_id: uuid.UUID) -> Any:
    """Hand in one document; the application goes off by itself once nothing is lacking"""
    file = handing_in.File(told["file"].filename or "", told["file"].read())
    return handing_in.hand_in(g.citizen.id, entitlement_id, told["name"], file)


@door.post("/<uuid:entitlement_id>/commitment")
@refuses(EntitlementNotFound, NotAnApplication, WrongState, NoCommitment, CommitmentTextChanged, KeyReused,
         StillRunning)
@verified_required
@idempotent
@door.arguments(SignatureIn)
@door.response(201, schemas.CommitmentOut)
def commitment(told: dict[str, Any], entitlement_id: uuid.UUID) -> Any:
    """Sign the undertaking, as it was read"""
    return handing_in.sign(g.citizen.id, entitlement_id, told["template_version"], told["digest"])


def _shown(entitlement: Entitlement) -> dict[str, Any]:
    wanted = scenarios()[entitlement.scenario].documents(entitlement.terms, needing.form_of(entitlement))
    return {**applications.as_told(applications.case_of(entitlement)), "id": entitlement.id, "wanted": wanted,
            "template": handing_in.template(entitlement)}
