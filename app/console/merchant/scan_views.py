"""The clerk's scan page: look at a code, use it, take it back; and what a phone keeps for when there is no network."""

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

from flask import Response, g, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema

from app.benefits import scanning
from app.benefits.errors import AmountWrong, CodeUnknown, RedemptionNotFound
from app.benefits.scanning import Counter
from app.console import cells
from app.console.answering import STATIC, Pages, asset, confirm, listing, notice, page, to
from app.console.forms import Form
from app.console.guards import console_required, own_merchant, own_store
from app.console.merchant import scan_schemas as schemas
from app.console.nav import Nav
from app.console.tables import Column, Filter, Table, of_query
from app.kernel import clock, jsons
from app.kernel.beats import on_the_beat
from app.kernel.errors import Invalid, Refusal
from app.merchants import queries as merchants

pages = Pages("merchant", "scan", nav=Nav("扫码核销", 5, ("clerk", "manager")))
CLERKS = ("merchant", "clerk", "manager")
FILES = ("tabler.css", "console.css", "scan.css", "jsqr.js", "scan_keeping.js", "scan_proofs.js", "scan_camera.js",
         "scan_queue.js", "scan.js")
STATES = {"open": ("已交付", "wait"), "done": ("已核销", "good"), "reversed": ("已撤销", ""),
          "breached": ("未履约", "bad")}
View = Callable[..., ResponseReturnValue]


@pages.after_request
def _camera(answer: Response) -> Response:
    """Here, and on no other page, the camera may be asked for."""
    answer.headers["Permissions-Policy"] = "camera=(self), geolocation=(), microphone=(), payment=(), usb=()"
    return answer


def at_counter(view: View) -> View:
    """With g.counter: the clerk's own store, or the one that a manager names. Without one, a page that says so."""

    @wraps(view)
    def placed(*args: Any, **kwargs: Any) -> ResponseReturnValue:
        g.no = False
        merchant, store = merchants.get(own_merchant()), _store()
        if merchant.state != "active":
            return page("merchant/scan_nowhere.html", 409, title="扫码核销", stores=[],
                        words="商户已暂停或关闭，现在不能核销，请联系平台运营方。")
        if store is None or store.closed_at is not None:
            stores = merchants.open_stores(own_merchant()) if own_store() is None else []
            words = "请选择您所在的门店。" if stores else "门店已停用或还没有设置，请联系商户管理员。"
            return page("merchant/scan_nowhere.html", 200 if stores else 409, title="扫码核销", stores=stores,
                        words=words)
        g.counter, g.store, g.mchid = Counter(merchant.id, store.code, g.account.actor), store, merchant.mchid
        return view(*args, **kwargs)

    return placed


@pages.get("/")
@console_required(*CLERKS)
@at_counter
def index() -> ResponseReturnValue:
    return _page("scan")


@pages.post("/verify")
@console_required(*CLERKS)
@on_the_beat(no=lambda _: g.no)
@at_counter
def verify() -> ResponseReturnValue:
    """Every kind of no is this one page, in body and status."""
    told = _told(schemas.Look())
    seen = scanning.look(g.counter, told["code"].strip())
    return _page("no") if seen is None else _page("yes", sight=seen)


@pages.post("/redeem")
@console_required(*CLERKS)
@on_the_beat(no=lambda _: g.no)
@at_counter
def redeem() -> ResponseReturnValue:
    """Sent again, it is the same redemption: its number came with the look."""
    told = _told(schemas.Use())
    try:
        done = scanning.use(g.counter, out_redemption_no=told["number"], service_id=told["service_id"],
                            entitlement_no=told["entitlement_no"], amount=_amount(told))
    except AmountWrong:
        seen = scanning.sight(g.counter, told["entitlement_no"], told["number"])
        return _page("yes", 422, sight=seen, given=request.form,
                     words=f"金额不符：减免不能超过 {cells.yuan(seen.worth_fen)} 元，原价须等于减免加实付。")
    except CodeUnknown:
        return _page("no", 404)
    except Refusal as no:
        return _page("refused", no.status, words=no.detail)
    return _page("done", done=done, sight=scanning.sight(g.counter, told["entitlement_no"], told["number"]),
                 undo=url_for(".undo", number=done.out_redemption_no))


@pages.post("/upload")
@console_required(*CLERKS)
@on_the_beat(no=lambda _: g.no)
@at_counter
def upload() -> ResponseReturnValue:
    """What was used without network, one by one: {code, words}; the same one again gets the same answer."""
    try:
        told = _told(schemas.Upload())
        scanning.use(g.counter, out_redemption_no=told["number"], service_id=told["service_id"], proof=told["proof"],
                     redeemed_at=told["redeemed_at"], amount=_amount(told))
    except Refusal as no:
        g.no = isinstance(no, CodeUnknown)
        return _json({"code": no.code, "words": no.detail}, no.status)
    return _json({"code": "OK", "words": "已入账。"})


@pages.get("/today")
@console_required(*CLERKS)
@at_counter
def today() -> ResponseReturnValue:
    table = Table("today", (
        Column("时间", lambda row: f"{row.redeemed_at.astimezone(clock.SHANGHAI):%H:%M}", sort="redeemed_at"),
        Column("权益", lambda row: row.title),
        Column("减免（元）", lambda row: cells.yuan(row.waived_fen), number=True, phone=False),
        Column("状态", lambda row: cells.badge(*STATES[row.state])),
        Column("券号尾号", lambda row: row.entitlement_no[-6:], phone=False),
        Column("操作", _undo_of),
    ), of_query(scanning.today(g.counter)), filters=_stores(), sort="-redeemed_at",
        caption=f"{g.store.name} · 我今天的核销", empty="今天还没有核销。扫一次出示码，就会出现在这里。")
    return listing(table, title="今日核销", actions=[("扫码", url_for(".index", store=_named()))])


