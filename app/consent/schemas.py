"""What the citizen reads of a consent."""

from marshmallow import Schema, fields, validate

from app.kernel.fields import ShanghaiTime


class ConsentOut(Schema):
    id = fields.UUID(required=True)
    scope = fields.String(required=True, metadata={"example": "grade.read"})
    purpose = fields.String(required=True)
    scenario = fields.String(required=True)
    recipient = fields.String(required=True)
    text = fields.String(required=True, metadata={"description": "The exact text that was agreed to"})
    text_version = fields.String(required=True)
    text_digest = fields.String(required=True, metadata={"description": "SHA-256 of the text, lower-case hex"})
    valid_from = ShanghaiTime(data_key="from", required=True)
    valid_to = ShanghaiTime(data_key="to", required=True, metadata={"description": "Exclusive"})
    status = fields.String(required=True, validate=validate.OneOf(["active", "withdrawn", "expired"]))
    withdrawn_at = ShanghaiTime(required=True, allow_none=True)
    withdrawn_by = fields.String(required=True, allow_none=True, metadata={"description": "citizen or platform"})
    registration = fields.String(required=True, validate=validate.OneOf(
        ["local", "pending", "registered", "refused"]), metadata={"description": "How far the platform knows of it"})
    authorization_no = fields.String(required=True, allow_none=True)


class ConsentPage(Schema):
    items = fields.List(fields.Nested(ConsentOut), required=True)
    next_cursor = fields.String(required=True, allow_none=True)
