"""Merchants and public bodies, as operations see them."""

from flask.typing import ResponseReturnValue

from app.console import cells
from app.console.answering import Pages, listing
from app.console.guards import console_required
from app.console.nav import Nav
from app.console.tables import Column, Export, Filter, Table, equals, holds, of_query
from app.merchants import queries

pages = Pages("operations", "merchants", nav=Nav("商户", 30, ("operator",)))
KINDS = {"merchant": "商户", "public_body": "政务服务机构"}
STATES = {"active": "正常", "paused": "已暂停", "closed": "已关闭"}


@pages.route("/", methods=["GET", "POST"])
@console_required("operations", "operator")
def index() -> ResponseReturnValue:
    table = Table("merchants", (
        Column("商户号", lambda row: row.mchid, sort="mchid"),
        Column("名称", lambda row: row.name),
        Column("统一社会信用代码", lambda row: row.uscc, phone=False),
        Column("类型", lambda row: KINDS[row.kind], phone=False),
        Column("状态", lambda row: cells.badge(STATES[row.state], "good" if row.state == "active" else "bad")),
        Column("登记时间", lambda row: row.created_at, sort="created_at", phone=False),
    ), of_query(queries.listing()), filters=(
        Filter("name", "名称", holds("name")), Filter("mchid", "商户号", equals("mchid")),
        Filter("state", "状态", equals("state"), STATES)), export=Export("商户"))
    return listing(table, title="商户")
