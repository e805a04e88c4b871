"""What the citizen's doors to an application give."""

from marshmallow import Schema, fields

from app.kernel.fields import ShanghaiTime


class DocumentOut(Schema):
    id = fields.UUID(required=True)
    name = fields.String(required=True)
    media_type = fields.String(required=True)
    size = fields.Integer(required=True)
    digest = fields.String(required=True, metadata={"description": "SHA-256 of the content, hex"})
    handed_in_at = ShanghaiTime(required=True)


class CommitmentOut(Schema):
    commitment_no = fields.String(required=True)
    template_version = fields.String(required=True)
    digest = fields.String(required=True)
    text = fields.String(required=True)
    signed_at = ShanghaiTime(required=True)


class CaseOut(Schema):
    entitlement_no = fields.String(required=True)
    service_id = fields.String(required=True)
    title = fields.String(required=True)
    state = fields.String(required=True)
    form = fields.Dict(required=True, metadata={"description": "What the citizen filled in"})
    documents = fields.List(fields.Nested(DocumentOut), required=True)
    asked = fields.List(fields.String(), required=True, metadata={"description": "Documents to be handed in now"})
    commitment = fields.Nested(CommitmentOut)
    missing = fields.List(fields.String(), required=True)
    due = fields.Date(metadata={"description": "The last day for what is missing"})
    result_no = fields.String()
    legal_ground = fields.String()
    reason = fields.String()
