"""What an operator sets for an offer of acceptance with documents to follow."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema


class Terms(Schema):
    """The terms; common ones (region, period, stores, quota, value) are the core's."""

    min_grade = fields.String(
        required=True,
        metadata={
            "label": "最低信用等级",
            "choices_from": "grades",
            "help": "达到或高于这一等级的市民可以容缺受理。",
        },
    )
    accept_outstanding = fields.Boolean(
        load_default=False,
        metadata={
            "label": "优秀青年志愿者也适用",
            "help": "开启后，名单内人员不看信用等级。",
        },
    )
    matters = fields.List(
        fields.String(validate=validate.Length(1, 60)),
        required=True,
        validate=validate.Length(1, 30),
        metadata={
            "label": "适用事项",
            "help": "政务服务事项的公开名称。",
        },
    )
    required_documents = fields.List(
        fields.String(validate=validate.Length(1, 60)),
        required=True,
        validate=validate.Length(1, 30),
        metadata={
            "label": "主要材料",
            "help": "受理前必须提交，不能容缺。",
        },
    )
    deferrable_documents = fields.List(
        fields.String(validate=validate.Length(1, 60)),
        required=True,
        validate=validate.Length(1, 30),
        metadata={
            "label": "可容缺材料",
            "help": "可以在受理后补交的次要材料。",
        },
    )
    supplement_working_days = fields.Integer(
        load_default=10,
        strict=True,
        validate=validate.Range(1, 60),
        metadata={
            "label": "补材料期限",
            "unit": "工作日",
            "help": "受理机构给出的期限不能早于这个工作日数。",
        },
    )
    template_version = fields.String(
        required=True, metadata={"label": "信用承诺书版本", "choices_from": "commitments"}
    )
    publicity_working_days = fields.Integer(
        strict=True,
        validate=validate.Range(1, 7),
        metadata={
            "label": "结果公示期限",
            "unit": "工作日",
            "help": "事项依法需要公示结果的填写，不超过 7 个工作日；不需要的留空。",
        },
    )

    @validates_schema
    def apart(self, data: dict[str, Any], **_: object) -> None:
        """A document is either needed at once or may follow, and stands there once."""
        required, deferrable = data.get("required_documents", []), data.get("deferrable_documents", [])
        if len({*required, *deferrable}) != len(required) + len(deferrable):
            raise ValidationError({"deferrable_documents": ["同一份材料只能出现一次。"]})


EXAMPLES = (
    {
        "min_grade": "A",
        "matters": ["个体工商户设立登记"],
        "required_documents": ["登记申请书"],
        "deferrable_documents": ["经营场所使用证明"],
        "template_version": "2026-1",
    },
    {
        "min_grade": "AA",
        "accept_outstanding": True,
        "matters": ["食品经营许可新办", "食品经营许可变更"],
        "required_documents": ["许可申请书", "经营场所布局图"],
        "deferrable_documents": ["食品安全管理制度文本", "从业人员健康证明"],
        "supplement_working_days": 20,
        "template_version": "2026-1",
        "publicity_working_days": 7,
    },
)
