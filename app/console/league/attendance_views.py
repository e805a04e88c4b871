"""One attendance: by hand, what is odd about it, what came of it, putting it right; and whose hours are one's own."""

import uuid
from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue

from app.console import cells
from app.console.answering import Pages, confirm, notice, page, to
from app.console.forms import Form
from app.console.guards import console_required
from app.console.league import attended_views as attended
from app.console.league.attended_views import OFFICER, REVIEWER
from app.console.league.hours_schemas import ByHandForm, EndByHand, Minutes, Own, Reason, local
from app.console.league.mine import scope
from app.console.operations.words import badge
from app.console.parts import Act, Section
from app.staff import queries as staff
from app.staff.scoping import within
from app.volunteers.service import confirming, correcting, entering, flagging, organising_activities, owning
from app.volunteers.service import queries as hours_queries
from app.volunteers.service.entering import ByHand
from app.volunteers.service.errors import OwnNumberUntold
from app.volunteers.service.queries import Attendance, Flag

pages = Pages("league", "attendances")


@pages.route("/own", methods=["GET", "POST"])
@console_required("league", OFFICER, REVIEWER)
def own() -> ResponseReturnValue:
    try:
        before = {"volunteer_no": owning.own_no(scope()) or ""}
    except OwnNumberUntold:
        before = {}
    form = Form(Own(), before)
    if request.method == "POST" and form.submit(request.form, lambda told: owning.tell(
            scope(), told.get("volunteer_no"))):
        notice("已记录。本人的时长须由他人办理。")
        return to("console_league_activities.index")
    return page("form.html", form.status, title="本人志愿者编号", form=form, submit="保存",
                back=url_for("console_league_activities.index"))


@pages.route("/enter/<uuid:activity_id>", methods=["GET", "POST"])
@console_required("league", OFFICER)
def enter(activity_id: uuid.UUID) -> ResponseReturnValue:
    with within(scope()):
        activity = organising_activities.get(scope(), activity_id)
    form = Form(ByHandForm(), {"began_at": local(activity.begins_at), "ended_at": local(activity.ends_at)})
    back = url_for("console_league_activities.one", activity_id=activity_id)
    if request.method == "POST" and form.submit(request.form, lambda told: entering.enter(
            scope(), activity_id, ByHand(**told))):
        notice("已登记，待确认。")
        return to("console_league_activities.one", activity_id=activity_id)
    return page("form.html", form.status, title=f"手工登记：{activity.title}", form=form, submit="登记", back=back)


@pages.get("/<uuid:attendance_id>")
@console_required("league")
def one(attendance_id: uuid.UUID) -> ResponseReturnValue:
    mine = scope()
    with within(mine):
        found = entering.get(mine, attendance_id)
        activity = organising_activities.get(mine, found.activity_id)
        flags, records = hours_queries.flags_of(mine, found.id), hours_queries.records_of(mine, found.id)
    (person,) = attended.masked([found])
    facts = {"活动": activity.title, "志愿者": f"{found.volunteer_no} {person.name}", "日期": found.served_on,
             "起止": f"{attended.hour(found.began_at) or '—'} 至 {attended.hour(found.ended_at) or '—'}",
             "分钟": found.minutes, "来源": attended.SOURCES[found.source], "状态": badge(attended.STATES, found.state),
             "手工登记说明": found.note, "登记人": staff.login_of(found.entered_by),
             "确认人": staff.login_of(found.confirmed_by), "不予采纳原因": found.reason}
    return page("overview.html", title="服务登记", acts=_acts(found), sections=[
        Section("情况", {name: value for name, value in facts.items() if value not in (None, "")}),
        Section("疑点", head=("疑点", "说明", "说明人", "办理"), rows=[
            (attended.FLAGS[each.kind], each.reason or "待他人说明", staff.login_of(each.cleared_by), _explain(each))
            for each in flags], empty="没有疑点。"),
        Section("记录", head=("分钟", "时间", "原因", "作者"), desk=1, rows=[
            (each.minutes, each.created_at, each.reason or "确认", staff.named(each.author or "")) for each in records],
            text="记录只增不改：更正是新的一条。", empty="还没有计入时长。")])