@pages.get("/open")
@console_required(*CLERKS)
@at_counter
def handed_out() -> ResponseReturnValue:
    table = Table("open", (
        Column("交付时间", lambda row: row.redeemed_at, sort="redeemed_at"),
        Column("权益", lambda row: row.title),
        Column("券号尾号", lambda row: row.entitlement_no[-6:]),
        Column("操作", lambda row: cells.act("归还", url_for(".bring_back", number=row.out_redemption_no))),
    ), of_query(scanning.handed_out(g.counter)), filters=_stores(), sort="-redeemed_at",
        caption=f"{g.store.name} · 待归还", empty="没有待归还的物品。")
    return listing(table, title="待归还", actions=[("扫码", url_for(".index", store=_named()))])


@pages.route("/redemptions/<number>/undo", methods=["GET", "POST"])
@console_required(*CLERKS)
@at_counter
def undo(number: str) -> ResponseReturnValue:
    if request.method == "GET":
        scanning.own(g.counter, _number(number))
        return confirm("撤销这笔核销？", "权益会退回给对方，对方可以再次使用。只能撤销五分钟内的。", act="撤销",
                       back=url_for(".today", store=_named()))
    scanning.undo(g.counter, _number(number))
    notice("已撤销，权益已退回给对方。")
    return to(".today", store=_named())


@pages.route("/redemptions/<number>/completion", methods=["GET", "POST"])
@console_required(*CLERKS)
@at_counter
def bring_back(number: str) -> ResponseReturnValue:
    scanning.of_store(g.counter, _number(number))
    form = Form(schemas.BringBack())
    if request.method == "POST" and form.submit(request.form, lambda told: scanning.bring_back(
            g.counter, number, told["owed"], told.get("note"))):
        notice("已归还，订单完结。")
        return to(".handed_out", store=_named())
    answer = confirm("物品已归还？", "完结后会向信用平台报送履约，不能在此撤销。", act="确认归还", danger=False,
                     back=url_for(".handed_out", store=_named()), form=form)
    answer.status_code = form.status
    return answer


@pages.get("/offline")
@console_required(*CLERKS)
def offline() -> ResponseReturnValue:
    """The page as the browser keeps it for when there is no network: the same for everybody, about nobody."""
    return page("merchant/scan_offline.html", title="离线核销", files=FILES)


@pages.get("/worker.js")
@console_required(*CLERKS)
def worker() -> ResponseReturnValue:
    """The service worker, of this folder alone; its bytes change with the files that it keeps."""
    files = [asset(name) for name in FILES if asset(name)]
    told = jsons.dumps({"page": url_for(".offline"), "scope": url_for(".index"), "files": files}).decode()
    source = Path(STATIC / "console" / "scan_worker.js").read_text("utf-8")
    return Response(f"const KEPT = {told};\n{source}", content_type="text/javascript; charset=utf-8")


def _page(stage: str, status: int = 200, **told: Any) -> Response:
    g.no = stage == "no"
    known = {} if stage != "scan" else {
        "account": str(g.account.id), "mchid": g.mchid, "store": g.counter.store, "store_name": g.store.name,
        "services": scanning.services(g.counter), "now": int(clock.now().timestamp() * 1000),
        "worker": url_for(".worker"), "upload": url_for(".upload"), "keys": "/v3/xinyi/proof-keys"}
    words = {"words": "", "given": {}, **told}
    return page("merchant/scan.html", status, title="扫码核销", stage=stage, store=g.store, named=_named(), known=known,
                files=FILES, yuan=cells.yuan, **words)


def _store() -> Any:
    own = own_store()
    if own is not None:
        return merchants.own_store(own_merchant(), own)
    number = (request.view_args or {}).get("number")
    code = scanning.store_of(own_merchant(), _number(number)) if number else request.values.get("store", "")
    return merchants.store(own_merchant(), code) if schemas.fits(code) else None


def _named() -> str | None:
    """The store for our own links, where it isn't the session that says it."""
    return g.counter.store if own_store() is None else None


def _stores() -> tuple[Filter, ...]:
    """A manager goes from store to store; which one, `at_counter` has read already."""
    if own_store() is not None:
        return ()
    return (Filter("store", "门店", None, {each.code: each.name for each in merchants.open_stores(own_merchant())}),)


def _told(schema: Schema) -> dict[str, Any]:
    """Raises Invalid; a page of ours sends nothing that is wrong, but what a scanner types may be too long."""
    form = Form(schema)
    if not form.submit(request.form, lambda told: {name: value for name, value in told.items() if name != "store"}):
        raise Invalid(errors={"form": form.errors})
    result: dict[str, Any] = form.result
    return result


def _amount(told: dict[str, Any]) -> dict[str, int] | None:
    return {name: told[name] for name in ("original", "paid") if name in told} or None


def _number(number: str) -> str:
    if not schemas.fits(number):
        raise RedemptionNotFound
    return number


def _undo_of(row: Any) -> Any:
    if not scanning.undoable(row, clock.now()):
        return ""
    return cells.act("撤销", url_for(".undo", number=row.out_redemption_no), danger=True)


def _json(told: dict[str, str], status: int = 200) -> Response:
    return Response(jsons.dumps(told), status, content_type="application/json")
