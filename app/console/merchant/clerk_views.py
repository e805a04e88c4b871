"""A merchant's clerks: invited by a link that works once, bound to a store, moved, ended."""

import uuid
from typing import Any

from flask import g, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from marshmallow import fields, validate

from app.console import cells, links
from app.console.answering import Pages, confirm, listing, notice, page, to
from app.console.forms import Form
from app.console.guards import console_required, own_merchant
from app.console.merchant.schemas import ClerkIn
from app.console.nav import Nav
from app.console.tables import Column, Filter, Table, equals, holds, of_query
from app.kernel.http import Strict
from app.merchants import keeping_stores, queries
from app.merchants.keeping_stores import NewClerk
from app.staff import queries as staff
from app.staff.errors import AccountUnknown

pages = Pages("merchant", "clerks", nav=Nav("店员", 30, ("manager",)))
STATES = {"invited": ("待接受邀请", "wait"), "active": ("正常", "good"), "closed": ("已停用", "bad")}


@pages.get("/")
@console_required("merchant", "manager")
def index() -> ResponseReturnValue:
    stores = {store.id: f"{store.code} {store.name}" for store in queries.stores(own_merchant())}
    table = Table("clerks", (
        Column("账号", lambda row: row.login, sort="login"),
        Column("姓名", lambda row: row.display_name, phone=False),
        Column("门店", lambda row: stores.get(row.store_id)),
        Column("状态", lambda row: cells.badge(*STATES[row.state])),
        Column("建立时间", lambda row: row.created_at, sort="created_at", phone=False),
        Column("操作", _acts),
    ), of_query(staff.clerks(own_merchant())), filters=(
        Filter("login", "账号", holds("login")),
        Filter("state", "状态", equals("state"), {state: words for state, (words, _) in STATES.items()
                                                  if state != "closed"})),
        empty="还没有店员，请先邀请。")
    actions = [("邀请店员", url_for(".invite"))] if queries.open_stores(own_merchant()) else [
        ("先添加门店", url_for("console_merchant_stores.add"))]
    return listing(table, title="店员", actions=actions)


@pages.route("/invite", methods=["GET", "POST"])
@console_required("merchant", "manager", fresh=True)
def invite() -> ResponseReturnValue:
    form = Form(_at_store(ClerkIn)())
    if request.method == "POST" and form.submit(request.form, lambda told: keeping_stores.invite_clerk(
            own_merchant(), NewClerk(told["name"].strip(), told["phone"], told["store_id"], told.get("login")),
            actor=g.account.actor)):
        return links.shown(form.result, url_for(".index"))
    return page("form.html", form.status, title="邀请店员", form=form, submit="发出邀请", back=url_for(".index"),
                text="店员只能看到自己门店的内容。")


@pages.route("/<uuid:account_id>/again", methods=["GET", "POST"])
@console_required("merchant", "manager", fresh=True)
def again(account_id: uuid.UUID) -> ResponseReturnValue:
    clerk = _clerk(account_id)
    if request.method == "GET":
        return _ask(clerk, "重新邀请？", "旧链接和已有登录立即失效；对方用新链接设置密码。", "重新邀请")
    return links.shown(keeping_stores.invite_clerk_again(own_merchant(), account_id, actor=g.account.actor),
                       url_for(".index"))


@pages.route("/<uuid:account_id>/move", methods=["GET", "POST"])
@console_required("merchant", "manager")
def move(account_id: uuid.UUID) -> ResponseReturnValue:
    clerk = _clerk(account_id)
    form = Form(_at_store(Strict)())
    if request.method == "POST" and form.submit(request.form, lambda told: keeping_stores.move_clerk(
            own_merchant(), account_id, told["store_id"], actor=g.account.actor)):
        notice("已调店，对方须重新登录。")
        return to(".index")
    return page("form.html", form.status, title=f"调店：{clerk.login}", form=form, submit="调店",
                back=url_for(".index"))


@pages.route("/<uuid:account_id>/end", methods=["GET", "POST"])
@console_required("merchant", "manager")
def end(account_id: uuid.UUID) -> ResponseReturnValue:
    clerk = _clerk(account_id)
    if request.method == "GET":
        return _ask(clerk, "停用店员账号？", "停用后不能恢复：立即退出登录，邀请失效，操作记录保留。", "停用",
                    danger=True)
    keeping_stores.end_clerk(own_merchant(), account_id, actor=g.account.actor)
    notice("账号已停用。")
    return to(".index")


def _at_store(base: type[Strict]) -> type[Strict]:
    """The form with this merchant's open stores to choose from."""
    stores = queries.open_stores(own_merchant())
    choice = fields.UUID(required=True, metadata={"label": "门店"}, validate=validate.OneOf(
        [store.id for store in stores], labels=[f"{store.code} {store.name}" for store in stores]))
    return type(f"{base.__name__}Here", (base,), {"store_id": choice})


def _clerk(account_id: uuid.UUID) -> Any:
    clerk = staff.merchants_account(own_merchant(), account_id)
    if clerk is None or "clerk" not in staff.roles(account_id):
        raise AccountUnknown
    return clerk


def _acts(row: Any) -> Markup:
    return Markup(" ").join((
        cells.act("重新邀请", url_for(".again", account_id=row.id)),
        cells.go("调店", url_for(".move", account_id=row.id)),
        cells.act("停用", url_for(".end", account_id=row.id), danger=True)))


def _ask(clerk: Any, title: str, text: str, act: str, *, danger: bool = False) -> ResponseReturnValue:
    return confirm(title, text, act=act, danger=danger, back=url_for(".index"),
                   facts={"账号": clerk.login, "姓名": clerk.display_name})
