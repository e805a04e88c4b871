"""Changes of roles that wait for a second person."""

import uuid

from flask import g, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from app.console import cells
from app.console.answering import Pages, confirm, listing, notice, to
from app.console.guards import console_required
from app.console.nav import Nav
from app.console.tables import Column, Filter, Table, equals, of_query
from app.staff import granting, queries
from app.staff.errors import RequestUnknown
from app.staff.queries import ROLE_NAMES

pages = Pages("operations", "roles", nav=Nav("角色审批", 81, ("system_admin", "security_admin")))
STATES = {"open": "待审批", "approved": "已同意", "refused": "未同意"}
LOOKS = {"open": "wait", "approved": "good", "refused": "bad"}
CHANGES = {"grant": "授予", "take": "收回"}


@pages.get("/")
@console_required("operations", "system_admin", "security_admin")
def index() -> ResponseReturnValue:
    table = Table("roles", (
        Column("账号", lambda row: queries.login_of(row.account_id)),
        Column("变更", lambda row: f"{CHANGES[row.change]} {ROLE_NAMES[row.role]}"),
        Column("事由", lambda row: row.reason, phone=False),
        Column("申请人", lambda row: queries.login_of(row.asked_by), phone=False),
        Column("申请时间", lambda row: row.asked_at, sort="asked_at", phone=False),
        Column("状态", lambda row: cells.badge(STATES[row.state], LOOKS[row.state])),
        Column("审批", _links, export=False),
    ), of_query(queries.requests()), filters=(Filter("state", "状态", equals("state"), STATES),), sort="-asked_at",
        empty="没有角色变更。")
    return listing(table, title="角色审批")


@pages.route("/<uuid:request_id>/<any(approve, refuse):what>", methods=["GET", "POST"])
@console_required("operations", "security_admin", fresh=True)
def decide(request_id: uuid.UUID, what: str) -> ResponseReturnValue:
    asked = queries.request(request_id)
    if asked is None:
        raise RequestUnknown
    if request.method == "GET":
        return confirm("同意这项变更？" if what == "approve" else "不同意这项变更？", asked.reason,
                       act="同意" if what == "approve" else "不同意", danger=what == "refuse", back=url_for(".index"),
                       facts={"账号": queries.login_of(asked.account_id),
                              "变更": f"{CHANGES[asked.change]} {ROLE_NAMES[asked.role]}",
                              "申请人": queries.login_of(asked.asked_by)})
    granting.decide(request_id, what == "approve", by=g.account.id)
    notice("已审批。该账号须重新登录。" if what == "approve" else "已退回。")
    return to(".index")


def _links(row: object) -> Markup | None:
    """Only who may decide is offered to."""
    if (getattr(row, "state", "") != "open" or "security_admin" not in g.account.roles
            or g.account.id in (row.asked_by, row.account_id)):  # type: ignore[attr-defined]
        return None
    address = {what: url_for(".decide", request_id=row.id, what=what)  # type: ignore[attr-defined]
               for what in ("approve", "refuse")}
    return cells.act("同意", address["approve"]) + Markup(" ") + cells.act("不同意", address["refuse"], danger=True)
