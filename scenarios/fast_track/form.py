"""What the citizen fills in; who they are, and how to reach them, the core knows and keeps sealed."""

import re
from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from app.scenario.contract import Document

_NUMBERS = re.compile(r"[0-9]{17}[0-9Xx]|[0-9]{15}|1[3-9][0-9]{9}", re.ASCII)


def _no_identity(text: str) -> None:
    if _NUMBERS.search(re.sub(r"[\s-]", "", text)):
        raise ValidationError("请删去证件号码、手机号后重试：受理机构会通过本系统联系您。")


class Form(Schema):
    """The matter, what is to follow later, and a note for the desk."""

    matter = fields.String(required=True, metadata={"label": "办理事项", "choices_from": "terms.matters"})
    deferred = fields.List(
        fields.String(metadata={"choices_from": "terms.deferrable_documents"}),
        required=True,
        validate=validate.Length(0, 30),
        metadata={
            "label": "申请后补的材料",
            "help": "只能从可容缺材料中选择；不选的材料现在就要提交。",
        },
    )
    contact_time = fields.String(
        load_default="any",
        validate=validate.OneOf(("any", "morning", "afternoon"), labels=("都可以", "上午", "下午")),
        metadata={"label": "方便联系的时间"},
    )
    note = fields.String(
        load_default="",
        validate=[validate.Length(0, 200), _no_identity],
        metadata={
            "label": "给受理机构的备注",
            "help": "不要填写证件号码、手机号等个人信息。",
        },
    )


def documents(terms: Mapping[str, Any], form: Mapping[str, Any]) -> list[Document]:
    """The documents of this application; those that the citizen chose to defer may follow after acceptance."""
    return [Document(name) for name in terms["required_documents"]] + [
        Document(name, deferred=name in form["deferred"]) for name in terms["deferrable_documents"]
    ]
