"""The door at which a citizen's phone gets a code to show."""

import uuid
from typing import Any

from flask import g
from marshmallow import Schema, fields

from app.benefits import presenting
from app.benefits.errors import EntitlementNotFound, NotPresentable
from app.identity.guards import verified_required
from app.kernel.fields import ShanghaiTime, Truth
from app.kernel.http import Door, Strict
from app.kernel.openapi import refuses

door = Door("presentations", __name__, url_prefix="/api/v1", description="Codes to show at a merchant")


class PresentationIn(Strict):
    offline = Truth(metadata={"description": "A proof for a merchant without network, in place of a code"})


class PresentationOut(Schema):
    code = fields.String(required=True, metadata={
        "description": "22 letters and digits, which fit a mini-program's scene; an offline proof is a compact JWS",
        "pattern": r"^([0-9A-Za-z]{22}|[\w-]+\.[\w-]+\.[\w-]+)$"})
    expires_at = ShanghaiTime(required=True)
    qr = fields.String(required=True, metadata={"description": "An SVG of the code, of any size one likes"})


@door.post("/entitlements/<uuid:entitlement_id>/presentations")
@refuses(EntitlementNotFound, NotPresentable)
@verified_required
@door.arguments(PresentationIn)
@door.response(201, PresentationOut)
def presentation(told: dict[str, Any], entitlement_id: uuid.UUID) -> presenting.Shown:
    """A fresh code to show: short-lived, good for one redemption

    An Idempotency-Key changes nothing here: the answer would have to be kept, and a code is kept nowhere.
    """
    show = presenting.present_offline if told.get("offline") else presenting.present
    return show(g.citizen.id, entitlement_id)