@pages.route("/<uuid:attendance_id>/finish", methods=["GET", "POST"])
@console_required("league", OFFICER)
def finish(attendance_id: uuid.UUID) -> ResponseReturnValue:
    with within(scope()):
        found = entering.get(scope(), attendance_id)
        activity = organising_activities.get(scope(), found.activity_id)
    form = Form(EndByHand(), {"ended_at": local(activity.ends_at)})
    if request.method == "POST" and form.submit(request.form, lambda told: entering.finish(
            scope(), attendance_id, told["ended_at"], told["note"])):
        notice("已补登签退，待确认。")
        return to(".one", attendance_id=attendance_id)
    return page("form.html", form.status, title="补登签退", form=form, submit="补登",
                back=url_for(".one", attendance_id=attendance_id))


@pages.route("/<uuid:attendance_id>/refuse", methods=["GET", "POST"])
@console_required("league", OFFICER)
def refuse(attendance_id: uuid.UUID) -> ResponseReturnValue:
    with within(scope()):
        found = entering.get(scope(), attendance_id)
    form = Form(Reason())
    if request.method == "POST" and form.submit(request.form, lambda told: entering.refuse(
            scope(), found.activity_id, [attendance_id], told["reason"])):
        notice("不予采纳，志愿者能看到原因。" if form.result else "状态已变化，没有改动。")
        return to(".one", attendance_id=attendance_id)
    return confirm("不予采纳？", "这条不计入时长，志愿者在小程序中能看到原因。", act="不予采纳", form=form,
                   facts={"志愿者": found.volunteer_no}, back=url_for(".one", attendance_id=attendance_id))


@pages.route("/<uuid:attendance_id>/correct", methods=["GET", "POST"])
@console_required("league", OFFICER, REVIEWER)
def correct(attendance_id: uuid.UUID) -> ResponseReturnValue:
    with within(scope()):
        found = entering.get(scope(), attendance_id)
        record = confirming.record_of(found)
    form = Form(Minutes(), {"minutes": found.minutes})
    if request.method == "POST" and form.submit(request.form, lambda told: correcting.correct(
            scope(), record.id, told["minutes"], told["reason"])):
        notice(f"已更正（{form.result:+d} 分钟），星级随之重算。")
        return to(".one", attendance_id=attendance_id)
    return confirm("更正时长？", "新增一条更正记录，原记录不变；志愿者能看到。调高须由登记人、确认人以外的同事办理。",
                   act="更正", danger=False, form=form, back=url_for(".one", attendance_id=attendance_id),
                   facts={"志愿者": found.volunteer_no, "现在的分钟数": found.minutes})


@pages.route("/<uuid:attendance_id>/flags/<uuid:flag_id>", methods=["GET", "POST"])
@console_required("league", OFFICER, REVIEWER)
def explain(attendance_id: uuid.UUID, flag_id: uuid.UUID) -> ResponseReturnValue:
    with within(scope()):
        found = entering.get(scope(), attendance_id)
        flag = next((each for each in hours_queries.flags_of(scope(), attendance_id) if each.id == flag_id), None)
    form = Form(Reason())
    if request.method == "POST" and form.submit(request.form, lambda told: flagging.clear(
            scope(), flag_id, told["reason"])):
        notice("已说明。须由您以外的同事确认这条时长。")
        return to(".one", attendance_id=attendance_id)
    return confirm("说明属实？", "写明核对了什么、为什么属实。登记这条的人不能说明，说明的人不能再确认。",
                   act="说明属实", danger=False, form=form, back=url_for(".one", attendance_id=attendance_id),
                   facts={"志愿者": found.volunteer_no, "疑点": attended.FLAGS[flag.kind] if flag else "已消除"})


def _explain(flag: Flag) -> object:
    if flag.cleared_at is not None or not (attended.may(OFFICER) or attended.may(REVIEWER)):
        return ""
    return cells.act("说明", url_for(".explain", attendance_id=flag.attendance_id, flag_id=flag.id))


def _acts(found: Attendance) -> list[Act]:
    told: Any = {"attendance_id": found.id}
    officer = attended.may(OFFICER)
    acts = [Act("返回活动", url_for("console_league_activities.one", activity_id=found.activity_id))]
    if found.state == "present" and officer:
        acts.append(Act("补登签退", url_for(".finish", **told)))
    if found.state in ("present", "waiting") and officer:
        acts.append(Act("不予采纳", url_for(".refuse", **told), asks=True, danger=True))
    if found.state == "confirmed" and (officer or attended.may(REVIEWER)):
        acts.append(Act("更正", url_for(".correct", **told), asks=True))
    return acts
