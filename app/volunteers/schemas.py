"""What doors read and say of volunteers."""

from marshmallow import Schema, fields, validate

from app.kernel.fields import ascii_id
from app.kernel.http import Strict


class VolunteerApplication(Strict):
    region = ascii_id(r"[1-9][0-9]{5}", required=True, metadata={
        "example": "360100", "description": "Where to be registered, GB/T 2260"})


class ServiceRecordOut(Schema):
    activity = fields.String(required=True)
    served_on = fields.Date(required=True)
    minutes = fields.Integer(required=True, metadata={"description": "Negative: puts an earlier record right"})
    source = fields.String(required=True)


class VolunteerOut(Schema):
    volunteer_no = fields.String(required=True)
    state = fields.String(required=True, validate=validate.OneOf(["applied", "refused", "registered", "left"]))
    reason = fields.String(required=True, allow_none=True, metadata={
        "description": "Why the application was refused, or the registration ended"})
    region = fields.String(required=True)
    hours = fields.Integer(required=True, metadata={"description": "Full hours"})
    stars = fields.Integer(required=True, validate=validate.Range(0, 5))
    hours_to_next_star = fields.Integer(required=True, allow_none=True)
    records = fields.List(fields.Nested(ServiceRecordOut), required=True, metadata={"description": "The newest 100"})
