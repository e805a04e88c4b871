"""What the forms of a merchant's books take."""

from app.kernel.fields import ascii_id, nameless, text
from app.kernel.http import Strict


class Reason(Strict):
    reason = text(1, 30, required=True, metadata={
        "label": "原因", "hint": "1 至 30 个字；将按原文留存，用户在使用记录中可以看到。请勿写姓名、证件号和手机号。"})


class Reversal(Strict):
    reason = nameless(1, 200, required=True, metadata={
        "label": "撤回原因", "widget": "textarea", "hint": "将按原文留存并上报省平台。请勿写姓名、证件号和手机号。"})


class Completion(Strict):
    amount = ascii_id(r"(?:0|[1-9][0-9]{0,5})(?:\.[0-9]{1,2})?", required=True, metadata={
        "label": "应付金额（元）", "hint": "0 表示无需付款，订单随即完结；不能高于免押金额。", "inputmode": "decimal"})
    name = text(1, 20, load_default="租金", metadata={"label": "项目名称"})


class Statement(Strict):
    text = nameless(1, 1000, required=True, metadata={
        "label": "情况说明", "widget": "textarea",
        "hint": "写明交付、归还、付款的时间和依据，供工作人员核查。请勿写姓名、证件号和手机号。"})
