"""What the doors of certificates read and say."""

import re
from datetime import date
from typing import Any, cast

from marshmallow import Schema, fields, validate

from app.kernel.fields import ShanghaiTime, nameless
from app.kernel.http import Strict

STATES = ["asked", "refused", "issued", "voided", "superseded"]


class Day(fields.Date):
    """YYYY-MM-DD in ASCII; fromisoformat alone takes 20261123 and 2026-W47-1, too."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> date:
        if not isinstance(value, str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
            raise self.make_error("invalid", input=value, obj_type=self.OBJ_TYPE)
        return cast(date, super()._deserialize(value, attr, data, **more))


class ServiceCertificateAskIn(Strict):
    period_from = Day(required=True, metadata={"description": "First day, Shanghai"})
    period_to = Day(required=True, metadata={"description": "Last day, not after today"})
    note = nameless(0, 200, load_default="", metadata={"description": "What else the paper says; no identity data"})


class ServiceCertificateOut(Schema):
    id = fields.UUID(required=True)
    state = fields.String(required=True, validate=validate.OneOf(STATES), metadata={
        "description": "asked: waits for the League's officer; superseded: a newer one names it"})
    certificate_no = fields.String(required=True, allow_none=True)
    period_from = fields.Date(required=True)
    period_to = fields.Date(required=True)
    minutes = fields.Integer(required=True, allow_none=True)
    note = fields.String(required=True)
    issued_at = ShanghaiTime(required=True, allow_none=True)
    ended_at = ShanghaiTime(required=True, allow_none=True)
    end_reason = fields.String(required=True, allow_none=True)
    file = fields.String(required=True, allow_none=True, metadata={"description": "Path of the PDF, while it holds"})
    check_url = fields.String(required=True, allow_none=True, metadata={"description": "Where anybody checks it"})


class ServiceCertificatesOut(Schema):
    items = fields.List(fields.Nested(ServiceCertificateOut), required=True, metadata={"description": "The newest 100"})
