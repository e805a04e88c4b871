"""What the League's own forms take."""

from marshmallow import fields, validate

from app.kernel.fields import text
from app.kernel.http import Strict
from app.volunteers.revealing import PURPOSES


def purpose() -> fields.String:
    return fields.String(required=True, validate=validate.OneOf(PURPOSES), metadata={
        "label": "用途", "hint": "本人会在小程序的查看记录中看到。"})


class Purpose(Strict):
    purpose = purpose()


class Find(Strict):
    q = text(1, 64, required=True, metadata={
        "label": "姓名、志愿者编号或身份证号", "autocomplete": "off", "hint": "须完整填写；只在本机构及下级中查找。"})
    purpose = purpose()
