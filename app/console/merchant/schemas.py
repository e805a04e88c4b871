"""What managers' forms about stores, clerks and keys take."""

from marshmallow import fields, validate

from app.console.schemas import LOGIN
from app.kernel.fields import ascii_id, text
from app.kernel.http import Strict

REGION = {"label": "地区代码", "hint": "六位行政区划代码，例如南昌市东湖区 360102。", "inputmode": "numeric"}


class Place(Strict):
    name = text(1, 60, required=True, metadata={"label": "门店名称"})
    region = ascii_id("[0-9]{6}", required=True, metadata=REGION)
    address = text(1, 100, required=True, metadata={"label": "地址"})


class NewStore(Place):
    code = ascii_id("[0-9A-Za-z_-]{1,32}", required=True, metadata={
        "label": "门店编号", "hint": "您自己的编号，之后不能修改；接口中的 store_id 就是它。"})


class ClerkIn(Strict):
    """`store_id` gets its choices from the merchant's open stores."""

    name = text(1, 40, required=True, metadata={"label": "姓名", "autocomplete": "off"})
    phone = ascii_id("1[3-9][0-9]{9}", required=True, metadata={
        "label": "手机号", "hint": "加密保存，账号停用时删除。", "inputmode": "numeric", "autocomplete": "off"})
    store_id = fields.UUID(required=True, metadata={"label": "门店"})
    login = ascii_id(LOGIN, metadata={"label": "账号（选填）", "autocomplete": "off",
                                      "hint": "3 至 40 位小写字母、数字或 . _ -；不填则自动生成。"})


class PublicKey(Strict):
    public_key = text(1, 8192, required=True, metadata={
        "label": "公钥或证书（PEM）", "widget": "textarea",
        "hint": "以 -----BEGIN PUBLIC KEY----- 或 -----BEGIN CERTIFICATE----- 开头。切勿粘贴私钥。"})
    serial_no = ascii_id("[0-9A-Za-z]{8,64}", metadata={
        "label": "序列号（选填）", "autocomplete": "off", "hint": "证书用其自带的序列号；公钥不填则由公钥算出。"})


class MadeKey(Strict):
    """Of a pair that the page made: only this half is sent."""

    public_key = text(1, 8192, required=True, metadata={"label": "公钥（将提交）", "widget": "textarea"})
    saved = fields.Boolean(required=True, validate=validate.Equal(True, error="请先保存私钥，再勾选。"),
                           metadata={"label": "我已保存私钥，它不会再次显示"})


class Apiv3Key(Strict):
    key = ascii_id("[0-9A-Za-z]{32}", required=True, metadata={
        "label": "新的 APIv3 密钥", "hint": "32 位字母和数字。提交前请先保存好，之后不再显示。", "autocomplete": "off"})
