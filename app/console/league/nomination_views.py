"""Nominations: the list, nominating, one with its story, and each step of its way."""

import uuid
from collections.abc import Callable
from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema

from app.console.answering import Pages, confirm, listing, notice, page, to
from app.console.forms import Form
from app.console.guards import console_required
from app.console.league import nomination_schemas as schemas
from app.console.league import nominee_views as nominees
from app.console.league.mine import scope
from app.console.nav import Nav
from app.console.parts import Section
from app.console.tables import Export, Table
from app.staff.scoping import within
from app.volunteers import looking
from app.volunteers.outstanding import evaluating, exiting, nominating, objecting, publicising, reviewing
from app.volunteers.outstanding import listing as lists
from app.volunteers.outstanding import queries as nomination_queries
from app.volunteers.outstanding.errors import NominationUnknown
from app.volunteers.outstanding.queries import Campaign, Nomination

pages = Pages("league", "nominations", nav=Nav("优青推荐", 42))
NOMINATES, REVIEWS, LISTS = ("registrar", "list_officer"), ("reviewer",), ("list_officer",)


@pages.route("/", methods=["GET", "POST"])
@console_required("league")
def index() -> ResponseReturnValue:
    table = Table("nominations", nominees.columns(), nominees.rows(), filters=nominees.filters(), sort="-created_at",
                  export=Export("优青推荐", ("工作考核", "上级报送"), nominees.looks), empty="还没有推荐。")
    may = scope().roles & set(NOMINATES) and scope().level in nominating.LEVELS
    return listing(table, title="优秀青年志愿者推荐", actions=[("推荐志愿者", url_for(".nominate"))] if may else [])


@pages.route("/nominate", methods=["GET", "POST"])
@console_required("league", *NOMINATES)
def nominate() -> ResponseReturnValue:
    with within(scope()):
        open_now = {each.id: f"{each.year} {each.name}" for each in nomination_queries.taking()}
    form = Form(schemas.Nominate.among(open_now), {"campaign_id": str(next(iter(open_now), ""))})
    if request.method == "POST" and form.submit(request.form, lambda told: nominating.nominate(scope(), **told)):
        notice("已建立推荐。请通知本人在小程序“我的推荐”中阅读并分别同意信用核查和公示。")
        return to(".one", nomination_id=form.result.id)
    return page("form.html", form.status, title="推荐志愿者", form=form, submit="建立推荐", back=url_for(".index"),
                text="" if open_now else "现在没有接受推荐的评定批次。")


@pages.get("/<uuid:nomination_id>")
@console_required("league")
def one(nomination_id: uuid.UUID) -> ResponseReturnValue:
    return _page(nomination_id)


@pages.post("/<uuid:nomination_id>/evaluate")
@console_required("league", *evaluating.SEES)
def evaluate(nomination_id: uuid.UUID) -> ResponseReturnValue:
    found = evaluating.evaluate(scope(), nomination_id)
    if found.eligible:
        notice("已核查，全部符合。")
    else:
        notice("已核查，还有条件不符合，见下。", "warning")
    return to(".one", nomination_id=nomination_id)


@pages.route("/<uuid:nomination_id>/amend", methods=["GET", "POST"])
@console_required("league", *NOMINATES)
def amend(nomination_id: uuid.UUID) -> ResponseReturnValue:
    nomination, _ = _found(nomination_id)
    return _form(nomination_id, "修改推荐事迹", schemas.Deeds(), "保存", "已修改。", {"deeds": nomination.deeds},
                 verb=lambda told: nominating.amend(scope(), nomination_id, told["deeds"]))


@pages.route("/<uuid:nomination_id>/submit", methods=["GET", "POST"])
@console_required("league", *NOMINATES)
def submit(nomination_id: uuid.UUID) -> ResponseReturnValue:
    return _ask(nomination_id, "提交审核？", "提交后由县级团组织的其他人员审核，不能再修改。", "提交",
                "已提交县级审核。", lambda: nominating.submit(scope(), nomination_id))


@pages.route("/<uuid:nomination_id>/retract", methods=["GET", "POST"])
@console_required("league", *NOMINATES)
def retract(nomination_id: uuid.UUID) -> ResponseReturnValue:
    return _form(nomination_id, "撤销推荐", schemas.Reason(), "撤销", "已撤销。",
                 verb=lambda told: nominating.retract(scope(), nomination_id, told["reason"]))


@pages.route("/<uuid:nomination_id>/forward", methods=["GET", "POST"])
@console_required("league", *REVIEWS)
def forward(nomination_id: uuid.UUID) -> ResponseReturnValue:
    return _ask(nomination_id, "审核通过？", "条件核查须全部符合；县级上报会占用一个名额。", "通过", "已通过。",
                lambda: reviewing.forward(scope(), nomination_id))


@pages.route("/<uuid:nomination_id>/send_back", methods=["GET", "POST"])
@console_required("league", *REVIEWS)
def send_back(nomination_id: uuid.UUID) -> ResponseReturnValue:
    return _form(nomination_id, "退回下一级", schemas.Reason(), "退回", "已退回，名额已归还。",
                 verb=lambda told: reviewing.send_back(scope(), nomination_id, told["reason"]))


