"""Whom an offer made from an initiative is for: its red list, grades, regions, as conditions of the rules' own form."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.kernel.errors import Invalid
from app.scenario.contract import Condition, Conditions, Contains, OneOf
from app.scenario.manifest import Word

RED_LIST, GRADE, REGION = "initiative_red_list", "initiative_grade", "initiative_region"
GROUND = "赣信用办〔2019〕8号第13项、第15项（联合激励发起—响应—反馈）；本权益所响应的联合激励发起"
WORDS = {
    RED_LIST: Word(
        "这项权益响应省平台的联合激励发起，面向指定守信激励名单（红名单）内的人员；您目前不在该名单内。", GROUND,
        "名单由认定单位按规定推荐、审核、公示后认定；对名单有疑问可以提出异议。普通方式不受影响。"),
    GRADE: Word(
        "这项权益响应省平台的联合激励发起，面向指定信用等级的人员；您目前的信用等级不在其中。", GROUND,
        "信用等级会随您的守信记录更新；如记录有误可以提出异议，符合条件的可以申请信用修复。普通方式不受影响。"),
    REGION: Word(
        "这项权益响应省平台的联合激励发起，只面向发起所列地区的人员；您的身份证件不属于这些地区。", GROUND,
        "可以查看您所在地区的其他权益；如地区信息有误，可以提出异议。普通方式不受影响。"),
}


@dataclass(frozen=True)
class Limits:
    """What an initiative lays on the offers made from it. An empty list limits nothing."""

    initiative_no: str
    red_list: str | None
    grades: tuple[str, ...]
    regions: tuple[str, ...]
    ends_at: datetime

    def kept(self) -> dict[str, Any]:
        """As the offer keeps them, for ever: a later word on the initiative changes no offer that was made."""
        return {"red_list": self.red_list, "grades": list(self.grades), "regions": list(self.regions)}

    def check(self, region: str, closes_at: datetime) -> None:
        """Whether an offer that holds in `region` until `closes_at` keeps to them. Raises Invalid."""
        if closes_at > self.ends_at:
            raise Invalid(errors={"closes_at": ["不能晚于联合激励发起的结束时间。"]})
        if self.regions and not any(_holds(each, region) for each in self.regions):
            raise Invalid(errors={"region": ["不在联合激励发起所列的地区内。"]})


def conditions(kept: Mapping[str, Any] | None) -> Conditions:
    """The conditions of what an offer keeps; none for an offer that isn't made from an initiative."""
    if kept is None:
        return ()
    found: list[Condition] = []
    if kept["red_list"] is not None:
        found.append(Contains("credit.red_lists", kept["red_list"], why=RED_LIST))
    if kept["grades"]:
        found.append(OneOf("credit.grade", kept["grades"], why=GRADE))
    if kept["regions"]:
        found.append(OneOf("citizen.region", kept["regions"], why=REGION))
    return tuple(found)


def _holds(region: str, inner: str) -> bool:
    """Whether `inner` lies within `region` (GB/T 2260)."""
    return inner.startswith(region.removesuffix("00").removesuffix("00"))
