"""The whitelist: the only facts that a rule may read, where each comes from and which consent it takes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class FactKind(StrEnum):
    """What a fact's value is, and so which conditions make sense of it."""

    GRADE = "grade"  # a grade of the configured scale
    LIST = "list"  # codes
    INTEGER = "integer"
    BOOLEAN = "boolean"
    REGION = "region"  # six digits of GB/T 2260


class Source(StrEnum):
    """Who knows the fact."""

    PLATFORM = "platform"  # asked of the provincial platform, under a consent
    LEAGUE = "league"  # the volunteers' own register, under a consent
    OWN = "own"  # what this service knows of the citizen anyway


@dataclass(frozen=True, slots=True)
class Fact:
    """`scope` is the consent that it takes, None where we know it anyway; `words` says its use to people."""

    name: str
    kind: FactKind
    source: Source
    scope: str | None
    label: str
    words: str


GRADE_SCOPE = "grade.read"
VOLUNTEER_SCOPE = "volunteer.read"
USAGE_SCOPE = "usage.report"
REPORT_SCOPE = "report.read"  # of no offer: a citizen's own report

FACTS: dict[str, Fact] = {
    fact.name: fact
    for fact in (
        Fact(
            "credit.grade", FactKind.GRADE, Source.PLATFORM, GRADE_SCOPE, "信用等级",
            "省公共信用信息平台给出的本人信用等级，只用来判断是否达到本权益要求的等级，不会告诉商户。",
        ),
        Fact(
            "credit.red_lists", FactKind.LIST, Source.PLATFORM, GRADE_SCOPE, "守信激励名单",
            "本人所在的守信激励名单（红名单），只用来判断能否享受为名单内人员提供的权益。",
        ),
        Fact(
            "volunteer.stars", FactKind.INTEGER, Source.LEAGUE, VOLUNTEER_SCOPE, "志愿者星级",
            "团组织登记的本人志愿者星级（0 至 5），只用来判断是否达到本权益要求的星级。",
        ),
        Fact(
            "volunteer.hours", FactKind.INTEGER, Source.LEAGUE, VOLUNTEER_SCOPE, "志愿服务时长",
            "团组织登记的本人累计志愿服务时长（整小时，不足一小时不计），只用来判断是否达到本权益要求的时长。",
        ),
        Fact(
            "volunteer.outstanding", FactKind.BOOLEAN, Source.PLATFORM, GRADE_SCOPE, "优秀青年志愿者",
            "本人是否在优秀青年志愿者名单内，只用来判断能否享受为优秀青年志愿者提供的权益。",
        ),
        Fact(
            "citizen.age", FactKind.INTEGER, Source.OWN, None, "年龄",
            "按实名信息算出的周岁年龄，只在权益所依据的规定对年龄有要求时使用。",
        ),
        Fact(
            "citizen.region", FactKind.REGION, Source.OWN, None, "所在地区",
            "本人的行政区划，只在权益所依据的规定限定地区时使用。",
        ),
        Fact(
            "usage.count_open", FactKind.INTEGER, Source.OWN, None, "未完结的权益数",
            "本人在本场景中尚未完结的权益数量，只用来判断是否超过可同时使用的数量。",
        ),
        Fact(
            "usage.breached", FactKind.INTEGER, Source.OWN, None, "未履约次数",
            "本人使用信易+权益时已生效的未履约记录次数，只用来判断能否继续享受同类权益。",
        ),
    )
}
