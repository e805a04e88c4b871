"""What a nominee reads of their nominations, and sends."""

from marshmallow import Schema, fields, validate

from app.kernel.fields import ShanghaiTime, ascii_id, text
from app.kernel.http import Strict
from app.volunteers.outstanding.models import STATES


class NominationConsent(Strict):
    scope = fields.String(required=True, validate=validate.OneOf(["grade.read", "list.publish"]))
    text_version = ascii_id("[0-9]{1,4}", required=True)
    text_digest = ascii_id("[0-9a-f]{64}", required=True)


class HearingAnswer(Strict):
    text = text(2, 2000, required=True)


class ConditionOut(Schema):
    code = fields.String(required=True, metadata={"example": "HOURS"})
    message = fields.String(required=True)
    met = fields.Boolean(required=True)
    legal_ground = fields.String(required=True)
    how = fields.String(required=True, metadata={"description": "What would change it"})


class EvaluationOut(Schema):
    at = ShanghaiTime(required=True)
    eligible = fields.Boolean(required=True)
    conditions = fields.List(fields.Nested(ConditionOut), required=True)


class NominationStepOut(Schema):
    at = ShanghaiTime(required=True)
    move = fields.String(required=True)
    words = fields.String(required=True)
    reason = fields.String(required=True, allow_none=True)


class NoticeOut(Schema):
    cause = fields.String(required=True)
    legal_ground = fields.String(required=True)
    answer_by = fields.Date(required=True, metadata={"description": "Inclusive, Asia/Shanghai"})
    answered_at = ShanghaiTime(required=True, allow_none=True)
    state = fields.String(required=True, validate=validate.OneOf(["open", "removed", "kept", "moot"]))
    decision = fields.String(required=True, allow_none=True)


class NominationOut(Schema):
    id = fields.UUID(required=True)
    nomination_no = fields.String(required=True)
    campaign = fields.String(required=True)
    year = fields.Integer(required=True)
    recipient = fields.String(required=True, metadata={"description": "The organisation that decides"})
    organisation = fields.String(required=True, metadata={"description": "Who nominated"})
    state = fields.String(required=True, validate=validate.OneOf(list(STATES)))
    state_label = fields.String(required=True)
    deeds = fields.String(required=True)
    consents_needed = fields.List(fields.Dict(), required=True, metadata={
        "description": "{scope, purpose, recipient, text, text_version, text_digest} of what isn't agreed to yet"})
    evaluation = fields.Nested(EvaluationOut, required=True, allow_none=True)
    publicised_from = fields.Date(required=True, allow_none=True)
    publicised_to = fields.Date(required=True, allow_none=True, metadata={
        "description": "The last day; null while the clock is stopped"})
    entry_no = fields.String(required=True, allow_none=True)
    document_no = fields.String(required=True, allow_none=True)
    valid_from = fields.Date(required=True, allow_none=True)
    valid_to = fields.Date(required=True, allow_none=True)
    notice = fields.Nested(NoticeOut, required=True, allow_none=True)
    steps = fields.List(fields.Nested(NominationStepOut), required=True)


class NominationList(Schema):
    items = fields.List(fields.Nested(NominationOut), required=True)
