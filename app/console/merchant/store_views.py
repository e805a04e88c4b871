"""A merchant's stores: add, change, close, open again."""

import uuid
from typing import Any

from flask import g, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from app.console import cells
from app.console.answering import Pages, confirm, listing, notice, page, to
from app.console.forms import Form
from app.console.guards import console_required, own_merchant
from app.console.merchant.schemas import NewStore, Place
from app.console.nav import Nav
from app.console.tables import Column, Export, Filter, Table, equals, holds, of_query
from app.merchants import keeping_stores, queries
from app.merchants.errors import StoreUnknown

pages = Pages("merchant", "stores", nav=Nav("门店", 20, ("manager",)))


@pages.route("/", methods=["GET", "POST"])
@console_required("merchant", "manager")
def index() -> ResponseReturnValue:
    table = Table("stores", (
        Column("编号", lambda row: row.code, sort="code"),
        Column("名称", lambda row: row.name, sort="name"),
        Column("地区", lambda row: row.region, phone=False),
        Column("地址", lambda row: row.address, phone=False),
        Column("状态", lambda row: cells.badge("已关闭", "bad") if row.closed_at else cells.badge("营业", "good")),
        Column("操作", _acts, export=False),
    ), of_query(queries.stores_listing(own_merchant())), filters=(
        Filter("name", "名称", holds("name")), Filter("code", "编号", equals("code"))),
        sort="code", export=Export("门店"), empty="还没有门店，请先添加。")
    return listing(table, title="门店", actions=[("添加门店", url_for(".add"))])


@pages.route("/add", methods=["GET", "POST"])
@console_required("merchant", "manager")
def add() -> ResponseReturnValue:
    form = Form(NewStore())
    if request.method == "POST" and form.submit(request.form, lambda told: keeping_stores.add(
            own_merchant(), told["code"], _place(told), actor=g.account.actor)):
        return _done("门店已添加。")
    return page("form.html", form.status, title="添加门店", form=form, submit="添加", back=url_for(".index"))


@pages.route("/<uuid:store_id>/change", methods=["GET", "POST"])
@console_required("merchant", "manager")
def change(store_id: uuid.UUID) -> ResponseReturnValue:
    store = _store(store_id)
    form = Form(Place(), {"name": store.name, "region": store.region, "address": store.address})
    if request.method == "POST" and form.submit(request.form, lambda told: keeping_stores.change(
            own_merchant(), store_id, _place(told), actor=g.account.actor)):
        return _done("门店已修改。")
    return page("form.html", form.status, title=f"修改门店 {store.code}", form=form, submit="保存",
                back=url_for(".index"))


@pages.route("/<uuid:store_id>/close", methods=["GET", "POST"])
@console_required("merchant", "manager")
def close(store_id: uuid.UUID) -> ResponseReturnValue:
    store = _store(store_id)
    if request.method == "GET":
        return confirm("关闭门店？", "关闭后不能再在这里核销，已发生的不受影响；可以重新启用。", act="关闭",
                       back=url_for(".index"), facts={"编号": store.code, "名称": store.name})
    keeping_stores.close(own_merchant(), store_id, actor=g.account.actor)
    return _done("门店已关闭。", undo=url_for(".reopen", store_id=store_id))


@pages.route("/<uuid:store_id>/reopen", methods=["GET", "POST"])
@console_required("merchant", "manager")
def reopen(store_id: uuid.UUID) -> ResponseReturnValue:
    store = _store(store_id)
    if request.method == "GET":
        return confirm("重新启用门店？", "启用后可以继续核销。", act="启用", danger=False, back=url_for(".index"),
                       facts={"编号": store.code, "名称": store.name})
    keeping_stores.reopen(own_merchant(), store_id, actor=g.account.actor)
    return _done("门店已启用。")


def _store(store_id: uuid.UUID) -> Any:
    store = queries.own_store(own_merchant(), store_id)
    if store is None:
        raise StoreUnknown
    return store


def _place(told: dict[str, Any]) -> tuple[str, str, str]:
    return told["name"].strip(), told["region"], told["address"].strip()


def _acts(row: Any) -> Markup:
    if row.closed_at:
        return cells.act("启用", url_for(".reopen", store_id=row.id))
    return Markup(" ").join((cells.go("修改", url_for(".change", store_id=row.id)),
                             cells.act("关闭", url_for(".close", store_id=row.id), danger=True)))


def _done(words: str, undo: str | None = None) -> ResponseReturnValue:
    notice(words, undo=undo)
    return to(".index")
