"""What a registrar does with one entry of the register: put right, end, bring back, the real-name check."""

import uuid
from collections.abc import Callable
from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue

from app.console.answering import Pages, confirm, notice, page, to
from app.console.forms import Form
from app.console.guards import console_required
from app.console.league.mine import scope
from app.console.league.register_schemas import Leave, PutRight, change_of
from app.console.parts import Act, Section
from app.staff.scoping import Scope, within
from app.volunteers import changing, ending, noting, register_queries, verifying

REGISTRAR = "registrar"
HISTORY = 20
pages = Pages("league", "entries")


@pages.route("/<uuid:volunteer_id>/change", methods=["GET", "POST"])
@console_required("league", REGISTRAR)
def change(volunteer_id: uuid.UUID) -> ResponseReturnValue:
    form, facts = Form(PutRight()), facts_of(volunteer_id)
    if request.method == "POST" and form.submit(request.form, lambda told: changing.change(
            scope(), volunteer_id, change_of(told))):
        notice(noting.changed(form.result) + "。" if form.result else "没有需要更正的内容。")
        return _back(volunteer_id)
    return page("form.html", form.status, title=f"更正登记：{facts['编号']}", form=form, submit="更正",
                back=_address(volunteer_id),
                text="更正了哪些栏目会记入查看记录，本人可见。姓名、身份证号更正后重新核验。")


@pages.route("/<uuid:volunteer_id>/leave", methods=["GET", "POST"])
@console_required("league", REGISTRAR)
def leave(volunteer_id: uuid.UUID) -> ResponseReturnValue:
    form, facts = Form(Leave()), facts_of(volunteer_id)
    if request.method == "POST" and form.submit(request.form, lambda told: ending.leave(
            scope(), volunteer_id, told["cause"], told["reason"])):
        notice("已退出登记。", undo=url_for(".come_back", volunteer_id=volunteer_id))
        return _back(volunteer_id)
    return confirm("退出登记？", "本人会收到通知并看到理由。服务记录保留；退出期间时长和星级不再计入新的权益，"
                   "已经取得的权益照常使用。", act="退出登记", form=form, facts=facts, back=_address(volunteer_id))


@pages.route("/<uuid:volunteer_id>/return", methods=["GET", "POST"])
@console_required("league", REGISTRAR)
def come_back(volunteer_id: uuid.UUID) -> ResponseReturnValue:
    return _asked(volunteer_id, ending.come_back, "恢复登记？", "恢复后原有的时长和星级重新计入。",
                  "恢复登记", "已恢复登记。")


@pages.route("/<uuid:volunteer_id>/paper", methods=["GET", "POST"])
@console_required("league", REGISTRAR)
def paper(volunteer_id: uuid.UUID) -> ResponseReturnValue:
    return _asked(volunteer_id, verifying.seen_on_paper, "已核对身份证原件？",
                  "须由经办人当面核对原件，姓名、身份证号与登记一致。经办人会记入查看记录。", "核对无误",
                  "已记为核对无误。")


@pages.route("/<uuid:volunteer_id>/agree", methods=["GET", "POST"])
@console_required("league", REGISTRAR)
def agree(volunteer_id: uuid.UUID) -> ResponseReturnValue:
    return _asked(volunteer_id, verifying.agree, "本人已书面同意核验？",
                  "系统将向省平台核验姓名与身份证号是否一致，本人能看到这次核验。未成年人须由监护人同意。", "登记同意",
                  "已登记，排队核验。")


@pages.route("/<uuid:volunteer_id>/disagree", methods=["GET", "POST"])
@console_required("league", REGISTRAR)
def disagree(volunteer_id: uuid.UUID) -> ResponseReturnValue:
    return _asked(volunteer_id, verifying.withdraw, "撤回核验同意？", "撤回后立即停止核验。", "撤回",
                  "已撤回，不再核验。")


def facts_of(volunteer_id: uuid.UUID) -> dict[str, str]:
    """Whom a question is about, masked. Raises VolunteerUnknown, also for another county's."""
    mine = scope()
    with within(mine):
        volunteer = register_queries.one(mine, volunteer_id)
        return {"编号": volunteer.volunteer_no, "姓名": register_queries.masked(volunteer)}


def sections(mine: Scope, volunteer: Any) -> list[Section]:
    """For the entry's page."""
    if REGISTRAR not in mine.roles:
        return []
    return [Section("办理", acts=_acts(volunteer)),
            Section("办理记录（最近 20 条）", head=("时间", "机构", "事项"), rows=noting.history(volunteer, HISTORY))]


def _acts(volunteer: Any) -> list[Act]:
    def act(label: str, endpoint: str, danger: bool = False) -> Act:
        return Act(label, url_for(endpoint, volunteer_id=volunteer.id), asks=True, danger=danger)

    if volunteer.state in ("applied", "refused"):
        answers = "console_league_applications"
        return [act("重新审核", f"{answers}.reopen")] if volunteer.state == "refused" else [
            act("同意登记", f"{answers}.approve"), act("不同意", f"{answers}.refuse", danger=True)]
    if volunteer.state == "left":
        return [act("恢复登记", "console_league_entries.come_back")]
    here = "console_league_entries"
    checks = {"unchecked": [act("登记核验同意", f"{here}.agree"), act("已核对证件", f"{here}.paper")],
              "waiting": [act("撤回核验同意", f"{here}.disagree"), act("已核对证件", f"{here}.paper")],
              "mismatched": [act("已核对证件", f"{here}.paper")]}
    return [Act("更正", url_for(f"{here}.change", volunteer_id=volunteer.id)),
            *checks.get(volunteer.real_name_state, []), act("退出登记", f"{here}.leave", danger=True)]


def _asked(volunteer_id: uuid.UUID, verb: Callable[[Scope, uuid.UUID], None], title: str, text: str, words: str,
           done: str) -> ResponseReturnValue:
    if request.method == "GET":
        return confirm(title, text, act=words, danger=False, facts=facts_of(volunteer_id),
                       back=_address(volunteer_id))
    verb(scope(), volunteer_id)
    notice(done)
    return _back(volunteer_id)


def _address(volunteer_id: uuid.UUID) -> str:
    return url_for("console_league_volunteers.one", volunteer_id=volunteer_id)


def _back(volunteer_id: uuid.UUID) -> ResponseReturnValue:
    return to("console_league_volunteers.one", volunteer_id=volunteer_id)
