"""How nominations are shown in lists and on their own page: masked, in words, with what this account may do next."""

from dataclasses import dataclass
from typing import Any

from flask import url_for

from app.console import cells
from app.console.league.mine import kept, scope
from app.console.operations.words import badge
from app.console.parts import Act, Section
from app.console.tables import Ask, Column, Filter, Source, equals, of_query
from app.staff import queries as staff
from app.staff.scoping import Scope
from app.volunteers import looking
from app.volunteers.outstanding import evaluating, moving, publicising
from app.volunteers.outstanding import queries as nomination_queries
from app.volunteers.outstanding import telling as telling_nominees
from app.volunteers.outstanding.queries import Campaign, Nomination
from app.volunteers.outstanding.telling import LABELS

GOOD, BAD = ("approved", "cleared", "listed"), ("objected", "hearing", "refused", "removed")
STATES = {state: (label, "good" if state in GOOD else "bad" if state in BAD else
                  "" if state in ("withdrawn", "left", "expired") else "wait") for state, label in LABELS.items()}
OBJECTIONS = {"open": ("待复核", "wait"), "upheld": ("成立", "bad"), "dismissed": ("不成立", "good"),
              "moot": ("终止", "")}
HEARINGS = {"open": ("陈述申辩期", "wait"), "removed": ("已移出", "bad"), "kept": ("已保留", "good"),
            "moot": ("终止", "")}
LEVELS = {"at_county": "county", "at_city": "city", "at_province": "province"}


@dataclass(frozen=True)
class Row:
    """A nomination of a list, with what was read of others within the scope."""

    nomination: Nomination
    name: str
    organisation: str


def rows(*where: Any) -> Source:
    """The scope's nominations that these conditions narrow, read whole within the scope."""
    def source(ask: Ask) -> tuple[list[Any], str | None]:
        found, following = of_query(nomination_queries.nominations(scope()).where(*where))(ask)
        return [Row(each, publicising.masked_name(each), moving.organisation(each)) for each in found], following

    return kept(source)


def looks(listed: list[Any], purpose: str) -> None:
    """An export is a look at everybody in it."""
    looking.look_each(scope(), [row.nomination.volunteer_id for row in listed], purpose, looking.LISTED)


def columns(*more: Column) -> tuple[Column, ...]:
    return (Column("编号", lambda row: cells.link(row.nomination.nomination_no, url_for(
                "console_league_nominations.one", nomination_id=row.nomination.id))),
            Column("姓名", lambda row: row.name), Column("推荐单位", lambda row: row.organisation, phone=False),
            Column("状态", lambda row: badge(STATES, row.nomination.state)), *more,
            Column("推荐时间", lambda row: row.nomination.created_at, sort="created_at", phone=False))


def filters(states: tuple[str, ...] = tuple(STATES)) -> tuple[Filter, ...]:
    return (Filter("state", "状态", equals("state"), {state: STATES[state][0] for state in states}),
            Filter("no", "编号", equals("nomination_no")))


def sections(nomination: Nomination, campaign: Campaign, acts: list[Act], buttons: list[Act]) -> list[Section]:
    """One nomination with its story; inside the scope."""
    told = nomination
    entry = url_for("console_league_volunteers.one", volunteer_id=told.volunteer_id)
    found = [Section("情况", {
        "编号": told.nomination_no, "评定批次": f"{campaign.year} {campaign.name}",
        "姓名": publicising.masked_name(told), "志愿者": cells.link("登记与服务情况", entry),
        "推荐单位": moving.organisation(told), "地区": told.region, "状态": badge(STATES, told.state),
        "公示": f"{told.publicised_from} 至 {told.publicised_to or '暂停'}" if told.publicised_from else None,
        "名单编号": told.entry_no, "文号": told.document_no,
        "有效期": f"{told.valid_from} 至 {told.valid_to}" if told.valid_from else None}, acts=acts, buttons=buttons),
        Section("推荐事迹", text=told.deeds), conditions(told, campaign),
        Section("经过", head=("时间", "事项", "理由", "办理"), desk=1, rows=[
            (each.at, telling_nominees.words(each.move), each.reason, actor(each.actor))
            for each in nomination_queries.story(told.id)])]
    return found + _others(told)


def conditions(nomination: Nomination, campaign: Campaign) -> Section:
    newest = evaluating.newest(nomination.id)
    if newest is None:
        return Section("条件核查", text="还没有核查。核查前须本人在小程序“我的推荐”中分别同意信用核查和公示。")
    return Section(
        "条件核查", {"核查时间": newest.made_at, "结论": cells.badge(*(("全部符合", "good") if newest.eligible else (
            "尚不符合", "bad")))}, head=("条件", "结果", "怎样改变", "依据"), desk=1, rows=[
            (each.reason.message, cells.badge(*(("符合", "good") if each.met else ("不符合", "bad"))),
             "" if each.met else each.reason.how, each.reason.legal_ground)
            for each in evaluating.results(newest, campaign.terms)],
        text="只显示是否符合，不显示信用等级。每次核查本人都看得到。")


def actor(who: str) -> str:
    return {"citizen": "本人", "system": "系统"}.get(who) or staff.named(who).removeprefix("staff:")


def acts(mine: Scope, told: Nomination) -> tuple[list[Act], list[Act]]:
    """(links, buttons) of what this account may do with it now; the verbs look again."""
    def link(label: str, view: str, danger: bool = False, asks: bool = False) -> Act:
        return Act(label, url_for(f"console_league_nominations.{view}", nomination_id=told.id), asks, danger)

    evaluate = link("核查条件", "evaluate")
    if told.state == "draft" and mine.roles & set(moving.NOMINATES) and mine.level in ("unit", "county"):
        return [link("提交审核", "submit", asks=True), link("修改事迹", "amend"),
                link("撤销推荐", "retract", danger=True)], [evaluate]
    if "reviewer" in mine.roles and LEVELS.get(told.state) == mine.level:
        return [link("审核通过", "forward", asks=True), link("退回", "send_back"),
                link("不予推荐", "refuse", danger=True)], [evaluate]
    objects = [link("登记异议", "raise_objection")] if told.state in ("publicised", "objected") and mine.roles & {
        "reviewer", "list_officer"} else []
    if "list_officer" not in mine.roles or mine.level != "province":
        return objects, []
    return {"approved": ([link("开始公示", "publicise", asks=True)], []),
            "cleared": ([link("列入名单", "put")], []),
            "listed": ([link("告知拟移出名单", "open_hearing", danger=True)], []),
            "hearing": ([link("作出决定", "decide"), link("登记陈述申辩", "take_down")],
                        [link("阅读陈述申辩（留痕）", "read_answer")])}.get(told.state, (objects, []))


def _others(told: Nomination) -> list[Section]:
    found = []
    if objections := nomination_queries.objections_to(told.id):
        found.append(Section("公示异议", head=("提出时间", "状态", "复核期限", "复核理由"), desk=1, rows=[
            (cells.link(f"{each.raised_at:%Y-%m-%d}", url_for("console_league_objections.one", objection_id=each.id)),
             badge(OBJECTIONS, each.state), each.settle_by, each.answer) for each in objections]))
    if hearings := nomination_queries.hearings(told.id):
        found.append(Section("拟移出告知", head=("告知时间", "状态", "陈述期限", "陈述时间", "理由", "决定"),
                             desk=3, rows=[
            (each.opened_at, badge(HEARINGS, each.state), each.answer_by, each.answered_at, each.cause, each.decision)
            for each in hearings]))
    return found
