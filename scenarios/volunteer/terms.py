"""What an operator sets for a benefit of volunteers."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

BY = ("stars", "hours", "outstanding")
BY_NAMES = ("按星级", "按服务时长", "按优秀青年志愿者名单")
BENEFITS = ("discount", "free", "priority", "gift")
BENEFIT_NAMES = ("折扣", "免费", "优先办理", "赠品")


class Terms(Schema):
    """The terms; common ones (region, period, stores, quota, value) are the core's."""

    by = fields.String(
        required=True, validate=validate.OneOf(BY, labels=BY_NAMES), metadata={"label": "按什么享受"}
    )
    min_stars = fields.Integer(
        strict=True,
        validate=validate.Range(1, 5),
        metadata={
            "label": "最低星级",
            "unit": "星",
            "help": "“按星级”时必填；星级与时长的对应由 config/stars.toml 配置。",
        },
    )
    min_hours = fields.Integer(
        strict=True,
        validate=validate.Range(1, 100_000),
        metadata={
            "label": "最低服务时长",
            "unit": "小时",
            "help": "“按服务时长”时必填，累计整小时。",
        },
    )
    benefit = fields.String(
        required=True, validate=validate.OneOf(BENEFITS, labels=BENEFIT_NAMES), metadata={"label": "礼遇方式"}
    )
    pay_percent = fields.Integer(
        strict=True,
        validate=validate.Range(1, 99),
        metadata={
            "label": "折后支付比例",
            "unit": "%",
            "help": "“折扣”时必填，例如八折填 80。",
        },
    )

    @validates_schema
    def fits(self, data: dict[str, Any], **_: object) -> None:
        """Each way of giving has its number, and no other has one."""
        errors: dict[str, list[str]] = {}
        for name, wanted in (
            ("min_stars", data.get("by") == "stars"),
            ("min_hours", data.get("by") == "hours"),
            ("pay_percent", data.get("benefit") == "discount"),
        ):
            if wanted and name not in data:
                errors[name] = ["按所选方式，这一项必须填写。"]
            elif not wanted and name in data:
                errors[name] = ["按所选方式，这一项不用填写。"]
        if errors:
            raise ValidationError(errors)


EXAMPLES = (
    {"by": "stars", "min_stars": 3, "benefit": "discount", "pay_percent": 80},
    {"by": "hours", "min_hours": 100, "benefit": "free"},
    {"by": "outstanding", "benefit": "priority"},
)
