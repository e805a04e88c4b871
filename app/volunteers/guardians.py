"""A guardian's consent, for who registers under age: who agreed, in what relation, how to reach them, on which day."""

import re
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from marshmallow import ValidationError

from app.identity import names
from app.kernel import clock, jsons
from app.kernel.errors import Invalid
from app.volunteers import sealing
from app.volunteers.models import Volunteer

RELATIONS = {"father": "父亲", "mother": "母亲", "grandparent": "祖父母或外祖父母", "sibling": "成年兄姐",
             "appointed": "指定监护人", "other": "其他监护人"}
PHONE = re.compile(r"1[3-9][0-9]{9}")
PHONE_WRONG, RELATION_WRONG, DAY_WRONG = "须为 11 位手机号。", "请从给出的关系中选择。", "同意日期不能晚于今天。"


@dataclass(frozen=True)
class Guardian:
    """`relation` is one of RELATIONS; `consented_on` the day on which the consent was given."""

    name: str = field(repr=False)
    phone: str = field(repr=False)
    relation: str
    consented_on: date


def check(guardian: Guardian) -> None:
    """Raises Invalid, by field (guardian_name, guardian_phone, guardian_relation, guardian_consented_on)."""
    wrong: dict[str, list[str]] = {}
    try:
        names.check(guardian.name)
    except ValidationError as no:
        wrong["guardian_name"] = [str(each) for each in no.messages]
    if not PHONE.fullmatch(guardian.phone):
        wrong["guardian_phone"] = [PHONE_WRONG]
    if guardian.relation not in RELATIONS:
        wrong["guardian_relation"] = [RELATION_WRONG]
    if guardian.consented_on > clock.today():
        wrong["guardian_consented_on"] = [DAY_WRONG]
    if wrong:
        raise Invalid(errors={"json": wrong})


def packed(guardian: Guardian) -> bytes:
    """To be sealed."""
    return jsons.dumps({"name": guardian.name, "phone": guardian.phone, "relation": guardian.relation,
                        "consented_on": guardian.consented_on.isoformat()})


def of(volunteer: Volunteer) -> Guardian | None:
    """Whose consent is kept; None where there is none."""
    text = sealing.text_of(volunteer, sealing.GUARDIAN, volunteer.guardian_sealed)
    if text is None:
        return None
    told: dict[str, Any] = jsons.loads(text.encode())
    return Guardian(told["name"], told["phone"], told["relation"], date.fromisoformat(told["consented_on"]))
