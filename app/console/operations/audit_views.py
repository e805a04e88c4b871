"""The trail, for the audit administrator to read: nobody changes it here or anywhere."""

from flask.typing import ResponseReturnValue

from app.console.answering import Pages, listing
from app.console.guards import console_required
from app.console.nav import Nav
from app.console.tables import Column, Export, Filter, Table, equals, holds, of_query, since, until
from app.staff import queries as staff
from app.trail import queries as trail

pages = Pages("operations", "audit", nav=Nav("审计", 90, ("audit_admin",)))


@pages.route("/", methods=["GET", "POST"])
@console_required("operations", "audit_admin")
def index() -> ResponseReturnValue:
    table = Table("audit", (
        Column("时间", lambda row: row.at, sort="at"),
        Column("操作者", lambda row: staff.named(row.actor)),
        Column("事项", lambda row: row.what),
        Column("用途", lambda row: row.purpose, phone=False),
        Column("对象", lambda row: row.about, phone=False),
        Column("区块", lambda row: row.block_no, number=True, phone=False),
    ), of_query(trail.every()), filters=(
        Filter("actor", "操作者", holds("actor")), Filter("what", "事项", holds("what")),
        Filter("about", "对象", equals("about")),
        Filter("from", "自", since("at"), day=True), Filter("to", "至", until("at"), day=True)),
        sort="-at", per_page=50, export=Export("审计记录", ("内部审计", "主管部门检查")))
    return listing(table, title="审计记录")
