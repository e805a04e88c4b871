"""What the doors of embedded checks take and give. Nothing of the officer's has a place for a grade, reason or name."""

from marshmallow import Schema, fields, validate

from app.kernel.fields import ShanghaiTime, ascii_id, nameless, nameless_id
from app.kernel.http import Strict


class AgreementIn(Strict):
    scenario = ascii_id(r"[a-z][a-z0-9_]{0,31}", required=True)
    scope = ascii_id(r"[a-z]+\.[a-z]+", required=True)
    text_version = ascii_id(r"[0-9A-Za-z.\-]{1,20}", required=True)
    text_digest = ascii_id("[0-9a-f]{64}", required=True)


class AgreementsIn(Strict):
    """Each consent that was agreed to by itself; those left out are not given."""

    consents = fields.List(fields.Nested(AgreementIn), required=True, validate=validate.Length(0, 60))


class RecordIn(Strict):
    """`applied`: the service_id of the incentive that was applied, null for none."""

    applied = ascii_id("[0-9a-f]{32}", required=True, allow_none=True)
    officer = nameless_id(r"[0-9A-Za-z_-]{1,64}", metadata={"description": "The body's own number, never a name"})
    note = nameless(1, 200)


class BriefOut(Schema):
    id = fields.UUID(required=True)
    title = fields.String(required=True)


class LackingOut(Schema):
    scope = fields.String(required=True)
    purpose = fields.String(required=True)
    recipient = fields.String(required=True)
    text = fields.String(required=True)
    text_version = fields.String(required=True)
    text_digest = fields.String(required=True)


class NeededOut(LackingOut):
    scenario = fields.String(required=True)
    given = fields.Boolean(required=True)


class AskedOut(Schema):
    asked_by = fields.String(required=True)
    matter = fields.String(required=True)
    expires_at = ShanghaiTime(required=True)
    state = fields.String(required=True, validate=validate.OneOf(("waiting", "done")))
    offers = fields.List(fields.Nested(BriefOut), required=True)
    consents = fields.List(fields.Nested(NeededOut), required=True)


class WhyOut(Schema):
    code = fields.String(required=True)
    message = fields.String(required=True)
    legal_ground = fields.String(required=True)
    how = fields.String(required=True)
    appeal = fields.Boolean(required=True)


class DecidedOut(Schema):
    offer_id = fields.UUID(required=True)
    title = fields.String(required=True)
    decision_id = fields.UUID(required=True, allow_none=True)
    eligible = fields.Boolean(required=True)
    reasons = fields.List(fields.Nested(WhyOut), required=True)
    missing_consents = fields.List(fields.Nested(LackingOut), required=True)
    ordinary_way = fields.String(required=True)


class DecidedListOut(Schema):
    items = fields.List(fields.Nested(DecidedOut), required=True)


class WidgetIncentiveOut(Schema):
    service_id = fields.String(required=True)
    title = fields.String(required=True)
    eligible = fields.Boolean(required=True)


class WidgetRecordOut(Schema):
    applied = fields.String(required=True, allow_none=True)
    officer = fields.String(required=True, allow_none=True)
    note = fields.String(required=True, allow_none=True)
    responded_at = ShanghaiTime(required=True)


class OfficersOut(Schema):
    """For the officer: `incentives` once the state is done."""

    check_no = fields.String(required=True)
    out_check_no = fields.String(required=True)
    matter = fields.String(required=True)
    expires_at = ShanghaiTime(required=True)
    state = fields.String(required=True, validate=validate.OneOf(("waiting", "done")))
    incentives = fields.List(fields.Nested(WidgetIncentiveOut), required=True)
    response = fields.Nested(WidgetRecordOut, required=True, allow_none=True)


class WidgetOut(OfficersOut):
    qr = fields.String(required=True, allow_none=True, metadata={"description": "SVG, while the state is waiting"})
