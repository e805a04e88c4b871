"""The public bodies' doors to the applications that were shown to them."""

import uuid
from typing import Any

from flask import Response, g

from app.benefits import applications
from app.benefits.applications import Case
from app.benefits.errors import ApplicationNotShown, NotAnApplication, NotAPublicBody, NotReady, Unsaid, WrongState
from app.kernel.http import Door
from app.kernel.openapi import refuses
from app.merchant_api import schemas
from app.merchant_api.guards import merchant_required

door = Door("merchant_applications", __name__, url_prefix="/v3/xinyi/applications",
            description="Fast-track applications, for the public body that they were shown to")
BYTES = {"type": "string", "format": "binary"}
ACTS = (ApplicationNotShown, NotAnApplication, NotAPublicBody, NotReady, Unsaid, WrongState)  # what each act may meet


@door.get("/<entitlement_no>")
@refuses(ApplicationNotShown, NotAnApplication, NotAPublicBody)
@merchant_required
@door.response(200, schemas.SentApplicationOut)
def application(entitlement_no: str) -> dict[str, Any]:
    """Its form, documents and commitment, which the citizen sent to this body"""
    return _told(applications.look(g.merchant.id, entitlement_no))


@door.get("/<entitlement_no>/documents/<uuid:document_id>")
@refuses(ApplicationNotShown, NotAnApplication, NotAPublicBody)
@merchant_required
@door.response(200, BYTES, content_type="application/pdf")
@door.doc(responses={200: {"content": {"image/jpeg": {"schema": BYTES}, "image/png": {"schema": BYTES}}}})
def document(entitlement_no: str, document_id: uuid.UUID) -> Response:
    """One document's bytes, as a PDF, JPEG or PNG"""
    found, content = applications.open_document(g.merchant.id, entitlement_no, document_id)
    return Response(content, content_type=found.media_type,
                    headers={"Content-Disposition": "attachment"})


@door.post("/<entitlement_no>/acceptance")
@refuses(*ACTS)
@merchant_required
@door.arguments(schemas.NoMembersIn)
@door.response(200, schemas.SentApplicationOut)
def acceptance(_: dict[str, Any], entitlement_no: str) -> dict[str, Any]:
    """Take it in, with what may follow still to come"""
    return _told(applications.accept(g.merchant.id, entitlement_no))


@door.post("/<entitlement_no>/supplement")
@refuses(*ACTS)
@merchant_required
@door.arguments(schemas.SupplementIn)
@door.response(200, schemas.SentApplicationOut)
def supplement(told: dict[str, Any], entitlement_no: str) -> dict[str, Any]:
    """Name what is missing, and until which working day"""
    return _told(applications.call_for(g.merchant.id, entitlement_no, told["missing"], told["due"]))


@door.post("/<entitlement_no>/fulfilment")
@refuses(*ACTS)
@merchant_required
@door.arguments(schemas.FulfilmentIn)
@door.response(200, schemas.SentApplicationOut)
def fulfilment(told: dict[str, Any], entitlement_no: str) -> dict[str, Any]:
    """It came to its result; the use is reported"""
    return _told(applications.fulfil(g.merchant.id, entitlement_no, told.get("result_no")))


@door.post("/<entitlement_no>/rejection")
@refuses(*ACTS)
@merchant_required
@door.arguments(schemas.RejectionIn)
@door.response(200, schemas.SentApplicationOut)
def rejection(told: dict[str, Any], entitlement_no: str) -> dict[str, Any]:
    """Not by this way: on what legal ground, and why, for the citizen to read"""
    return _told(applications.reject(g.merchant.id, entitlement_no, told["legal_ground"], told["reason"]))


def _told(case: Case) -> dict[str, Any]:
    return {**applications.as_told(case), "openid": case.openid}