@pages.route("/<uuid:nomination_id>/refuse", methods=["GET", "POST"])
@console_required("league", *REVIEWS)
def refuse(nomination_id: uuid.UUID) -> ResponseReturnValue:
    return _form(nomination_id, "不予推荐", schemas.Reason(), "不予推荐", "已办理，本人会看到理由。",
                 verb=lambda told: reviewing.refuse(scope(), nomination_id, told["reason"]))


@pages.route("/<uuid:nomination_id>/publicise", methods=["GET", "POST"])
@console_required("league", *LISTS)
def publicise(nomination_id: uuid.UUID) -> ResponseReturnValue:
    _, campaign = _found(nomination_id)
    return _ask(nomination_id, "开始公示？", f"公示 {campaign.publicity_days} 个工作日，姓名隐去；开始当天不计入。",
                "开始公示", "已开始公示。", lambda: publicising.publicise(scope(), nomination_id))


@pages.route("/<uuid:nomination_id>/raise_objection", methods=["GET", "POST"])
@console_required("league", *objecting.READS)
def raise_objection(nomination_id: uuid.UUID) -> ResponseReturnValue:
    return _form(nomination_id, "登记公示异议", schemas.Objection(), "登记", "已登记，公示暂停，由其他人员复核。",
                 verb=lambda told: objecting.raise_by_staff(scope(), nomination_id, objecting.Words(
                     told["text"], told.get("contact", ""))))


@pages.route("/<uuid:nomination_id>/put", methods=["GET", "POST"])
@console_required("league", *LISTS, fresh=True)
def put(nomination_id: uuid.UUID) -> ResponseReturnValue:
    return _form(nomination_id, "列入名单", schemas.Listing(), "列入名单", "已列入名单，正在共享至省平台。",
                 verb=lambda told: lists.put(scope(), nomination_id, lists.Entry(**told)))


@pages.route("/<uuid:nomination_id>/open_hearing", methods=["GET", "POST"])
@console_required("league", *LISTS, fresh=True)
def open_hearing(nomination_id: uuid.UUID) -> ResponseReturnValue:
    return _form(nomination_id, "告知拟移出名单", schemas.Hearing(), "告知本人", "已告知本人，陈述申辩期内仍在名单内。",
                 verb=lambda told: exiting.open_hearing(scope(), nomination_id, **told))


@pages.route("/<uuid:nomination_id>/take_down", methods=["GET", "POST"])
@console_required("league", *LISTS)
def take_down(nomination_id: uuid.UUID) -> ResponseReturnValue:
    return _form(nomination_id, "登记陈述申辩", schemas.Answer(), "登记", "已登记。",
                 verb=lambda told: exiting.take_down(scope(), nomination_id, told["text"]))


@pages.post("/<uuid:nomination_id>/read_answer")
@console_required("league", *LISTS, *REVIEWS)
def read_answer(nomination_id: uuid.UUID) -> ResponseReturnValue:
    """The answer; the person sees that it was read."""
    words = exiting.read(scope(), nomination_id)
    return _page(nomination_id, Section("陈述申辩", text=words))


@pages.route("/<uuid:nomination_id>/decide", methods=["GET", "POST"])
@console_required("league", *LISTS, fresh=True)
def decide(nomination_id: uuid.UUID) -> ResponseReturnValue:
    return _form(nomination_id, "作出决定", schemas.Decide(), "作出决定", "已决定，本人会收到通知。",
                 verb=lambda told: exiting.decide(scope(), nomination_id, remove=told["outcome"] == "remove",
                                                  reason=told["reason"]))


def _found(nomination_id: uuid.UUID) -> tuple[Nomination, Campaign]:
    with within(scope()):
        found = nomination_queries.one(scope(), nomination_id)
    if found is None:
        raise NominationUnknown
    return found


def _page(nomination_id: uuid.UUID, *more: Section) -> ResponseReturnValue:
    nomination, campaign = _found(nomination_id)
    links, buttons = nominees.acts(scope(), nomination)
    with within(scope()):
        looking.look_each(scope(), [nomination.volunteer_id], "查看优秀青年志愿者推荐", looking.PAGE)
        sections = nominees.sections(nomination, campaign, links, buttons)
    return page("overview.html", title=f"推荐 {nomination.nomination_no}", sections=[*sections, *more])


def _form(nomination_id: uuid.UUID, title: str, schema: Schema, act: str, done: str,
          values: dict[str, Any] | None = None, *, verb: Callable[[dict[str, Any]], Any]) -> ResponseReturnValue:
    nomination, _ = _found(nomination_id)
    form = Form(schema, values)
    if request.method == "POST" and form.submit(request.form, verb):
        notice(done)
        return to(".one", nomination_id=nomination_id)
    return page("form.html", form.status, title=f"{title}：{nomination.nomination_no}", form=form, submit=act,
                back=url_for(".one", nomination_id=nomination_id))


def _ask(nomination_id: uuid.UUID, title: str, words: str, act: str, done: str,
         verb: Callable[[], Any]) -> ResponseReturnValue:
    nomination, _ = _found(nomination_id)
    if request.method == "GET":
        return confirm(title, words, act=act, danger=False, back=url_for(".one", nomination_id=nomination_id),
                       facts={"编号": nomination.nomination_no})
    verb()
    notice(done)
    return to(".one", nomination_id=nomination_id)
