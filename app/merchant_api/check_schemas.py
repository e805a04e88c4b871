"""What a public body's system sends and is told of embedded checks. No answer has a place for a person."""

from marshmallow import Schema, fields, validate

from app.kernel.fields import ShanghaiTime, ascii_id, nameless, nameless_id
from app.kernel.http import Strict
from app.merchant_api.schemas import NUMBER

SERVICE = "[0-9a-f]{32}"


class CheckIn(Strict):
    out_check_no = ascii_id(NUMBER, required=True)
    matter = nameless(1, 60, required=True, metadata={"description": "事项, as the applicant reads it; names nobody"})
    service_ids = fields.List(ascii_id(SERVICE), validate=validate.Length(1, 20),
                              metadata={"description": "Offers of this body; all open ones where it isn't there"})


class CheckResponseIn(Strict):
    """`applied`: the service_id of the incentive that was applied; without it, none was."""

    applied = ascii_id(SERVICE)
    officer = nameless_id(r"[0-9A-Za-z_-]{1,64}", metadata={"description": "The body's own number, never a name"})
    note = nameless(1, 200)


class CheckIncentiveOut(Schema):
    service_id = fields.String(required=True)
    title = fields.String(required=True)
    eligible = fields.Boolean(required=True)


class CheckResponseOut(Schema):
    """`applied` is null where none was."""

    applied = fields.String(required=True, allow_none=True)
    officer = fields.String(required=True, allow_none=True)
    note = fields.String(required=True, allow_none=True)
    responded_at = ShanghaiTime(required=True)


class CheckOut(Schema):
    check_no = fields.String(required=True)
    out_check_no = fields.String(required=True)
    matter = fields.String(required=True)
    expires_at = ShanghaiTime(required=True)
    state = fields.String(required=True, validate=validate.OneOf(("waiting", "done")))
    incentives = fields.List(fields.Nested(CheckIncentiveOut), required=True)
    response = fields.Nested(CheckResponseOut, required=True, allow_none=True)


class OpenedCheckOut(CheckOut):
    widget_token = fields.String(required=True, metadata={"description": "For `data-token` of the widget's script"})
    qr_content = fields.String(required=True, metadata={"description": "What the QR says, for who draws it alone"})
