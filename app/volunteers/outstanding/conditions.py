"""What an outstanding young volunteer is: conditions as data, out of config/outstanding.toml and a campaign's terms."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from app.scenario.contract import AllOf, AnyOf, AtLeast, AtMost, Condition, Conditions, Equals
from app.volunteers.outstanding.errors import TermsLooser

FILE = Path(__file__).parents[3] / "config" / "outstanding.toml"
LEAST_PUBLICITY_DAYS = 5
MORE = ("min_age", "min_hours", "min_stars", "min_service_days", "publicity_days")  # a campaign may ask for more
LESS = ("max_age",)
TERMS = (*MORE, *LESS)
AGREED, GRADED, RESTRICTED, SERVICE_DAYS = ("nomination.agreed", "credit.graded", "credit.restricted",
                                            "volunteer.service_days")


@dataclass(frozen=True)
class Reason:
    """One condition in words: what is asked for, on what ground, and what would change it."""

    code: str
    message: str
    legal_ground: str
    how: str


def rules(region: str) -> Mapping[str, Any]:
    """What this region (six digits) asks for, and its times; publicity is never shorter than the law's."""
    told = _told()
    found = told["regions"].get(region[:2], told["regions"][told["default"]])
    return {**found, "publicity_days": max(LEAST_PUBLICITY_DAYS, found["publicity_days"])}


def terms(region: str, own: Mapping[str, int]) -> dict[str, Any]:
    """The region's rules with a campaign's own, stricter ones. Raises TermsLooser, with the field."""
    found = dict(rules(region))
    for name, value in own.items():
        if (name in MORE and value < found[name]) or (name in LESS and value > found[name]) or name not in TERMS:
            raise TermsLooser(field=name, least=found.get(name))
        found[name] = value
    return found


def conditions(told: Mapping[str, Any]) -> Conditions:
    """What has to hold, in the order in which it is told."""
    credit: Condition = AtLeast("credit.grade", told["min_grade"], why="credit_record")
    if told["ungraded_passes"]:
        credit = AnyOf(credit, Equals(GRADED, False, why="credit_record"), why="credit_record")
    return (
        Equals(AGREED, True, why="agreement"),
        AtLeast("citizen.age", told["min_age"], why="too_young"), AtMost("citizen.age", told["max_age"], why="too_old"),
        AtLeast("volunteer.hours", told["min_hours"], why="hours"),
        AtLeast("volunteer.stars", told["min_stars"], why="stars"),
        AtLeast(SERVICE_DAYS, told["min_service_days"], why="frequency"),
        AllOf(Equals(RESTRICTED, False, why="credit_list"), credit),
    )


def reason(why: str, told: Mapping[str, Any]) -> Reason:
    """The condition of this code in words, with the campaign's numbers. Raises KeyError for an unknown one."""
    message, ground, how = WORDS[why]
    return Reason(why.upper(), message.format(**told), ground, how)


@cache
def _told() -> dict[str, Any]:
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


JOINT = ("《关于实施优秀青年志愿者守信联合激励 加快推进青年信用体系建设的行动计划》（发改财金〔2016〕2012号）；"
         "本年度评定通知")
SERVICE = "《志愿服务条例》第三十三条；本年度评定通知"
PRIVACY = "《个人信息保护法》第十三条、第二十九条；《志愿服务条例》第二十条"
HOURS_HOW = "继续参加志愿服务；如果时长登记有遗漏，请登记单位补录后再次核查。"
CREDIT_HOW = "可在“信用中国”或信用服务窗口查询并申请信用修复，修复后再次核查；认为有误的，可以提出异议。"
WORDS: dict[str, tuple[str, str, str]] = {
    "agreement": ("本人须分别同意信用核查和公示。", PRIVACY,
                  "请本人在小程序“我的推荐”中阅读并分别同意；不同意不影响志愿服务记录和其他权益。"),
    "too_young": ("年龄须满 {min_age} 周岁。", JOINT, "满足年龄后可参加以后年度的评定。"),
    "too_old": ("年龄须不超过 {max_age} 周岁。", JOINT, "可参加其他志愿者褒奖；已有的星级和权益不受影响。"),
    "hours": ("累计志愿服务时长须满 {min_hours} 小时。", SERVICE, HOURS_HOW),
    "stars": ("志愿者星级须达到 {min_stars} 星。", SERVICE, HOURS_HOW),
    "frequency": ("近 {service_months} 个月须有 {min_service_days} 天以上参加志愿服务。", SERVICE, HOURS_HOW),
    "credit_list": ("不在严重失信主体名单公示期内。", JOINT, CREDIT_HOW),
    "credit_record": ("连续 {credit_years} 年无不良信用记录，以省平台答复的信用等级判断。", JOINT, CREDIT_HOW),
}
