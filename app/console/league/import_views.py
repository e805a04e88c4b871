"""Importing spreadsheets: template, upload, columns, preview, yes, history, undo."""

import uuid
from collections.abc import Mapping
from typing import Any

from flask import g, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import fields, validate

from app.console.answering import Pages, attachment, confirm, given, listing, notice, page, to
from app.console.cells import badge, link
from app.console.forms import Form
from app.console.guards import console_required
from app.console.league import imported_views as imported
from app.console.league.imported_views import BADGES, STATES
from app.console.league.mine import listed, scope
from app.console.nav import Nav
from app.console.parts import Act, Tile
from app.console.tables import Column, Filter, Table, equals, since, until
from app.kernel import clock, progress
from app.kernel.errors import NotFound
from app.kernel.fields import File
from app.kernel.http import Strict
from app.kernel.settings import settings
from app.staff.scoping import Scope, within
from app.volunteers.imports import importing
from app.volunteers.imports import papers as import_papers
from app.volunteers.imports import queries as import_queries
from app.volunteers.imports import sheets as import_sheets
from app.volunteers.imports.importable import KINDS
from app.volunteers.imports.kinds import Kind
from app.volunteers.imports.queries import Import

ROLES = tuple(sorted({kind.role for kind in KINDS.values()}))
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

pages = Pages("league", "imports", nav=Nav("批量导入", 13, ROLES), upload="IMPORT_BYTES")


class Upload(Strict):
    file = File(required=True, metadata={"label": "表格文件", "hint": "XLSX 或 CSV（UTF-8、GB18030），第一行为列名。"})


@pages.get("/")
@console_required("league", *ROLES)
def index() -> ResponseReturnValue:
    mine = _mine()
    table = Table("imports", (
        Column("时间", lambda job: link(f"{job.began_at.astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M}", _at(job)),
               sort="began_at"),
        Column("内容", lambda job: KINDS[job.kind].title),
        Column("行数", lambda job: job.rows, number=True),
        Column("结果", lambda job: imported.line(job), phone=False),
        Column("状态", lambda job: badge(STATES[job.state], BADGES.get(job.state, ""))),
    ), listed(lambda mine: import_queries.listing(mine, tuple(_mine()))), filters=(
        Filter("kind", "内容", equals("kind"), {kind.name: kind.title for kind in mine.values()}),
        Filter("state", "状态", equals("state"), STATES),
        Filter("from", "自", since("began_at"), day=True), Filter("to", "至", until("began_at"), day=True)),
        sort="-began_at", empty="还没有导入过表格。请先下载模板填写，再上传。")
    acts = [act for kind in mine.values() for act in (
        Act(f"导入{kind.title}", url_for(".upload", kind=kind.name)),
        Act(f"下载{kind.title}模板", url_for(".template", kind=kind.name)))]
    return listing(table, "overview.html", title="批量导入", acts=acts)


@pages.get("/<any(volunteers, hours):kind>/template")
@console_required("league", *ROLES)
def template(kind: str) -> ResponseReturnValue:
    found = _kind(kind)
    return attachment(import_sheets.template(found), f"{found.title}导入模板.xlsx", XLSX)


@pages.route("/<any(volunteers, hours):kind>/new", methods=["GET", "POST"])
@console_required("league", *ROLES)
def upload(kind: str) -> ResponseReturnValue:
    found, form = _kind(kind), Form(Upload())
    if request.method == "POST" and form.submit(given(), lambda told: importing.begin(
            scope(), found, told["file"].filename or "", told["file"].stream.read())):
        return to(".one", import_id=form.result)
    told = settings()
    return page("form.html", form.status, title=f"导入{found.title}", form=form, submit="上传", back=url_for(".index"),
                most=told.IMPORT_BYTES,
                text=f"每份最多 {told.IMPORT_ROWS:,} 行、{told.IMPORT_BYTES >> 20} MB。上传后先预览，确认后才写入；"
                     f"写入后可以整次撤销。文件加密存放，{told.IMPORT_KEEP_DAYS} 天后清除。")


@pages.get("/<uuid:import_id>")
@console_required("league", *ROLES)
def one(import_id: uuid.UUID) -> ResponseReturnValue:
    """How far it is, what would become of it, or what has."""
    with within(scope()):
        job, kind = _one(import_id)
        shown = imported.shown(job, kind)
    work = None if not job.under_way or job.work_id is None else progress.get(job.work_id)
    return page("league/import.html", title=f"导入{kind.title}", job=job, work=work, waiting=job.under_way,
                steps=imported.steps(job), **shown)


