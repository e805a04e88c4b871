"""Activities: what is planned, who was there, and confirming it."""

import uuid
from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue

from app.console import cells
from app.console.answering import Pages, confirm, listing, notice, page, to
from app.console.forms import Form
from app.console.guards import console_required
from app.console.league import attended_views as attended
from app.console.league.hours_schemas import ActivityPlan, RefuseChosen, of
from app.console.league.mine import listed, scope
from app.console.nav import Nav
from app.console.parts import Act, Tile
from app.console.tables import Column, Filter, Table, equals, holds, since, until
from app.kernel import clock
from app.staff import organising
from app.staff.scoping import Scope, within
from app.volunteers.service import confirming, entering, organising_activities
from app.volunteers.service import queries as hours_queries
from app.volunteers.service.organising_activities import Plan
from app.volunteers.service.queries import Activity

OFFICER = attended.OFFICER
pages = Pages("league", "activities", nav=Nav("活动与时长", 20))


@pages.get("/")
@console_required("league")
def index() -> ResponseReturnValue:
    table = Table("activities", (
        Column("活动", lambda row: cells.link(row.title, url_for(".one", activity_id=row.id))),
        Column("组织方", lambda row: row.organiser, phone=False),
        Column("地点", lambda row: row.place, phone=False),
        Column("开始", lambda row: row.begins_at, sort="begins_at"),
        Column("结束", lambda row: row.ends_at, sort="ends_at", phone=False),
        Column("待确认", lambda row: row.waiting, number=True),
        Column("状态", standing, phone=False),
    ), listed(hours_queries.activities), filters=(
        Filter("title", "活动", holds("title")), Filter("from", "开始自", since("begins_at"), day=True),
        Filter("to", "至", until("begins_at"), day=True)),
        sort="-begins_at", empty="还没有活动。先新建一项活动，再签到、登记时长。")
    making = [("新建活动", url_for(".make"))] if attended.may(OFFICER) else []
    return listing(table, title="活动与时长", actions=[
        *making, ("服务记录与更正", url_for("console_league_flags.records"))])


@pages.route("/make", methods=["GET", "POST"])
@console_required("league", OFFICER)
def make() -> ResponseReturnValue:
    form = Form(ActivityPlan())
    if request.method == "POST" and form.submit(request.form, lambda told: organising_activities.make(
            scope(), Plan(**told))):
        notice("已新建。活动开始前后，在活动现场打开签到码。")
        return to(".one", activity_id=form.result.id)
    return page("form.html", form.status, title="新建活动", form=form, submit="新建", back=url_for(".index"))


@pages.get("/<uuid:activity_id>")
@console_required("league")
def one(activity_id: uuid.UUID) -> ResponseReturnValue:
    mine = scope()
    with within(mine):
        activity = organising_activities.get(mine, activity_id)
        counts = hours_queries.counts(mine, activity_id)
    officer = attended.may(OFFICER) and activity.cancelled_at is None
    table = Table("attendances", attended.columns(choosing=officer), attended.people(
        lambda own: hours_queries.attendances(own, activity_id)), filters=(
            Filter("state", "状态", equals("state"), {name: words for name, (words, _) in attended.STATES.items()}),
            Filter("number", "志愿者编号", equals("volunteer_no"))),
        sort="-created_at", per_page=50, empty="还没有人签到。")
    return page("league/activity.html", title=activity.title, activity=activity, officer=officer, counts=counts,
                facts=_facts(activity), table=table.shown(request.args), tiles=[
                    Tile("在场", counts.get("present", 0)), Tile("待确认", counts.get("waiting", 0)),
                    Tile("其中有疑点", counts["flagged"], counts["flagged"] > 0,
                         url_for("console_league_flags.index", title=activity.title)),
                    Tile("已确认", counts.get("confirmed", 0))], acts=_acts(activity) if officer else [])


@pages.route("/<uuid:activity_id>/change", methods=["GET", "POST"])
@console_required("league", OFFICER)
def change(activity_id: uuid.UUID) -> ResponseReturnValue:
    with within(scope()):
        activity = organising_activities.get(scope(), activity_id)
    form = Form(ActivityPlan(), of(activity, organising.name_of(activity.organisation_id)))
    if request.method == "POST" and form.submit(request.form, lambda told: organising_activities.change(
            scope(), activity_id, Plan(**told))):
        notice("已修改。")
        return to(".one", activity_id=activity_id)
    return page("form.html", form.status, title=f"修改：{activity.title}", form=form, submit="保存",
                back=url_for(".one", activity_id=activity_id))


@pages.route("/<uuid:activity_id>/cancel", methods=["GET", "POST"])
@console_required("league", OFFICER)
def cancel(activity_id: uuid.UUID) -> ResponseReturnValue:
    if request.method == "GET":
        with within(scope()):
            activity = organising_activities.get(scope(), activity_id)
        return confirm("取消活动？", "已签到、待确认的记录不再计入时长。取消后不能恢复。", act="取消活动",
                       facts={"活动": activity.title, "开始": activity.begins_at},
                       back=url_for(".one", activity_id=activity_id))
    organising_activities.cancel(scope(), activity_id)
    notice("活动已取消。")
    return to(".one", activity_id=activity_id)


