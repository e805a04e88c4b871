"""What the pages of certificates take."""

from marshmallow import fields

from app.kernel.fields import File, nameless, text
from app.kernel.http import Strict


class IssueCertificate(Strict):
    period_from = fields.Date(required=True, metadata={"label": "自"})
    period_to = fields.Date(required=True, metadata={"label": "至", "hint": "首尾两日都计算在内，不晚于今天。"})
    note = nameless(0, 200, load_default="", metadata={
        "label": "说明（选填）", "widget": "textarea", "hint": "印在证明上，例如用途。不要写证件号码、手机号。"})


class EndCertificate(Strict):
    reason = nameless(1, 200, required=True, metadata={
        "label": "原因", "widget": "textarea", "hint": "本人能看到；不要写证件号码、手机号。"})


class IssuerTold(Strict):
    responsible = text(1, 40, required=True, metadata={"label": "负责人", "autocomplete": "off"})
    handler = text(1, 40, required=True, metadata={
        "label": "经办人", "autocomplete": "off", "hint": "印在自助出具的证明上；人工出具的，印办理人的姓名。"})
    contact = text(1, 60, required=True, metadata={"label": "联系方式", "autocomplete": "off",
                                                   "hint": "单位的电话或地址，印在证明上。"})
    self_service = fields.Boolean(metadata={"label": "本人在小程序申请的，由系统自动出具（不勾选则逐份办理）"})


class SealUpload(Strict):
    picture = File(required=True, metadata={
        "label": "印章图片", "hint": "PNG，长宽各 100 至 1000 像素，不超过 500 KB；底色透明的效果最好。"})
