"""The columns of a spreadsheet of volunteers, and what a row's texts mean."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from marshmallow import ValidationError

from app.identity import names, numbers
from app.identity.errors import IdNumberInvalid
from app.kernel import clock
from app.kernel.errors import Invalid, Refusal
from app.volunteers import guardians, registering
from app.volunteers.guardians import RELATIONS, Guardian
from app.volunteers.imports import cell_texts
from app.volunteers.imports.kinds import Cells, Column, Words
from app.volunteers.registering import Checked, Person

COLUMNS = (
    Column("name", "姓名", ("名字", "志愿者姓名", "学生姓名"), required=True, example="示例同学"),
    Column("id_number", "身份证号", ("身份证号码", "证件号码", "证件号", "身份证", "公民身份号码"), required=True,
           hint="18 位，末位可为 X；该列为文本格式。", example="11010519491231002X"),
    Column("phone", "手机号", ("手机号码", "联系电话", "电话", "手机"), hint="11 位，选填。", example="19900000000"),
    Column("region", "地区代码", ("行政区划代码", "区划代码", "所在地区代码"),
           hint="六位行政区划代码，选填；不填为本组织所在地区。", example="360102"),
    Column("own_income", "以自己的劳动收入为主要生活来源", ("劳动收入",),
           hint="满十六周岁、未满十八周岁的填“是”后不需监护人同意。", example="否"),
    Column("agreed_on", "同意实名核验日期", ("同意核验日期",),
           hint="本人书面同意向省平台核对姓名和证件号的日期，选填；不填则不核对。", example="2026-09-01"),
    Column("guardian_name", "监护人姓名", hint="未满十八周岁的必填以下四项。"),
    Column("guardian_phone", "监护人手机号", ("监护人电话", "监护人联系电话")),
    Column("guardian_relation", "与监护人关系", ("监护人关系", "关系"), hint=f"{'、'.join(RELATIONS.values())}。"),
    Column("guardian_consented_on", "监护人同意日期", (), hint="监护人书面同意的日期。"),
)
GUARDIAN = ("guardian_name", "guardian_phone", "guardian_relation", "guardian_consented_on")
BY_WORDS = {words: code for code, words in RELATIONS.items()} | {"爸爸": "father", "妈妈": "mother"}
NEEDED = "必填，请补上。"


def read(cells: Cells) -> tuple[Checked | None, Words]:
    wrong: dict[str, str] = {key: NEEDED for key in ("name", "id_number") if not cells.get(key)}
    person = None if wrong else _person(cells, wrong)
    if person is None or wrong:
        return None, wrong
    try:
        return registering.check(person), {}
    except (Refusal, ValidationError) as no:
        return None, _words(person, no)


def _person(cells: Cells, wrong: dict[str, str]) -> Person | None:
    """What the texts mean; what can't be read is added to `wrong`."""
    for key in ("id_number", "phone", "guardian_phone"):
        if cell_texts.mangled(cells.get(key, "")):
            wrong[key] = cell_texts.MANGLED_WORDS
    agreed_on = _day(cells, "agreed_on", wrong)
    own_income = cell_texts.yes(cells.get("own_income", ""))
    if own_income is None:
        wrong["own_income"] = cell_texts.YES_WRONG
    guardian = _guardian(cells, wrong)
    return None if wrong else Person(cells["name"], cells["id_number"], cells.get("phone") or None,
                                     cells.get("region", ""), guardian, bool(own_income), agreed_on)


def _guardian(cells: Cells, wrong: dict[str, str]) -> Guardian | None:
    if not any(cells.get(key) for key in GUARDIAN):
        return None
    wrong.update({key: NEEDED for key in GUARDIAN if not cells.get(key)})
    day = _day(cells, "guardian_consented_on", wrong)
    told = cells.get("guardian_relation", "")
    if told and told not in BY_WORDS:
        wrong["guardian_relation"] = guardians.RELATION_WRONG
    if wrong or day is None:
        return None
    return Guardian(cells["guardian_name"], cells["guardian_phone"], BY_WORDS[told], day)


def _day(cells: Cells, key: str, wrong: dict[str, str]) -> date | None:
    text = cells.get(key, "")
    found = cell_texts.day(text) if text else None
    if text and found is None:
        wrong[key] = cell_texts.DAY_WRONG
    return found


def _words(person: Person, no: Refusal | ValidationError) -> Words:
    """Everything that is wrong with a person whom `registering.check` has refused, by column."""
    wrong: dict[str, str] = {}
    try:
        names.check(person.name)
    except ValidationError as odd:
        wrong["name"] = " ".join(str(each) for each in odd.messages)
    try:
        numbers.read(person.id_number, clock.today())
    except IdNumberInvalid as odd:
        wrong["id_number"] = odd.detail
    if person.phone is not None and not guardians.PHONE.fullmatch(person.phone):
        wrong["phone"] = guardians.PHONE_WRONG
    if isinstance(no, Invalid):
        told: Mapping[str, Any] = (no.errors or {}).get("json", {})
        wrong |= {key: " ".join(words) for key, words in told.items()}
    return wrong or {"": no.detail if isinstance(no, Refusal) else " ".join(str(each) for each in no.messages)}
