"""What citizens see of their uses."""

from marshmallow import Schema, fields, validate

from app.kernel.fields import ShanghaiTime


class UsageOut(Schema):
    """A use and how its report stands: owed, sent, accepted, rejected or parked."""

    usage_no = fields.String(required=True)
    scenario = fields.String(required=True)
    outcome = fields.String(required=True, validate=validate.OneOf(["fulfilled", "cancelled", "breached", "reversed"]))
    occurred_at = ShanghaiTime(required=True)
    waived_fen = fields.Integer(required=True, strict=True)
    receipt_no = fields.String(required=True, allow_none=True)
    feedback_state = fields.String(
        required=True, validate=validate.OneOf(["owed", "sent", "accepted", "rejected", "parked"]))


class UsagePage(Schema):
    items = fields.List(fields.Nested(UsageOut), required=True)
    next_cursor = fields.String(required=True, allow_none=True)
