"""Exports of the League's tables: given at once up to a size, larger ones after somebody else's yes, each marked."""

import uuid

from flask import Response, g, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select

from app.console import answering, cells
from app.console.answering import Pages, attachment, confirm, listing, notice, page, to
from app.console.guards import console_required
from app.console.league.mine import listed, scope
from app.console.nav import Nav
from app.console.parts import Act, Tile
from app.console.tables import MOST_EXPORTED, Column, Filter, Table, equals
from app.kernel import clock
from app.kernel.db import session
from app.kernel.errors import Invalid
from app.staff import exporting, queries
from app.staff.errors import ExportTooLarge, ExportUnknown
from app.staff.exporting import ALONE, APPROVER, Wanted
from app.staff.scoping import Scope, within

pages = Pages("league", "exports", nav=Nav("导出", 90))
FIELD = "request"  # of a download: which request it is
STATES = {"open": "待审批", "approved": "已同意，待下载", "refused": "未同意", "taken": "已导出"}
LOOKS = {"open": "wait", "approved": "good", "refused": "bad", "taken": ""}


@pages.get("/")
@console_required("league")
def index() -> ResponseReturnValue:
    table = Table("exports", (
        Column("编号", lambda row: cells.whole(row.number, url_for(".one", request_id=row.id))),
        Column("内容", lambda row: row.title),
        Column("用途", lambda row: row.purpose, phone=False),
        Column("行数", lambda row: row.rows, number=True),
        Column("申请人", lambda row: queries.login_of(row.asked_by), phone=False),
        Column("时间", lambda row: row.asked_at, sort="asked_at", phone=False),
        Column("状态", lambda row: cells.badge(STATES[row.state], LOOKS[row.state])),
    ), listed(exporting.requests), filters=(Filter("state", "状态", equals("state"), STATES),), sort="-asked_at",
        empty="还没有导出。在各列表下方选择用途即可导出。")
    return listing(table, title="导出记录")


@pages.get("/<uuid:request_id>")
@console_required("league")
def one(request_id: uuid.UUID) -> ResponseReturnValue:
    with within(scope()):
        asked = exporting.own_or_below(scope(), request_id)
    own = asked.asked_by == g.account.id
    args, words = exporting.asked_for(asked) if own or APPROVER in g.account.roles else ({}, {})
    ready = own and asked.state == "approved" and asked.expires_at is not None and asked.expires_at > clock.now()
    acts = [Act("同意", url_for(".decide", request_id=request_id, what="approve"), asks=True),
            Act("不同意", url_for(".decide", request_id=request_id, what="refuse"), asks=True, danger=True)] \
        if asked.state == "open" and not own and APPROVER in g.account.roles else []
    return page("league/export.html", title=f"导出 {asked.number}", asked=asked, words=words, acts=acts, ready=ready,
                args=args if ready else {}, state=STATES[asked.state], asker=queries.login_of(asked.asked_by),
                decider=queries.login_of(asked.decided_by))


@pages.route("/<uuid:request_id>/<any(approve, refuse):what>", methods=["GET", "POST"])
@console_required("league", APPROVER, fresh=True)
def decide(request_id: uuid.UUID, what: str) -> ResponseReturnValue:
    with within(scope()):
        asked = exporting.own_or_below(scope(), request_id)
    yes = what == "approve"
    if request.method == "GET":
        return confirm("同意这次导出？" if yes else "不同意这次导出？", "同意后，申请人须在 24 小时内下载，只能一次。",
                       act="同意" if yes else "不同意", danger=not yes, back=url_for(".one", request_id=request_id),
                       facts={"内容": asked.title, "用途": asked.purpose, "行数": asked.rows,
                              "申请人": queries.login_of(asked.asked_by)})
    exporting.decide(scope(), request_id, yes)
    notice("已同意。" if yes else "已退回。")
    return to(".index")


def waiting(mine: Scope) -> list[Tile]:
    """What may be decided, and what may be fetched."""
    count = session().scalar(select(func.count()).select_from(
        exporting.requests(mine).where(exporting.waiting(mine)).subquery())) or 0
    return [Tile("待办的导出", count, False, url_for("console_league_exports.index"))]


def exported(table: Table, purpose: str) -> Response:
    """The file, or the request that somebody else has to agree to. Raises Invalid, ExportTooLarge, ExportUnknown."""
    if not purpose:
        raise Invalid(errors={"form": {"purpose": ["请从给出的选项中选择。"]}})
    rows = list(table.every(request.form, MOST_EXPORTED + 1))
    if len(rows) > MOST_EXPORTED:
        raise ExportTooLarge
    wanted, agreed = _wanted(table, purpose), request.form.get(FIELD)
    request_id = None if agreed is None else _id(agreed)
    number = exporting.new_number() if request_id is None else _number(request_id)
    content = table.file(rows, _mark(purpose, number))
    with within(scope()):
        asked = exporting.ask(scope(), number, wanted, len(rows)) if request_id is None else \
            exporting.take(scope(), request_id, wanted)
        if asked.state == "taken" and table.export is not None and table.export.looks is not None:
            table.export.looks(rows, f"导出：{purpose}")
    if asked.state == "taken":
        return attachment(content, f"{wanted.title}-{number}.csv")
    notice(f"一天内自行导出不超过 {ALONE} 行，这次共 {len(rows)} 行，须由另一位审核员同意。", "info")
    return to("console_league_exports.one", request_id=asked.id)


def _wanted(table: Table, purpose: str) -> Wanted:
    ask = table.asked(request.form)
    args = {one.name: str(ask.values[one.name]) for one in table.filters if one.name in ask.values}
    words = {one.label: (one.choices or {}).get(args[one.name], args[one.name]) for one in table.filters
             if one.name in args}
    title = table.export.name if table.export else table.id
    return Wanted(table.id, title, request.path, purpose, {**args, "sort": ("-" if ask.descending else "") + ask.sort},
                  words)


def _mark(purpose: str, number: str) -> str:
    own = queries.organisation(g.account.organisation_id)
    return " ".join((own.name if own else "", g.account.name, g.account.login,
                     clock.now().astimezone(clock.SHANGHAI).strftime("%Y-%m-%d %H:%M"), purpose, number))


def _number(request_id: uuid.UUID) -> str:
    with within(scope()):
        return exporting.own_or_below(scope(), request_id).number


def _id(given: str) -> uuid.UUID:
    if not queries.UUID.fullmatch(given):
        raise ExportUnknown
    return uuid.UUID(given)


answering.EXPORTERS["league"] = exported