@pages.route("/<uuid:import_id>/columns", methods=["GET", "POST"])
@console_required("league", *ROLES)
def columns(import_id: uuid.UUID) -> ResponseReturnValue:
    with within(scope()):
        job, kind = _one(import_id)
        head = import_papers.head_of(job)
    form = Form(_columns(kind, head), {key: str(place) for key, place in (job.mapping or {}).items()})
    if request.method == "POST" and form.submit(request.form, lambda told: importing.match(
            scope(), import_id, {key: int(place) for key, place in told.items()})):
        return to(".one", import_id=import_id)
    return page("form.html", form.status, title="列的对应关系", form=form, submit="继续", back=_at(job),
                text="请为每一项选择表格中的列；不需要的可以不选。下次上传同样列名的表格时会自动沿用。")


@pages.route("/<uuid:import_id>/commit/<any(all, valid):choice>", methods=["GET", "POST"])
@console_required("league", *ROLES)
def commit(import_id: uuid.UUID, choice: Any) -> ResponseReturnValue:
    if request.method == "GET":
        with within(scope()):
            job, kind = _one(import_id)
        right = job.rows - imported.seen(job)["wrong"]
        return confirm(f"导入 {right:,} 行{kind.title}？", imported.CHOICES[choice], act="导入", danger=False,
                       back=_at(job))
    importing.commit(scope(), import_id, choice)
    return to(".one", import_id=import_id)


@pages.route("/<uuid:import_id>/drop", methods=["GET", "POST"])
@console_required("league", *ROLES)
def drop(import_id: uuid.UUID) -> ResponseReturnValue:
    if request.method == "GET":
        with within(scope()):
            job, _ = _one(import_id)
        return confirm("放弃这次导入？", "什么都不会写入，上传的文件立即清除。", act="放弃", back=_at(job))
    importing.drop(scope(), import_id)
    notice("已放弃，文件已清除。")
    return to(".index")


@pages.route("/<uuid:import_id>/undo", methods=["GET", "POST"])
@console_required("league", *ROLES)
def undo(import_id: uuid.UUID) -> ResponseReturnValue:
    if request.method == "GET":
        with within(scope()):
            job, _ = _one(import_id)
        return confirm("撤销整次导入？", "新增的将移除，变更的恢复原状；导入之后又有变动的保留不动，并列出原因。",
                       act="撤销", back=_at(job))
    importing.undo(scope(), import_id)
    return to(".one", import_id=import_id)


@pages.post("/<uuid:import_id>/problems/<any(rows, sheet):which>")
@console_required("league", *ROLES)
def problems(import_id: uuid.UUID, which: str) -> ResponseReturnValue:
    """The rows that are wrong, or the whole sheet, with what is wrong in words."""
    with within(scope()):
        job, kind = _one(import_id)
        if which == "sheet" and job.rows > imported.WHOLE:
            raise NotFound
        content = import_sheets.marked(job, kind, only_wrong=which == "rows")
        importing.tell(scope(), job, "import.copied", f"下载{kind.title}表格（标注问题）")
    return attachment(content, f"{kind.title}-标注问题.xlsx", XLSX)


def waiting(mine: Scope) -> list[Tile]:
    """For the first page."""
    kinds = tuple(name for name, kind in KINDS.items() if kind.role in mine.roles)
    if not kinds:
        return []
    count = import_queries.waiting(mine, kinds)
    return [Tile("待确认的导入", count, href=url_for("console_league_imports.index"))] if count else []


def _mine() -> Mapping[str, Kind]:
    """The kinds that this account may import."""
    return {name: kind for name, kind in KINDS.items() if kind.role in g.account.roles}


def _kind(name: str) -> Kind:
    """Raises NotFound, RoleMissing."""
    if name not in KINDS:
        raise NotFound
    scope().need(KINDS[name].role)
    return KINDS[name]


def _one(import_id: uuid.UUID) -> tuple[Import, Kind]:
    """Within the scope. Raises ImportUnknown, RoleMissing."""
    job = import_queries.one(scope(), import_id)
    return job, _kind(job.kind)


def _at(job: Import) -> str:
    return url_for("console_league_imports.one", import_id=job.id)


def _columns(kind: Kind, head: list[str]) -> Strict:
    names = [f"第 {place} 列 {text[:20] or '（无列名）'}" for place, text in enumerate(head, 1)]
    choice = validate.OneOf([str(place) for place in range(len(head))], labels=names)
    return Strict.from_dict({column.key: fields.String(
        required=column.required, validate=choice, metadata={"label": column.label, "hint": column.hint})
        for column in kind.columns})()  # type: ignore[return-value]
