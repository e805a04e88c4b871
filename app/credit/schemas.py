"""What the citizen reads of grades and reports."""

from marshmallow import Schema, fields

from app.credit import scale


class GradeOut(Schema):
    grade = fields.String(required=True, metadata={"example": "A"})
    label = fields.Function(lambda kept: scale.label(kept.grade), required=True,
                            metadata={"type": "string", "example": "信用良好"})
    as_of = fields.Date(required=True)
    valid_until = fields.Date(required=True, metadata={"description": "Inclusive, Asia/Shanghai"})
    stale = fields.Boolean(required=True, metadata={
        "description": "The platform can't be asked now; this is what it said last"})
