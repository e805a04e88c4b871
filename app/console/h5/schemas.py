"""What applicants send."""

from marshmallow import fields, validate

from app.kernel.fields import File, ascii_id, nameless, text
from app.kernel.http import Strict

PAPER = "PDF、JPG 或 PNG。"


class Apply(Strict):
    name = text(1, 60, required=True, metadata={"label": "单位名称", "hint": "与证照一致。",
                                                "autocomplete": "organization"})
    uscc = text(18, 18, required=True, metadata={"label": "统一社会信用代码", "hint": "18 位，见营业执照或法人证书。",
                                                 "autocomplete": "off"})
    sure = fields.Boolean(metadata={"label": "代码确认无误（仅在提示校验位不对、且与证照一致时勾选）"})
    kind = fields.String(required=True, metadata={"label": "类型"}, validate=validate.OneOf(
        ["merchant", "public_body"], labels=["商户", "政务服务机构"]))
    region = ascii_id("[0-9]{6}", required=True, metadata={
        "label": "所在地区代码", "hint": "六位行政区划代码，例如南昌市 360100。", "inputmode": "numeric"})
    plan = nameless(1, 500, required=True, metadata={
        "label": "打算提供的权益", "widget": "textarea",
        "hint": "例如：免押金租借充电宝，每笔不超过 99 元。不要写个人信息。"})
    contact_name = text(1, 40, required=True, metadata={"label": "联系人", "autocomplete": "name"})
    contact_phone = ascii_id("1[3-9][0-9]{9}", required=True, metadata={
        "label": "联系人手机号", "inputmode": "numeric", "autocomplete": "tel-national",
        "hint": "查询进度要用它的后四位；通过后由联系人担任首位管理员。"})
    licence = File(required=True, metadata={"label": "营业执照或法人证书", "hint": PAPER})
    authority = File(metadata={"label": "经办人授权书（选填）", "hint": PAPER})
    other = File(metadata={"label": "其他材料（选填）", "hint": PAPER})


class Look(Strict):
    application_no = ascii_id("J[0-9A-F]{16}", required=True, metadata={"label": "回执号", "autocomplete": "off"})
    tail = ascii_id("[0-9]{4}", required=True, metadata={
        "label": "联系人手机号后四位", "inputmode": "numeric", "autocomplete": "off"})


class Supplement(Strict):
    tail = ascii_id("[0-9]{4}", required=True, metadata={"label": "", "widget": "hidden"})
    words = nameless(0, 500, metadata={"label": "说明（选填）", "widget": "textarea", "hint": "不要写个人信息。"})
    licence = File(metadata={"label": "营业执照或法人证书（选填）", "hint": PAPER})
    authority = File(metadata={"label": "经办人授权书（选填）", "hint": PAPER})
    other = File(metadata={"label": "其他材料（选填）", "hint": PAPER})
