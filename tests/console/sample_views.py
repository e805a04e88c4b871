"""A page with one of everything, as docs/explanation/console.md tells: mounted by tests only."""

import uuid
from typing import Any

from flask import g, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import fields

from app.console.answering import Pages, confirm, given, listing, notice, page, to
from app.console.forms import Form
from app.console.guards import console_required
from app.console.nav import Nav
from app.console.tables import Ask, Column, Export, Filter, Table
from app.kernel import progress
from app.kernel.fields import File, text
from app.kernel.http import Strict

MOST = 100_000
ROWS = [{"name": f"第 {number} 行", "count": number} for number in range(45)]
done: list[str] = []


class Paper(Strict):
    name = text(2, 20, required=True, metadata={"label": "名称"})
    open = fields.Boolean(metadata={"label": "立即公开"})
    paper = File(required=True, metadata={"label": "材料", "hint": "PDF，最多 100 KB。"})


def make() -> Pages:
    """Fresh blueprints, since each application registers its own."""
    pages = Pages("operations", "sample", nav=Nav("样例", 99))
    guard = console_required("operations")

    @pages.route("/", methods=["GET", "POST"])
    @guard
    def index() -> ResponseReturnValue:
        table = Table("sample", (Column("名称", lambda row: row["name"]),
                                 Column("数量", lambda row: row["count"], sort="count", number=True)), rows,
                      filters=(Filter("name", "名称"),), sort="count", export=Export("样例"), caption="样例行")
        return listing(table, "sample.html", title="样例", labels=["甲", "乙"], series={"小时": [3, 5], "人次": [1, 2]},
                       act=url_for(".act"))

    @pages.route("/act", methods=["GET", "POST"])
    @guard
    def act() -> ResponseReturnValue:
        if request.method == "GET":
            return confirm("暂停？", "可以撤销。", back=url_for(".index"), act="暂停")
        done.append("act")
        notice("已暂停。", undo=url_for(".undo"))
        return to(".index")

    @pages.post("/undo")
    @guard
    def undo() -> ResponseReturnValue:
        done.append("undo")
        notice("已撤销。", "info")
        return to(".index")

    @pages.route("/upload", methods=["GET", "POST"])
    @guard
    def upload() -> ResponseReturnValue:
        form = Form(Paper())
        if request.method == "POST" and form.submit(given(), take):
            return to("console_account.work", work_id=form.result)
        return page("sample_upload.html", form.status, title="上传", form=form, most=MOST)

    return pages


def rows(ask: Ask) -> tuple[list[Any], str | None]:
    """A source of its own: the cursor is where the last page ended."""
    start, limit = int(ask.page.get("cursor", "0")), ask.page["limit"]
    found = [row for row in ROWS if ask.values.get("name", "") in str(row["name"])]
    found.sort(key=lambda row: row["count"], reverse=ask.descending)
    return found[start:start + limit], str(start + limit) if start + limit < len(found) else None


def take(told: dict[str, Any]) -> uuid.UUID:
    """Long work begins: how much was brought is its whole."""
    size = len(told["paper"].read())
    return progress.begin("import", g.account.actor, f"导入 {told['name']}", total=size)
