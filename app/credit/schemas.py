"""What the citizen reads of grades and reports."""

from marshmallow import Schema, fields

from app.credit import scale
from app.kernel.fields import ShanghaiTime, ascii_id
from app.kernel.http import Strict


class GradeOut(Schema):
    grade = fields.String(required=True, metadata={"example": "A"})
    label = fields.Function(lambda kept: scale.label(kept.grade), required=True,
                            metadata={"type": "string", "example": "信用良好"})
    as_of = fields.Date(required=True)
    valid_until = fields.Date(required=True, metadata={"description": "Inclusive, Asia/Shanghai"})
    stale = fields.Boolean(required=True, metadata={
        "description": "The platform can't be asked now; this is what it said last"})


class ReportAgreementIn(Strict):
    """Agreement to exactly the text of this version and digest."""

    text_version = ascii_id(r"[0-9A-Za-z.\-]{1,20}", required=True)
    text_digest = ascii_id("[0-9a-f]{64}", required=True)


class ReportNeedOut(Schema):
    scope = fields.String(required=True, metadata={"example": "report.read"})
    purpose = fields.String(required=True)
    recipient = fields.String(required=True)
    text = fields.String(required=True, metadata={"description": "The exact text that is agreed to"})
    text_version = fields.String(required=True)
    text_digest = fields.String(required=True, metadata={"description": "SHA-256 of the text, lower-case hex"})


class ReportConsentOut(Schema):
    id = fields.UUID(required=True)
    scope = fields.String(required=True)
    recipient = fields.String(required=True)
    valid_from = ShanghaiTime(data_key="from", required=True)
    valid_to = ShanghaiTime(data_key="to", required=True, metadata={"description": "Exclusive"})
    status = fields.String(required=True)


class ReportAskIn(Strict):
    """No members."""


class ReportOut(Schema):
    id = fields.UUID(required=True)
    report_no = fields.String(required=True, metadata={"description": "The platform's"})
    received_at = ShanghaiTime(required=True)
    valid_until = fields.Date(required=True, metadata={"description": "Inclusive, Asia/Shanghai; then it is deleted"})
    pages = fields.Integer(required=True)
    size = fields.Integer(required=True, metadata={"description": "Bytes, as the platform sent it"})
    sha256 = fields.String(required=True, metadata={"description": "Of the PDF as the platform sent it, lower-case "
                                                                   "hex; a download has a watermark"})


class ReportsOut(Schema):
    items = fields.List(fields.Nested(ReportOut), required=True)
