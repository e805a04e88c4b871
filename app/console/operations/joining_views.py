"""Applications to join, for operators: look, ask for more, approve, refuse, think again."""

import uuid
from typing import Any

from flask import g, request, url_for
from flask.typing import ResponseReturnValue

from app.console import cells, links
from app.console.answering import Pages, attachment, confirm, listing, notice, page, to
from app.console.forms import Form
from app.console.guards import console_required
from app.console.nav import Nav
from app.console.operations.joining_schemas import Admit, AdmitAllTheSame, AskMore, Reason
from app.console.tables import Column, Export, Filter, Table, equals, holds, of_query, since
from app.kernel.media import ENDINGS
from app.merchants import admitting, queries, uscc
from app.merchants.joining import PAPERS

OPERATOR = "operator"
pages = Pages("operations", "joining", nav=Nav("入驻申请", 25, (OPERATOR,)))
STATES = {"submitted": "待审核", "asked": "待申请人补充", "approved": "已通过", "refused": "未通过"}
LOOKS = {"submitted": "wait", "asked": "", "approved": "good", "refused": "bad"}
KINDS = {"merchant": "商户", "public_body": "政务服务机构"}


@pages.route("/", methods=["GET", "POST"])
@console_required("operations", OPERATOR)
def index() -> ResponseReturnValue:
    table = Table("joining", (
        Column("回执号", lambda row: row.application_no, phone=False),
        Column("单位名称", lambda row: cells.link(row.name, url_for(".one", application_id=row.id)), sort="name"),
        Column("统一社会信用代码", lambda row: row.uscc, phone=False),
        Column("类型", lambda row: KINDS[row.kind], phone=False),
        Column("状态", lambda row: cells.badge(STATES[row.state], LOOKS[row.state])),
        Column("提交时间", lambda row: row.created_at, sort="created_at", phone=False),
        Column("最近变化", lambda row: row.changed_at, sort="changed_at"),
    ), of_query(queries.applications()), filters=(
        Filter("state", "状态", equals("state"), STATES), Filter("name", "单位名称", holds("name")),
        Filter("uscc", "统一社会信用代码", holds("uscc")), Filter("from", "提交自", since("created_at"), day=True)),
        sort="-changed_at", empty="还没有入驻申请。", export=Export("入驻申请"))
    return listing(table, title="入驻申请")


@pages.get("/<uuid:application_id>")
@console_required("operations", OPERATOR)
def one(application_id: uuid.UUID) -> ResponseReturnValue:
    shown = admitting.get(application_id)
    account = admitting.first_manager(application_id)
    return page("operations/joining.html", title=f"入驻申请：{shown.name}", shown=shown, state=STATES[shown.state],
                look=LOOKS[shown.state], kind=KINDS[shown.kind], valid=uscc.valid(shown.uscc), words=PAPERS,
                papers=admitting.papers(application_id), others=admitting.others(shown), states=STATES,
                invitable=account is not None and account.state == "invited",
                merchant=None if shown.merchant_id is None else queries.get(shown.merchant_id))


@pages.get("/<uuid:application_id>/contact")
@console_required("operations", OPERATOR)
def contact(application_id: uuid.UUID) -> ResponseReturnValue:
    """Whom to call; that it was looked at is in the trail."""
    told = admitting.contact(application_id, actor=g.account.actor)
    return page("operations/contact.html", title="联系方式", told=told,
                back=url_for(".one", application_id=application_id))


@pages.get("/<uuid:application_id>/papers/<uuid:paper_id>")
@console_required("operations", OPERATOR)
def paper(application_id: uuid.UUID, paper_id: uuid.UUID) -> ResponseReturnValue:
    found, content = admitting.read(application_id, paper_id, actor=g.account.actor)
    return attachment(content, f"{PAPERS[found.name]}.{ENDINGS[found.media_type]}", found.media_type)


@pages.route("/<uuid:application_id>/ask", methods=["GET", "POST"])
@console_required("operations", OPERATOR)
def ask(application_id: uuid.UUID) -> ResponseReturnValue:
    form = Form(AskMore())
    if request.method == "POST" and form.submit(request.form, lambda told: admitting.ask_more(
            application_id, told["words"], actor=g.account.actor)):
        return _done(application_id, "已通知申请人补充。")
    return _ask(application_id, "要求补充？", "申请人查询进度时会看到您写的内容。", "要求补充", form, danger=False)


@pages.route("/<uuid:application_id>/refuse", methods=["GET", "POST"])
@console_required("operations", OPERATOR)
def refuse(application_id: uuid.UUID) -> ResponseReturnValue:
    form = Form(Reason())
    if request.method == "POST" and form.submit(request.form, lambda told: admitting.refuse(
            application_id, told["reason"], actor=g.account.actor)):
        notice("未同意入驻，申请人能看到原因。", undo=url_for(".reopen", application_id=application_id))
        return to(".one", application_id=application_id)
    return _ask(application_id, "不同意入驻？", "申请人会看到原因，之后可以重新申请。", "不同意", form)


@pages.route("/<uuid:application_id>/reopen", methods=["GET", "POST"])
@console_required("operations", OPERATOR)
def reopen(application_id: uuid.UUID) -> ResponseReturnValue:
    if request.method == "GET":
        return _ask(application_id, "重新审核？", "这份申请回到待审核。", "重新审核", danger=False)
    admitting.reopen(application_id, actor=g.account.actor)
    return _done(application_id, "已回到待审核。")


@pages.route("/<uuid:application_id>/approve", methods=["GET", "POST"])
@console_required("operations", OPERATOR, fresh=True)
def approve(application_id: uuid.UUID) -> ResponseReturnValue:
    form = Form(Admit() if uscc.valid(admitting.get(application_id).uscc) else AdmitAllTheSame())
    if request.method == "POST" and form.submit(request.form, lambda told: admitting.approve(
            application_id, actor=g.account.actor, login=told.get("login"), let_through=told.get("let_through"))):
        return links.shown(form.result.invited, url_for(".one", application_id=application_id))
    return _ask(application_id, "同意入驻？", "将登记为商户，并为联系人建立首位管理员账号；邀请链接只显示一次。",
                "同意入驻", form, danger=False)


@pages.route("/<uuid:application_id>/invite", methods=["GET", "POST"])
@console_required("operations", OPERATOR, fresh=True)
def invite(application_id: uuid.UUID) -> ResponseReturnValue:
    if request.method == "GET":
        return _ask(application_id, "重新发送邀请？", "旧链接立即失效。", "重新邀请", danger=False)
    return links.shown(admitting.invite_again(application_id, actor=g.account.actor),
                       url_for(".one", application_id=application_id))


def _ask(application_id: uuid.UUID, title: str, text: str, act: str, form: Any = None, *,
         danger: bool = True) -> ResponseReturnValue:
    shown = admitting.get(application_id)
    return confirm(title, text, act=act, danger=danger, form=form, back=url_for(".one", application_id=application_id),
                   facts={"单位名称": shown.name, "统一社会信用代码": shown.uscc})


def _done(application_id: uuid.UUID, words: str) -> ResponseReturnValue:
    notice(words)
    return to(".one", application_id=application_id)
