"""A merchant's keys: its public keys (two at once), its APIv3 key, and ours to download."""

from typing import Any

from flask import g, request, url_for
from flask.typing import ResponseReturnValue

from app.console.answering import Pages, attachment, confirm, notice, page, to
from app.console.forms import Form
from app.console.guards import console_required, own_merchant
from app.console.merchant.schemas import Apiv3Key, MadeKey, PublicKey
from app.console.nav import Nav
from app.kernel.errors import NotFound
from app.merchants import enrolling, keeping_keys, queries, rotating, signing
from app.merchants.errors import KeyUnknown
from app.staff import queries as staff

pages = Pages("merchant", "keys", nav=Nav("密钥", 60, ("manager",)))
SUITES = {signing.RSA: "RSA 2048 / SHA-256", signing.SM2: "国密 SM2 / SM3"}
PEM = "application/x-pem-file"


@pages.get("/")
@console_required("merchant", "manager")
def index() -> ResponseReturnValue:
    merchant = queries.get(own_merchant())
    keys = queries.keys(merchant.id)
    return page("merchant/keys.html", title="密钥", merchant=merchant, suite=SUITES[merchant.suite], named=_named,
                live=[key for key in keys if key.revoked_at is None],
                gone=[key for key in keys if key.revoked_at is not None][::-1][:20], most=len(keeping_keys.SLOTS),
                ours=rotating.served(signing.SUITES[merchant.suite]), makeable=merchant.suite == signing.RSA)


@pages.route("/add", methods=["GET", "POST"])
@console_required("merchant", "manager", fresh=True)
def add() -> ResponseReturnValue:
    form = Form(PublicKey())
    if request.method == "POST" and form.submit(request.form, lambda told: _add(
            told["public_key"], told.get("serial_no"))):
        return _added(form.result)
    return page("form.html", form.status, title="登记公钥", form=form, submit="登记", back=url_for(".index"),
                text="请求签名用的私钥由您自己保管，这里只登记公钥或证书。同时有效的最多两把，便于更换。")


@pages.route("/make", methods=["GET", "POST"])
@console_required("merchant", "manager", fresh=True)
def make() -> ResponseReturnValue:
    """The pair is made in the page; the private half never leaves the browser."""
    if queries.get(own_merchant()).suite != signing.RSA:
        raise NotFound
    form = Form(MadeKey())
    if request.method == "POST" and form.submit(request.form, lambda told: _add(told["public_key"], None)):
        return _added(form.result)
    return page("merchant/make_key.html", form.status, title="在浏览器中生成密钥", form=form, back=url_for(".index"),
                mchid=queries.get(own_merchant()).mchid)


@pages.route("/<serial_no>/revoke", methods=["GET", "POST"])
@console_required("merchant", "manager", fresh=True)
def revoke(serial_no: str) -> ResponseReturnValue:
    key = queries.live_key(own_merchant(), serial_no)
    if key is None:
        raise KeyUnknown
    if request.method == "GET":
        return confirm("吊销公钥？", "立即生效且不能撤回：用对应私钥签名的请求将全部被拒绝。", act="吊销",
                       back=url_for(".index"), facts={"序列号": key.serial_no, "登记时间": key.created_at})
    keeping_keys.revoke(own_merchant(), serial_no, g.account.actor)
    notice("公钥已吊销。")
    return to(".index")


@pages.route("/apiv3", methods=["GET", "POST"])
@console_required("merchant", "manager", fresh=True)
def apiv3() -> ResponseReturnValue:
    form = Form(Apiv3Key())
    if request.method == "POST" and form.submit(request.form, lambda told: enrolling.set_apiv3_key(
            own_merchant(), told["key"], actor=g.account.actor)):
        notice("APIv3 密钥已更换，此后的通知和证书用新密钥加密。")
        return to(".index")
    form.given = {}  # what was typed is a secret: it isn't shown again
    return page("merchant/apiv3.html", form.status, title="设置 APIv3 密钥", form=form, back=url_for(".index"))


@pages.get("/ours/<kid>.pem")
@console_required("merchant", "manager")
def ours(kid: str) -> ResponseReturnValue:
    """The public key that our answers and notifications are checked by."""
    return attachment(_served(kid).public_pem().encode(), f"{kid}.pem", PEM)


@pages.get("/certificates/<kid>.pem")
@console_required("merchant", "manager")
def certificate(kid: str) -> ResponseReturnValue:
    key = _served(kid)
    if key.certificate is None:
        raise NotFound
    return attachment(key.certificate.encode(), f"{kid}-certificate.pem", PEM)


def _served(kid: str) -> Any:
    suite = queries.get(own_merchant()).suite
    for key in rotating.served(signing.SUITES[suite]):
        if key.kid == kid:
            return key
    raise NotFound


def _add(pem: str, serial_no: str | None) -> Any:
    merchant = queries.get(own_merchant())
    return keeping_keys.add(merchant.id, pem, serial_no or keeping_keys.serial_for(pem, merchant.suite),
                            g.account.actor)


def _added(key: Any) -> ResponseReturnValue:
    notice(f"公钥已登记，序列号 {key.serial_no}。")
    return to(".index")


def _named(actor: str) -> str:
    """Who did it, for a merchant to read: its own people by login, ours as one."""
    return staff.named(actor).partition(":")[2] if actor.startswith("merchant:") else "信易+ 运营方"
