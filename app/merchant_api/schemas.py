"""What merchants send and are told (merchant.md, section 3). No answer has a place for a grade or a name."""

import re
from datetime import date, datetime
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from app.kernel.fields import ShanghaiTime, ascii_id, text
from app.kernel.http import Strict

NUMBER = r"[0-9A-Za-z_|*@-]{1,64}"  # a number of the merchant's
OURS = r"[0-9A-Za-z_-]{1,64}"
MOST_FEN = 10**12
LONGEST_CODE = 900  # an offline proof may be shown where there is network after all


def number(value: str) -> bool:
    """Whether this could be a number of the merchant's."""
    return re.fullmatch(NUMBER, value) is not None


def fen(**more: Any) -> fields.Integer:
    """Money: a whole number of fen, never a text or a fraction."""
    return fields.Integer(strict=True, validate=validate.Range(0, MOST_FEN), **more)


class Moment(fields.DateTime):
    """RFC 3339 with an offset, of this century or the next; what else ISO 8601 allows is refused."""

    FORM = re.compile(r"2[01][0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?"
                      r"(Z|[+-][0-9]{2}:[0-9]{2})")

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> Any:
        if not isinstance(value, str) or not self.FORM.fullmatch(value):
            raise ValidationError("须为带时区的 RFC 3339 时间，例如 2026-11-23T09:30:00+08:00。")
        try:
            return datetime.fromisoformat(value)
        except ValueError:
            raise ValidationError("没有这个时间。") from None


class Day(fields.Date):
    """YYYY-MM-DD of this century or the next, and nothing else."""

    FORM = re.compile(r"2[01][0-9]{2}-[0-9]{2}-[0-9]{2}")

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> Any:
        if not isinstance(value, str) or not self.FORM.fullmatch(value):
            raise ValidationError("须为 YYYY-MM-DD。")
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise ValidationError("没有这一天。") from None


# -- in ------------------------------------------------------------------------------------------------------


class VerificationIn(Strict):
    presentation = text(1, LONGEST_CODE, required=True, metadata={"description": "The scanned code, or offline proof"})
    service_id = ascii_id(OURS)


class AmountIn(Strict):
    original, waived, paid = fen(), fen(), fen()


class RedemptionIn(Strict):
    out_redemption_no = ascii_id(NUMBER, required=True)
    presentation = text(1, LONGEST_CODE)
    entitlement_no = ascii_id(OURS, metadata={"description": "In place of `presentation`, soon after its verification"})
    service_id = ascii_id(OURS, required=True)
    amount = fields.Nested(AmountIn)
    store_id = ascii_id(OURS)
    clerk = text(1, 64, metadata={"description": "The merchant's own number of the clerk, never a name"})
    proof = text(1, LONGEST_CODE, metadata={"description": "In place of `presentation`: a proof taken without network"})
    redeemed_at = Moment(metadata={"description": "With `proof`: when it was taken, by the merchant's clock"})

    @validates_schema
    def one_of_three(self, data: dict[str, Any], **_: object) -> None:
        if len(data.keys() & {"presentation", "entitlement_no", "proof"}) != 1:
            raise ValidationError({"presentation": ["presentation、entitlement_no、proof 须且只须填写一项。"]})
        if ("proof" in data) != ("redeemed_at" in data):
            raise ValidationError({"redeemed_at": ["redeemed_at 须与 proof 一同填写。"]})


class PostIn(Strict):
    name = text(1, 40, required=True)
    amount = fen(required=True)
    description = text(1, 60)
    count = fields.Integer(strict=True, validate=validate.Range(1, 100))


class CompletionIn(Strict):
    total_amount = fen(required=True)
    post_payments = fields.List(fields.Nested(PostIn), validate=validate.Length(0, 100))
    post_discounts = fields.List(fields.Nested(PostIn), validate=validate.Length(0, 30))
    ended_at = Moment()
    note = text(1, 200)


class ReversalIn(Strict):
    reason = text(1, 200, required=True)


class NoMembersIn(Strict):
    """No members."""


class SupplementIn(Strict):
    missing = fields.List(text(1, 60), required=True, validate=validate.Length(1, 30))
    due = Day(required=True, metadata={"description": "A working day, the last one for what is missing"})


class FulfilmentIn(Strict):
    result_no = text(1, 64)


class RejectionIn(Strict):
    legal_ground = text(1, 200, required=True)
    reason = text(1, 500, required=True)


# -- out -----------------------------------------------------------------------------------------------------


class VerificationOut(Schema):
    """With a no, only the first two."""

    verification_no = fields.String(required=True)
    eligible = fields.Boolean(required=True)
    openid = fields.String(metadata={"description": "Pairwise: this citizen's for this merchant alone"})
    service_id = fields.String()
    entitlement_no = fields.String()
    title = fields.String()
    valid_to = ShanghaiTime()


class AmountOut(Schema):
    original = fields.Integer()
    waived = fields.Integer(required=True)
    paid = fields.Integer(required=True)


class PostOut(Schema):
    name = fields.String(required=True)
    amount = fields.Integer(required=True)
    description = fields.String()
    count = fields.Integer()


class CompletionOut(Schema):
    total_amount = fields.Integer(required=True)
    post_payments = fields.List(fields.Nested(PostOut))
    post_discounts = fields.List(fields.Nested(PostOut))
    ended_at = fields.String(metadata={"format": "date-time"})
    note = fields.String()
    completed_at = ShanghaiTime(required=True)


class ReversalOut(Schema):
    reason = fields.String(required=True)
    reversed_at = ShanghaiTime(required=True)


class RedemptionOut(Schema):
    redemption_no = fields.String(required=True)
    out_redemption_no = fields.String(required=True)
    state = fields.String(required=True, validate=validate.OneOf(("open", "done", "breached", "reversed")))
    entitlement_no = fields.String(required=True)
    service_id = fields.String(required=True)
    openid = fields.String(required=True)
    amount = fields.Nested(AmountOut, required=True)
    store_id = fields.String()
    clerk = fields.String()
    redeemed_at = ShanghaiTime(required=True)
    completion = fields.Nested(CompletionOut)
    reversal = fields.Nested(ReversalOut)


class SentDocumentOut(Schema):
    id = fields.UUID(required=True)
    name = fields.String(required=True)
    media_type = fields.String(required=True)
    size = fields.Integer(required=True)
    digest = fields.String(required=True, metadata={"description": "SHA-256 of the content, hex"})
    handed_in_at = ShanghaiTime(required=True)


class SentCommitmentOut(Schema):
    commitment_no = fields.String(required=True)
    template_version = fields.String(required=True)
    digest = fields.String(required=True)
    text = fields.String(required=True)
    signed_at = ShanghaiTime(required=True)


class SentApplicationOut(Schema):
    entitlement_no = fields.String(required=True)
    service_id = fields.String(required=True)
    openid = fields.String(required=True)
    title = fields.String(required=True)
    state = fields.String(required=True)
    form = fields.Dict(required=True)
    documents = fields.List(fields.Nested(SentDocumentOut), required=True)
    asked = fields.List(fields.String(), required=True, metadata={"description": "Not handed in yet"})
    commitment = fields.Nested(SentCommitmentOut)
    missing = fields.List(fields.String(), required=True)
    due = fields.Date()
    result_no = fields.String()
    legal_ground = fields.String()
    reason = fields.String()
