"""What merchants send and are told of service orders: PayScore's fields, lengths and forms (docs: field facts 2.1)."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from app.kernel.fields import Truth, ascii_id, text
from app.kernel.http import Strict
from app.merchant_api.schemas import fen
from app.orders import moments

ORDER_NO = r"[0-9A-Za-z_|*-]{1,32}"
CODE = r"[0-9A-Za-z_*-]{1,32}"
SERVICE = r"[0-9a-f]{32}"
APPID = r"[0-9A-Za-z_-]{1,32}"
OPENID = r"[0-9A-Za-z_-]{1,128}"
FUNDS = ("DEPOSIT", "ADVANCE", "CASH_DEPOSIT")  # a service that waives a deposit; ESTIMATE_ORDER_COST is another kind
STATES = ("CREATED", "DOING", "DONE", "REVOKED", "EXPIRED")


class PayTime(fields.String):
    """yyyyMMddHHmmss or yyyyMMdd of this century or the next, kept as it was told."""

    def __init__(self, *, on_accept: bool = False, exact: bool = False, **more: Any) -> None:
        self.on_accept, self.exact = on_accept, exact
        days = "[0-9]{14}" if exact else "([0-9]{8}|[0-9]{14})"
        pattern = f"^({days}|{moments.ON_ACCEPT})$" if on_accept else f"^{days}$"
        super().__init__(metadata={"pattern": pattern, **more.pop("metadata", {})}, **more)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> str:
        told: str = super()._deserialize(value, attr, data, **more)
        if self.on_accept and told == moments.ON_ACCEPT:
            return told
        try:
            moments.read(told)
        except ValueError:
            raise ValidationError("须为 yyyyMMddHHmmss 或 yyyyMMdd。") from None
        if self.exact and len(told) != 14:
            raise ValidationError("须为 yyyyMMddHHmmss。")
        return told


# -- in ---------------------------------------------------------------------------------------------------------


class ServiceIn(Strict):
    service_id = ascii_id(SERVICE, required=True)
    appid = ascii_id(APPID, required=True)


class PaymentIn(Strict):
    name = text(1, 20, required=True)
    amount = fen()
    description = text(1, 30)
    count = fields.Integer(strict=True, validate=validate.Range(1, 100))


class DiscountIn(Strict):
    name = text(1, 20, required=True)
    description = text(1, 30, required=True)
    amount = fen()
    count = fields.Integer(strict=True, validate=validate.Range(1, 100))


class DuePaymentIn(PaymentIn):
    amount = fen(required=True)


class DueDiscountIn(DiscountIn):
    amount = fen(required=True)


class RiskFundIn(Strict):
    name = fields.String(required=True, validate=validate.OneOf(FUNDS))
    amount = fields.Integer(required=True, strict=True, validate=validate.Range(1, 10**12))
    description = text(1, 30)


class TimeRangeIn(Strict):
    start_time = PayTime(on_accept=True, required=True)
    start_time_remark = text(1, 20)
    end_time = PayTime()
    end_time_remark = text(1, 20)


class EndTimeIn(Strict):
    start_time = PayTime()
    start_time_remark = text(1, 20)
    end_time = PayTime()
    end_time_remark = text(1, 20)


class PastTimeIn(Strict):
    start_time = PayTime(required=True)
    start_time_remark = text(1, 20)
    end_time = PayTime(required=True)
    end_time_remark = text(1, 20)


class LocationIn(Strict):
    start_location = text(1, 50)
    end_location = text(1, 50)


class EndLocationIn(Strict):
    end_location = text(1, 50)


class DeviceIn(Strict):
    start_device_id = text(1, 64)
    end_device_id = text(1, 64)
    materiel_no = text(1, 64)


class OrderIn(ServiceIn):
    out_order_no = ascii_id(ORDER_NO, required=True)
    service_introduction = text(1, 20, required=True)
    time_range = fields.Nested(TimeRangeIn, required=True)
    risk_fund = fields.Nested(RiskFundIn, required=True)
    notify_url = text(1, 255, required=True)
    post_payments = fields.List(fields.Nested(PaymentIn), validate=validate.Length(0, 100))
    post_discounts = fields.List(fields.Nested(DiscountIn), validate=validate.Length(0, 30))
    location = fields.Nested(LocationIn)
    attach = text(1, 256)
    need_user_confirm = Truth(load_default=True)
    openid = ascii_id(OPENID, metadata={"description": "Where need_user_confirm is false, and only there"})
    device = fields.Nested(DeviceIn)

    @validates_schema
    def whose(self, data: dict[str, Any], **_: object) -> None:
        if data.get("need_user_confirm", True) == ("openid" in data):
            raise ValidationError({"openid": ["免确认订单必填，需确认订单不填。"]})


class OrderArgs(ServiceIn):
    out_order_no = ascii_id(ORDER_NO)
    query_id = ascii_id(r"[0-9A-Za-z]{1,64}")

    @validates_schema
    def one_of_both(self, data: dict[str, Any], **_: object) -> None:
        if ("out_order_no" in data) == ("query_id" in data):
            raise ValidationError({"out_order_no": ["out_order_no 与 query_id 须且只须填写一项。"]})


class CancelIn(ServiceIn):
    reason = text(1, 50, required=True)


class DueIn(ServiceIn):
    post_payments = fields.List(fields.Nested(DuePaymentIn), required=True, validate=validate.Length(1, 100))
    post_discounts = fields.List(fields.Nested(DueDiscountIn), validate=validate.Length(0, 30))
    total_amount = fen(required=True)


class CompleteIn(DueIn):
    time_range = fields.Nested(EndTimeIn)
    location = fields.Nested(EndLocationIn)
    profit_sharing = Truth()
    goods_tag = text(1, 32)
    device = fields.Nested(DeviceIn)


class ModifyIn(DueIn):
    reason = text(1, 50, required=True)


class DirectIn(DueIn):
    out_order_no = ascii_id(ORDER_NO, required=True)
    openid = ascii_id(OPENID, required=True)
    service_introduction = text(1, 20, required=True)
    time_range = fields.Nested(PastTimeIn, required=True)
    location = fields.Nested(LocationIn)
    profit_sharing = Truth()
    goods_tag = text(1, 32)
    attach = text(1, 256)
    notify_url = text(1, 255)


class PaidIn(Strict):
    paid_time = PayTime(exact=True, required=True)


class SyncIn(ServiceIn):
    type = fields.String(required=True, validate=validate.OneOf(("Order_Paid",)))
    detail = fields.Nested(PaidIn, required=True)


class PermissionIn(ServiceIn):
    authorization_code = ascii_id(CODE, required=True)
    notify_url = text(1, 255, allow_none=True)


class CodeArgs(Strict):
    service_id = ascii_id(SERVICE, required=True)


class EndByCodeIn(Strict):
    service_id = ascii_id(SERVICE, required=True)
    reason = text(1, 50, required=True)


class EndByOpenidIn(ServiceIn):
    reason = text(1, 50, required=True)


# -- out --------------------------------------------------------------------------------------------------------


class OrderBriefOut(Schema):
    appid = fields.String(required=True)
    mchid = fields.String(required=True)
    out_order_no = fields.String(required=True)
    service_id = fields.String(required=True)
    order_id = fields.String(required=True)


class ServiceItemOut(Schema):
    name = fields.String(required=True)
    amount = fields.Integer()
    description = fields.String()
    count = fields.Integer()


class ServiceFundOut(Schema):
    name = fields.String(required=True)
    amount = fields.Integer(required=True)
    description = fields.String()


class ServiceTimeOut(Schema):
    start_time = fields.String(required=True)
    start_time_remark = fields.String()
    end_time = fields.String()
    end_time_remark = fields.String()


class ServiceLocationOut(Schema):
    start_location = fields.String()
    end_location = fields.String()


class DeviceOut(Schema):
    start_device_id = fields.String()
    end_device_id = fields.String()
    materiel_no = fields.String()


class PaidOut(Schema):
    seq = fields.Integer(required=True)
    amount = fields.Integer(required=True)
    paid_type = fields.String(required=True, validate=validate.OneOf(("MCH",)))
    paid_time = fields.String(required=True)


class CollectionOut(Schema):
    state = fields.String(required=True, validate=validate.OneOf(("USER_PAYING", "USER_PAID")))
    total_amount = fields.Integer(required=True)
    paying_amount = fields.Integer(required=True)
    paid_amount = fields.Integer(required=True)
    details = fields.List(fields.Nested(PaidOut))


class OrderOut(OrderBriefOut):
    state = fields.String(required=True, validate=validate.OneOf(STATES))
    state_description = fields.String(validate=validate.OneOf(("USER_CONFIRM", "MCH_COMPLETE")))
    service_introduction = fields.String(required=True)
    post_payments = fields.List(fields.Nested(ServiceItemOut))
    post_discounts = fields.List(fields.Nested(ServiceItemOut))
    risk_fund = fields.Nested(ServiceFundOut)
    time_range = fields.Nested(ServiceTimeOut, required=True)
    location = fields.Nested(ServiceLocationOut)
    device = fields.Nested(DeviceOut)
    attach = fields.String()
    notify_url = fields.String()
    need_user_confirm = fields.Boolean(required=True)
    package = fields.String(metadata={"description": "What the mini-app opens; while the order waits for its citizen"})
    openid = fields.String(metadata={"description": "Pairwise: this citizen's for this merchant alone"})
    total_amount = fields.Integer()
    need_collection = fields.Boolean()
    collection = fields.Nested(CollectionOut)


class AppliedOut(Schema):
    apply_permissions_token = fields.String(required=True)


class MerchantPermissionOut(Schema):
    appid = fields.String(required=True)
    mchid = fields.String(required=True)
    service_id = fields.String(required=True)
    authorization_code = fields.String(required=True)
    openid = fields.String()
    authorization_state = fields.String(
        required=True, validate=validate.OneOf(("UNAVAILABLE", "AVAILABLE", "UNBINDUSER")))
    notify_url = fields.String()
    authorization_success_time = fields.String()
    cancel_authorization_time = fields.String()