@pages.post("/<uuid:activity_id>/confirm")
@console_required("league", OFFICER)
def confirm_hours(activity_id: uuid.UUID) -> ResponseReturnValue:
    """The chosen ones, or all that wait."""
    chosen = attended.ids(request.form.getlist("id"))
    if request.form.get("all") != "1" and not chosen:
        notice("请先勾选要确认的记录。", "warning")
        return to(".one", activity_id=activity_id)
    done = confirming.confirm(scope(), activity_id, None if request.form.get("all") == "1" else chosen)
    if done.done:
        notice(f"已确认 {done.done} 条，时长和星级随即生效。", undo=url_for(
            ".undo", activity_id=activity_id, confirmation_id=done.id))
    if done.left:
        notice("未确认：" + "；".join(f"{why} {count} 条" for why, count in done.reasons().items()) + "。", "warning")
    return to(".one", activity_id=activity_id)


@pages.route("/<uuid:activity_id>/confirmations/<uuid:confirmation_id>/undo", methods=["GET", "POST"])
@console_required("league", OFFICER)
def undo(activity_id: uuid.UUID, confirmation_id: uuid.UUID) -> ResponseReturnValue:
    back = url_for(".one", activity_id=activity_id)
    if request.method == "GET":
        with within(scope()):
            organising_activities.get(scope(), activity_id)
        return confirm("撤回这次确认？", "这一批全部回到待确认，时长随即不计。", act="撤回", back=back)
    notice(f"已撤回 {confirming.undo(scope(), confirmation_id)} 条，回到待确认。")
    return to(".one", activity_id=activity_id)


@pages.post("/<uuid:activity_id>/refuse")
@console_required("league", OFFICER)
def refuse(activity_id: uuid.UUID) -> ResponseReturnValue:
    """First the boxes of the activity's page, then with the reason."""
    chosen = attended.ids(request.form.getlist("id") or request.form.get("ids", "").split())
    back = url_for(".one", activity_id=activity_id)
    with within(scope()):
        activity = organising_activities.get(scope(), activity_id)
    if not chosen:
        notice("请先勾选不予采纳的记录。", "warning")
        return to(".one", activity_id=activity_id)
    form = Form(RefuseChosen(), {"ids": " ".join(str(each) for each in chosen)})
    if "reason" in request.form and form.submit(request.form, lambda told: entering.refuse(
            scope(), activity_id, chosen, told["reason"])):
        notice(f"{form.result} 条不予采纳，志愿者能看到原因。")
        return to(".one", activity_id=activity_id)
    return confirm("不予采纳？", f"所选 {len(chosen)} 条不计入时长；已确认的不受影响，须逐条更正。", act="不予采纳",
                   facts={"活动": activity.title}, form=form, back=back)


def standing(row: Any) -> Any:
    if row.cancelled_at is not None:
        return cells.badge("已取消", "")
    if row.suspected_at is not None:
        return cells.badge("逐条核对中", "bad")
    return cells.badge("进行中", "wait") if row.begins_at <= clock.now() <= row.ends_at else \
        cells.badge("已结束", "good") if row.ends_at < clock.now() else cells.badge("未开始", "")


def waiting(mine: Scope) -> list[Tile]:
    """For the League's first page; inside the scope."""
    if OFFICER not in mine.roles and attended.REVIEWER not in mine.roles:
        return []
    found = hours_queries.waiting(mine)
    return [Tile("待确认的时长", found["waiting"], False, url_for("console_league_activities.index")),
            Tile("时长疑点", found["flagged"], found["flagged"] > 0, url_for("console_league_flags.index")),
            Tile("待查的抽查", found["drawn"], False, url_for("console_league_samples.index"))]


def _facts(activity: Activity) -> dict[str, Any]:
    return {"组织方": activity.organiser, "地点": activity.place,
            "时间": f"{_local(activity.begins_at)} 至 {_local(activity.ends_at)}", "状态": standing(activity),
            "服务内容": activity.description, "风险说明": activity.risk, "保险": activity.insurance or "未要求"}


def _local(moment: Any) -> str:
    return str(moment.astimezone(clock.SHANGHAI).strftime("%Y-%m-%d %H:%M"))


def _acts(activity: Activity) -> list[Act]:
    told: Any = {"activity_id": activity.id}
    return [Act("签到码", url_for("console_league_codes.screen", way="in", **told)),
            Act("签退码", url_for("console_league_codes.screen", way="out", **told)),
            Act("手工登记", url_for("console_league_attendances.enter", **told)),
            Act("修改", url_for(".change", **told)),
            Act("取消活动", url_for(".cancel", **told), asks=True, danger=True)]
