"""The League's tree and who works where: the system administrator adds, renames, invites; no knot is moved (0225)."""

import uuid
from typing import Any

from flask import g, request, url_for
from flask.typing import ResponseReturnValue

from app.console import cells, links
from app.console.answering import Pages, listing, notice, page, to
from app.console.forms import Form
from app.console.guards import console_required
from app.console.nav import Nav
from app.console.parts import Act, Section
from app.console.schemas import Invite, NewOrganisation, OrganisationName, TakeAccount
from app.console.tables import Column, Filter, Table, equals, holds, of_query
from app.staff import inviting, keeping, organising, queries
from app.staff.errors import OrganisationUnknown
from app.staff.inviting import Newcomer
from app.staff.queries import LEVELS

ADMIN = "system_admin"
pages = Pages("operations", "organisations", nav=Nav("机构", 82, (ADMIN,)))
STATES = {"invited": "待接受邀请", "active": "正常", "closed": "已停用"}
FIXED = "机构不能改挂到别的上级：已登记的志愿者和记录会随之换到别的地方管辖。撤并时请新建机构，再转移志愿者与账号。"


@pages.get("/")
@console_required("operations", ADMIN)
def index() -> ResponseReturnValue:
    table = Table("organisations", (
        Column("机构", lambda row: cells.link("　" * (row.path.count("/") - 2) + row.name,
                                            url_for(".one", organisation_id=row.id)), sort="path"),
        Column("层级", lambda row: LEVELS[row.level]),
        Column("行政区划", lambda row: row.region, sort="region", phone=False),
        Column("建立时间", lambda row: row.created_at, sort="created_at", phone=False),
    ), of_query(queries.organisations()), filters=(
        Filter("name", "名称", holds("name")), Filter("level", "层级", equals("level"), LEVELS),
        Filter("region", "行政区划代码", equals("region"))), sort="path", per_page=50,
        empty="还没有机构，请先建立省级机构。")
    nothing = not table.shown({}).rows
    return listing(table, title="机构", actions=[("建立省级机构", url_for(".add_first"))] if nothing else [])


@pages.route("/add", methods=["GET", "POST"])
@console_required("operations", ADMIN, fresh=True)
def add_first() -> ResponseReturnValue:
    """The province; the table lets one be."""
    return _adding("建立省级机构", None)


@pages.get("/<uuid:organisation_id>")
@console_required("operations", ADMIN)
def one(organisation_id: uuid.UUID) -> ResponseReturnValue:
    found = _found(organisation_id)
    place = Section("位置", {"上级": "　".join(each.name for each in queries.above(found)), "层级": LEVELS[found.level],
                           "行政区划代码": found.region}, text=FIXED, acts=(
        Act("新增下级机构", url_for(".add", organisation_id=found.id)),
        Act("更名", url_for(".rename", organisation_id=found.id)),
        Act("邀请账号", url_for(".invite", organisation_id=found.id)),
        Act("调入账号", url_for(".take", organisation_id=found.id))))
    table = Table("accounts", (
        Column("账号", lambda row: cells.link(row.login, url_for("console_operations_accounts.one", account_id=row.id)),
               sort="login"),
        Column("姓名", lambda row: row.display_name, phone=False),
        Column("状态", lambda row: STATES[row.state]),
    ), of_query(queries.of_organisation(found.id)), sort="login", empty="这里还没有账号。")
    return listing(table, "overview.html", title=found.name, sections=[place], table_title="账号")


@pages.route("/<uuid:organisation_id>/add", methods=["GET", "POST"])
@console_required("operations", ADMIN, fresh=True)
def add(organisation_id: uuid.UUID) -> ResponseReturnValue:
    return _adding(f"在{_found(organisation_id).name}下新增机构", organisation_id)


@pages.route("/<uuid:organisation_id>/rename", methods=["GET", "POST"])
@console_required("operations", ADMIN, fresh=True)
def rename(organisation_id: uuid.UUID) -> ResponseReturnValue:
    found = _found(organisation_id)
    form = Form(OrganisationName(), {"name": found.name})
    if request.method == "POST" and form.submit(request.form, lambda told: organising.rename(
            organisation_id, told["name"], actor=g.account.actor)):
        notice("已更名。")
        return to(".one", organisation_id=organisation_id)
    return page("form.html", form.status, title=f"更名：{found.name}", form=form, submit="保存",
                back=url_for(".one", organisation_id=organisation_id))


@pages.route("/<uuid:organisation_id>/invite", methods=["GET", "POST"])
@console_required("operations", ADMIN, fresh=True)
def invite(organisation_id: uuid.UUID) -> ResponseReturnValue:
    found, form = _found(organisation_id), Form(Invite())
    if request.method == "POST" and form.submit(request.form, lambda told: inviting.invite(
            Newcomer(told["login"], told["name"], "league", organisation_id=organisation_id), actor=g.account.actor)):
        return links.shown(form.result, url_for(".one", organisation_id=organisation_id))
    return page("form.html", form.status, title=f"邀请账号：{found.name}", form=form, submit="发出邀请",
                back=url_for(".one", organisation_id=organisation_id),
                text="邀请只建立账号；角色在账号页申请，由安全管理员审批。")


@pages.route("/<uuid:organisation_id>/take", methods=["GET", "POST"])
@console_required("operations", ADMIN, fresh=True)
def take(organisation_id: uuid.UUID) -> ResponseReturnValue:
    """Somebody who works here from now on."""
    found, form = _found(organisation_id), Form(TakeAccount())
    if request.method == "POST" and form.submit(request.form, lambda told: keeping.move(
            told["login"], organisation_id, actor=g.account.actor)):
        notice("已调入，该账号须重新登录，角色须重新申请。")
        return to(".one", organisation_id=organisation_id)
    return page("form.html", form.status, title=f"调入账号：{found.name}", form=form, submit="调入",
                back=url_for(".one", organisation_id=organisation_id))


def _adding(title: str, above: uuid.UUID | None) -> ResponseReturnValue:
    form = Form(NewOrganisation())
    if request.method == "POST" and form.submit(request.form, lambda told: organising.add(
            told["name"], told["region"], above, actor=g.account.actor)):
        notice("已建立。")
        return to(".one", organisation_id=form.result.id)
    back = url_for(".index") if above is None else url_for(".one", organisation_id=above)
    return page("form.html", form.status, title=title, form=form, submit="建立", back=back)


def _found(organisation_id: uuid.UUID) -> Any:
    found = queries.organisation(organisation_id)
    if found is None:
        raise OrganisationUnknown
    return found
