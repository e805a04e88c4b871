"""What the doors of attendance read and say."""

from marshmallow import Schema, fields, validate

from app.kernel.fields import ShanghaiTime, ascii_id
from app.kernel.http import Strict

STATES = ["present", "waiting", "confirmed", "refused", "withdrawn"]


class Scanned(Strict):
    code = ascii_id(r"[A-Za-z0-9._-]{1,80}", required=True, metadata={
        "description": "What the QR code on the organiser's screen holds; it changes every 30 seconds",
        "example": "XYA.I.AZzD3vGgd_qQzRk0m3rT1Q.59123456.Zm9vYmFyYmF6cXV4"})


class ActivityOut(Schema):
    title = fields.String(required=True)
    organiser = fields.String(required=True)
    place = fields.String(required=True)
    begins_at = ShanghaiTime(required=True)
    ends_at = ShanghaiTime(required=True)
    description = fields.String(required=True)
    risk = fields.String(required=True, allow_none=True)
    insurance = fields.String(required=True, allow_none=True)


class AttendanceOut(Schema):
    activity = fields.Nested(ActivityOut, required=True)
    state = fields.String(required=True, validate=validate.OneOf(STATES), metadata={
        "description": "present: signed in; waiting: for the organiser to confirm; then it counts"})
    source = fields.String(required=True, validate=validate.OneOf(["qr", "hand", "import"]))
    served_on = fields.Date(required=True)
    began_at = ShanghaiTime(required=True, allow_none=True)
    ended_at = ShanghaiTime(required=True, allow_none=True)
    minutes = fields.Integer(required=True, allow_none=True, metadata={"description": "None while present"})
    reason = fields.String(required=True, allow_none=True, metadata={"description": "Why it isn't counted"})


class AttendancesOut(Schema):
    items = fields.List(fields.Nested(AttendanceOut), required=True)
    next_cursor = fields.String(required=True, allow_none=True)
