"""What the appeals' door takes and gives."""

from marshmallow import Schema, fields, validate

from app.appeals.checking import KINDS
from app.kernel.fields import ShanghaiTime, text
from app.kernel.http import Strict

# a UUID, one of our numbers (they begin with a letter), a word, or nothing: never room for an identity number
ABOUT_ID = r"|[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}|[A-Za-z][0-9A-Za-z_-]{0,63}"


class AboutIn(Strict):
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    id = fields.String(load_default="", validate=validate.Regexp(rf"^(?:{ABOUT_ID})\Z"), metadata={
        "description": "decision_id, an entitlement's id, a usage_no, an entry's id in the access log; left out for "
                       "grade and other."})


class AppealIn(Strict):
    about = fields.Nested(AboutIn, required=True)
    text = text(1, 1000, required=True)


class AboutOut(Schema):
    kind = fields.String(required=True)
    id = fields.String(required=True)


class AppealOut(Schema):
    id = fields.UUID(required=True)
    appeal_no = fields.String(required=True)
    opened_by = fields.String(required=True, validate=validate.OneOf(("citizen", "platform")), metadata={
        "description": "platform: it disputes a use that we reported."})
    about = fields.Nested(AboutOut, required=True)
    text = fields.String(required=True)
    state = fields.String(required=True, validate=validate.OneOf(("opened", "marked", "settled")))
    opened_at = ShanghaiTime(required=True)
    mark_by = fields.Date(required=True, metadata={"description": "Marked by the end of this day."})
    settle_by = fields.Date(required=True, metadata={"description": "Settled by the end of this day."})
    marked_at = ShanghaiTime(required=True, allow_none=True)
    settled_at = ShanghaiTime(required=True, allow_none=True)
    outcome = fields.String(required=True, allow_none=True, metadata={"description": "upheld or dismissed."})
    answer = fields.String(required=True, allow_none=True)


class Appeals(Schema):
    items = fields.List(fields.Nested(AppealOut), required=True)
    next_cursor = fields.String(required=True, allow_none=True)
