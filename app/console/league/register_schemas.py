"""What the forms of registering take: a person with a guardian, a change, a transfer, reasons."""

import uuid
from collections.abc import Mapping
from datetime import date
from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from app.kernel import clock
from app.kernel.fields import ascii_id, nameless, text
from app.kernel.http import Strict
from app.volunteers.changing import Change
from app.volunteers.ending import CAUSES
from app.volunteers.guardians import RELATIONS, Guardian
from app.volunteers.registering import Person

GUARDIAN = ("guardian_name", "guardian_phone", "guardian_relation", "guardian_consented_on")
KEEP = "留空则不变。"


def _name(**more: Any) -> fields.String:
    return text(1, 40, metadata={"label": "姓名", "autocomplete": "off", **more.pop("metadata", {})}, **more)


def _number(**more: Any) -> fields.String:
    return text(15, 18, metadata={"label": "身份证号", "autocomplete": "off", **more.pop("metadata", {})}, **more)


class WithGuardian(Strict):
    """All of the guardian, or nothing."""

    own_income = fields.Boolean(load_default=False, metadata={
        "label": "年满十六周岁，以自己的劳动收入为主要生活来源（不须监护人同意）"})
    guardian_name = text(1, 40, metadata={"label": "监护人姓名（未成年人须填）", "autocomplete": "off"})
    guardian_phone = ascii_id(r"1[3-9][0-9]{9}", metadata={"label": "监护人手机号", "autocomplete": "off",
                                                           "inputmode": "numeric"})
    guardian_relation = fields.String(metadata={"label": "与本人的关系"}, validate=validate.OneOf(
        list(RELATIONS), labels=list(RELATIONS.values())))
    guardian_consented_on = fields.Date(metadata={"label": "监护人书面同意的日期"})

    @validates_schema
    def _whole(self, told: dict[str, Any], **_: Any) -> None:
        missing = [name for name in GUARDIAN if name not in told]
        if 0 < len(missing) < len(GUARDIAN):
            raise ValidationError({name: ["监护人的信息须一并填写。"] for name in missing})


class Enrol(WithGuardian):
    name = _name(required=True)
    id_number = _number(required=True)
    phone = ascii_id(r"1[3-9][0-9]{9}", metadata={"label": "手机号（选填）", "autocomplete": "off",
                                                  "inputmode": "numeric"})
    region = ascii_id(r"[1-9][0-9]{5}", required=True, metadata={
        "label": "地区", "hint": "六位行政区划代码；星级按这个地区的标准。", "inputmode": "numeric"})
    agreed = fields.Boolean(load_default=False, metadata={
        "label": "本人（未成年人为监护人）已书面同意向省平台核验姓名与身份证号",
        "hint": "没有同意的不会核验，可以改为核对身份证原件。"})

    class Meta:
        fields = ("name", "id_number", "phone", "region", "agreed", "own_income", *GUARDIAN)


class EnrolInto(Enrol):
    """Where there is more than one organisation to choose from; choices are the caller's."""

    into = fields.UUID(metadata={"label": "登记到", "hint": "不选则登记在本机构。"})

    class Meta:
        fields = ("into", *Enrol.Meta.fields)


class PutRight(WithGuardian):
    name = _name(metadata={"hint": KEEP})
    id_number = _number(metadata={"hint": "只在核验一致之前可以更正；留空则不变。"})
    phone = ascii_id(r"1[3-9][0-9]{9}", metadata={"label": "手机号", "hint": KEEP, "autocomplete": "off",
                                                  "inputmode": "numeric"})
    no_phone = fields.Boolean(load_default=False, metadata={"label": "删除已登记的手机号"})
    region = ascii_id(r"[1-9][0-9]{5}", metadata={"label": "地区", "hint": KEEP, "inputmode": "numeric"})

    class Meta:
        fields = ("name", "id_number", "phone", "no_phone", "region", "own_income", *GUARDIAN)


class Because(Strict):
    reason = nameless(1, 200, required=True, metadata={"label": "理由", "widget": "textarea",
                                                       "hint": "对方会看到；不写证件号码、手机号。"})


def several_of(choices: Mapping[uuid.UUID, str]) -> Strict:
    """One or more of these, ticked."""
    each = fields.UUID(validate=validate.OneOf(list(choices), labels=list(choices.values())))
    return Strict.from_dict({"chosen": fields.List(each, required=True, validate=validate.Length(1, len(choices) or 1),
                                                   metadata={"label": "申请"})})()  # type: ignore[return-value]


class Leave(Because):
    cause = fields.String(required=True, metadata={"label": "退出方式"}, validate=validate.OneOf(
        list(CAUSES), labels=list(CAUSES.values())))

    class Meta:
        fields = ("cause", "reason")


class AskTransfer(Strict):
    name = _name(required=True)
    id_number = _number(required=True)
    reason = nameless(1, 200, required=True, metadata={"label": "转入的理由", "widget": "textarea",
                                                       "hint": "原登记组织会看到；不写证件号码、手机号。"})


def person_of(told: dict[str, Any]) -> Person:
    """As Enrol loads it."""
    agreed_on: date | None = clock.today() if told["agreed"] else None
    return Person(told["name"], told["id_number"], told.get("phone"), told["region"], _guardian(told),
                  told["own_income"], agreed_on)


def change_of(told: dict[str, Any]) -> Change:
    """As PutRight loads it."""
    return Change(told.get("name"), told.get("id_number"), told.get("phone"), told["no_phone"], told.get("region"),
                  _guardian(told), told["own_income"])


def _guardian(told: dict[str, Any]) -> Guardian | None:
    return Guardian(*(told[name] for name in GUARDIAN)) if GUARDIAN[0] in told else None
