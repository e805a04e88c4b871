"""What the platform is answered."""

from marshmallow import Schema, fields, validate


class EventTaken(Schema):
    event_id = fields.String(required=True)
    status = fields.String(required=True, validate=validate.OneOf(["processed", "duplicate"]))
