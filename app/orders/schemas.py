"""What the citizen's doors to orders and permissions take and give."""

from marshmallow import Schema, fields, validate

from app.kernel.fields import ShanghaiTime, ascii_id, text
from app.kernel.http import PageArgs, Strict
from app.orders.tokens import TOKEN

STATES = ("CREATED", "DOING", "DONE", "REVOKED", "EXPIRED")
PACKAGE = TOKEN.pattern


class OrderArgs(PageArgs):
    state = fields.String(validate=validate.OneOf(STATES))


class AllowIn(Strict):
    token = ascii_id(PACKAGE, required=True, metadata={"description": "The merchant's apply_permissions_token"})
    text_version = text(1, 40, required=True)
    text_digest = ascii_id(r"[0-9a-f]{64}", required=True)


class OrderItemOut(Schema):
    name = fields.String(required=True)
    amount = fields.Integer()
    description = fields.String()
    count = fields.Integer()


class OrderRiskFundOut(Schema):
    name = fields.String(required=True)
    amount = fields.Integer(required=True)
    description = fields.String()


class OrderTimeRangeOut(Schema):
    start_time = fields.String(required=True, metadata={"description": "yyyyMMddHHmmss, yyyyMMdd or OnAccept"})
    start_time_remark = fields.String()
    end_time = fields.String()
    end_time_remark = fields.String()


class OrderLocationOut(Schema):
    start_location = fields.String()
    end_location = fields.String()


class ServiceOrderOut(Schema):
    id = fields.String(required=True, metadata={"description": "The merchant's `package`"})
    out_order_no = fields.String(required=True)
    query_id = fields.String(required=True, metadata={"description": "For the merchant's page, which may ask by it"})
    merchant = fields.String(required=True)
    title = fields.String(required=True)
    offer_id = fields.UUID(required=True)
    entitlement_id = fields.UUID(metadata={"description": "What an objection is about"})
    state = fields.String(required=True, validate=validate.OneOf(STATES))
    state_description = fields.String(validate=validate.OneOf(("USER_CONFIRM", "MCH_COMPLETE")))
    service_introduction = fields.String(required=True)
    risk_fund = fields.Nested(OrderRiskFundOut)
    post_payments = fields.List(fields.Nested(OrderItemOut))
    post_discounts = fields.List(fields.Nested(OrderItemOut))
    time_range = fields.Nested(OrderTimeRangeOut, required=True)
    location = fields.Nested(OrderLocationOut)
    total_amount = fields.Integer(metadata={"description": "What is owed, once the merchant has told"})
    paid = fields.Boolean()
    breached = fields.Boolean(required=True)
    created_at = ShanghaiTime(required=True)
    confirm_by = ShanghaiTime()
    confirmed_at = ShanghaiTime()
    completed_at = ShanghaiTime()
    paid_at = ShanghaiTime()
    cancelled_at = ShanghaiTime()
    cancel_reason = fields.String()


class ServiceOrdersOut(Schema):
    items = fields.List(fields.Nested(ServiceOrderOut), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class PermissionOut(Schema):
    id = fields.UUID(required=True)
    merchant = fields.String(required=True)
    title = fields.String(required=True)
    offer_id = fields.UUID(required=True)
    state = fields.String(required=True, validate=validate.OneOf(("UNAVAILABLE", "AVAILABLE", "UNBINDUSER")))
    text = fields.String(required=True)
    text_version = fields.String(required=True)
    text_digest = fields.String(required=True)
    opened_at = ShanghaiTime()
    closed_at = ShanghaiTime()


class ConsentLackingOut(Schema):
    scope = fields.String(required=True)
    purpose = fields.String(required=True)
    recipient = fields.String(required=True)
    text = fields.String(required=True)
    text_version = fields.String(required=True)
    text_digest = fields.String(required=True)


class PermissionAskedOut(PermissionOut):
    missing_consents = fields.List(fields.Nested(ConsentLackingOut), required=True,
                                   metadata={"description": "To be agreed to first, each for itself"})


class PermissionsOut(Schema):
    items = fields.List(fields.Nested(PermissionOut), required=True)
    next_cursor = fields.String(required=True, allow_none=True)
