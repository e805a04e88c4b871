"""Transfers between organisations: what others ask of us, what we ask of others."""

import uuid
from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from app.console import cells
from app.console.answering import Pages, confirm, listing, notice, page, to
from app.console.forms import Form
from app.console.guards import console_required
from app.console.league.mine import listed, scope
from app.console.league.register_schemas import AskTransfer, Because
from app.console.nav import Nav
from app.console.operations.words import badge, choices
from app.console.parts import Tile
from app.console.tables import Column, Filter, Table, equals
from app.kernel import clock
from app.staff import organising
from app.staff.scoping import Scope, within
from app.volunteers import transferring
from app.volunteers.transferring import Side

REGISTRAR = "registrar"
pages = Pages("league", "transfers", nav=Nav("转移", 16, (REGISTRAR,)))
STATES = {"asked": ("待答复", "wait"), "agreed": ("已同意", "good"), "declined": ("未同意", "bad"),
          "withdrawn": ("已撤回", ""), "expired": ("已失效", "")}


@pages.get("/")
@console_required("league", REGISTRAR)
def index() -> ResponseReturnValue:
    table = Table("transfers", (
        Column("志愿者", _who),
        Column("申请机构", lambda row: organising.name_of(row.to_organisation_id)),
        Column("理由", lambda row: row.reason, phone=False),
        Column("姓名", lambda row: "与登记一致" if row.name_same else cells.badge("与登记不符", "bad"), phone=False),
        Column("申请时间", lambda row: row.asked_at, sort="asked_at", phone=False),
        Column("期限", lambda row: row.expires_at, phone=False),
        Column("状态", lambda row: badge(STATES, standing(row)), phone=False),
        Column("办理", _answers),
    ), listed(transferring.asked_of), filters=(Filter("state", "状态", equals("state"), choices(STATES)),),
        sort="-asked_at", empty="没有其他机构向本机构申请转移。")
    return listing(table, title="转出：其他机构的申请", actions=[("本机构的转入申请", url_for(".asked")),
                                                       ("申请转入", url_for(".ask"))])


@pages.get("/asked")
@console_required("league", REGISTRAR)
def asked() -> ResponseReturnValue:
    table = Table("transfers_asked", (
        Column("志愿者", transferring.shown),
        Column("转入机构", lambda row: organising.name_of(row.to_organisation_id), phone=False),
        Column("理由", lambda row: row.reason, phone=False),
        Column("申请时间", lambda row: row.asked_at, sort="asked_at", phone=False),
        Column("状态", lambda row: badge(STATES, standing(row))),
        Column("对方意见", lambda row: row.answer, phone=False),
        Column("办理", lambda row: cells.act("撤回", url_for(".withdraw", transfer_id=row.id))
               if standing(row) == "asked" else ""),
    ), listed(transferring.asked_by), filters=(Filter("state", "状态", equals("state"), choices(STATES)),),
        sort="-asked_at", empty="本机构还没有申请过转入。")
    return listing(table, title="转入：本机构的申请", actions=[("其他机构的申请", url_for(".index")),
                                                       ("申请转入", url_for(".ask"))])


@pages.route("/ask", methods=["GET", "POST"])
@console_required("league", REGISTRAR)
def ask() -> ResponseReturnValue:
    form = Form(AskTransfer())
    if request.method == "POST" and form.submit(request.form, lambda told: transferring.ask(
            scope(), told["name"], told["id_number"], told["reason"])):
        notice("已向原登记组织申请。对方同意后，登记、服务记录和时长一并转入。",
               undo=url_for(".withdraw", transfer_id=form.result))
        return to(".asked")
    return page("form.html", form.status, title="申请转入", form=form, submit="申请", back=url_for(".asked"),
                text="须经本人同意后申请。对方答复之前，这里不显示此人登记在哪里。")


@pages.route("/<uuid:transfer_id>/agree", methods=["GET", "POST"])
@console_required("league", REGISTRAR, fresh=True)
def agree(transfer_id: uuid.UUID) -> ResponseReturnValue:
    if request.method == "GET":
        return confirm("同意转出？", "登记、服务记录和时长一并转到对方机构，本机构不再能查看；本人会收到通知。",
                       act="同意转出", facts=_facts(transferring.asked_of, transfer_id), back=url_for(".index"))
    transferring.agree(scope(), transfer_id)
    notice("已同意转出。")
    return to(".index")


@pages.route("/<uuid:transfer_id>/decline", methods=["GET", "POST"])
@console_required("league", REGISTRAR)
def decline(transfer_id: uuid.UUID) -> ResponseReturnValue:
    form, facts = Form(Because()), _facts(transferring.asked_of, transfer_id)
    if request.method == "POST" and form.submit(request.form, lambda told: transferring.decline(
            scope(), transfer_id, told["reason"])):
        notice("未同意转出，对方能看到理由。")
        return to(".index")
    return confirm("不同意转出？", "申请机构会看到理由，之后可以重新申请。", act="不同意", form=form,
                   facts=facts, back=url_for(".index"))


@pages.route("/<uuid:transfer_id>/withdraw", methods=["GET", "POST"])
@console_required("league", REGISTRAR)
def withdraw(transfer_id: uuid.UUID) -> ResponseReturnValue:
    if request.method == "GET":
        return confirm("撤回申请？", "撤回后对方不再能同意，需要时可以重新申请。", act="撤回", danger=False,
                       facts=_facts(transferring.asked_by, transfer_id), back=url_for(".asked"))
    transferring.withdraw(scope(), transfer_id)
    notice("已撤回。")
    return to(".asked")


def standing(row: Any) -> str:
    """Too old is over, also before the job has written it down."""
    return "expired" if row.state == "asked" and row.expires_at <= clock.now() else row.state


def waiting(mine: Scope) -> list[Tile]:
    """For the League's first page."""
    if REGISTRAR not in mine.roles:
        return []
    count = transferring.waiting(mine)
    return [Tile("待答复的转出", count, count > 0, url_for("console_league_transfers.index", state="asked"))]


def _facts(side: Side, transfer_id: uuid.UUID) -> dict[str, str]:
    """Whom a question is about, and who takes. Raises TransferUnknown for who isn't on this side."""
    with within(scope()):
        row = transferring.one(scope(), side, transfer_id)
        return {"志愿者": transferring.shown(row), "转入机构": organising.name_of(row.to_organisation_id)}


def _who(row: Any) -> Any:
    words = transferring.shown(row)
    if standing(row) != "asked":
        return words
    return cells.link(words, url_for("console_league_volunteers.one", volunteer_id=row.volunteer_id))


def _answers(row: Any) -> Any:
    if standing(row) != "asked":
        return row.answer
    return cells.act("同意", url_for(".agree", transfer_id=row.id)) + Markup(" ") + cells.act(
        "不同意", url_for(".decline", transfer_id=row.id), danger=True)
