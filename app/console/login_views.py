"""Logging in, step by step; taking an invitation up; and where /console/ leads."""

from typing import Any

import segno
from flask import g, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from app.console import access
from app.console.answering import Pages, page, to
from app.console.forms import Form
from app.console.guards import half_way, signed_in
from app.console.schemas import Code, FirstCode, Login, NewPassword
from app.kernel.errors import NotFound
from app.kernel.guarding import public
from app.staff import codes, inviting, queries, signing_in
from app.staff.errors import LoginNeeded
from app.staff.queries import Who
from app.staff.signing_in import Step

pages = Pages("")
HOMES = {"operations": "console_operations.index", "merchant": "console_merchant.index",
         "league": "console_league.index"}


@pages.get("/")
@public
def index() -> ResponseReturnValue:
    """Where this account begins."""
    who = signed_in()
    if who is None or who.stage != "full":
        return to("console.login")
    if not who.roles:
        return page("waiting.html", title="等待授权")
    return to(HOMES[who.realm])


@pages.route("/login", methods=["GET", "POST"])
@public
def login() -> ResponseReturnValue:
    form = Form(Login())
    if request.method == "POST" and form.submit(request.form, _sign_in):
        return _on(form.result)
    return page("entry.html", form.status, title="登录", form=form, submit="登录", text="",
                other=("商户申请入驻", "/console/join/"))


@pages.route("/login/code", methods=["GET", "POST"])
@half_way("code")
def code() -> ResponseReturnValue:
    form = Form(Code())
    if request.method == "POST" and form.submit(request.form, lambda told: signing_in.prove(
            g.account.id, g.account.session_id, told["code"])):
        return _on(form.result)
    return page("entry.html", form.status, title="二次验证", form=form, submit="继续", text="",
                other=("换一个账号登录", "/console/login"))


@pages.route("/login/enrol", methods=["GET", "POST"])
@half_way("enrol")
def enrol() -> ResponseReturnValue:
    return enrolling(g.account)


@pages.post("/logout")
@public
def logout() -> ResponseReturnValue:
    who = signed_in()
    if who is not None:
        signing_in.sign_out(who.id, who.session_id)
    access.change_token(None)
    return to("console.login")


@pages.route("/invitations/<token>", methods=["GET", "POST"])
@public
def invitation(token: str) -> ResponseReturnValue:
    """The link that works once: its holder sets the password."""
    invited = inviting.opened(token)
    form = Form(NewPassword())
    if request.method == "POST" and form.submit(request.form, lambda told: inviting.accept(token, told["password"])):
        access.change_token(None)
        return to("console.login")
    return page("entry.html", form.status, title="接受邀请", form=form, submit="设置密码", other=None,
                text=f"您的账号是 {invited.login}。请设置密码，然后登录。")


@pages.route("/<path:rest>", methods=["GET", "POST"])
@public
def nowhere(rest: str) -> ResponseReturnValue:
    """Any other address: not found, as a page."""
    raise NotFound


def enrolling(who: Who) -> ResponseReturnValue:
    """The page that sets up a second factor, for a log-in and for the account page."""
    account = queries.get(who.id)
    if account is None:
        raise LoginNeeded
    form = Form(FirstCode())
    if request.method == "POST" and form.submit(request.form, lambda told: signing_in.enrol(
            who.id, who.session_id, told["code"])):
        access.change_token(form.result.token)
        _forget_who()
        return page("recovery.html", title="恢复码", codes=form.result.recovery)
    secret = codes.offer(account)
    drawn = segno.make(codes.address(account, secret), error="m", micro=False)
    qr = Markup(drawn.svg_inline(omitsize=True, border=2))  # noqa: S704 (drawn by segno, of our own words)
    return page("enrol.html", form.status, title="启用二次验证", form=form, secret=secret, qr=qr)


def _sign_in(told: dict[str, Any]) -> Step:
    return signing_in.sign_in(told["login"].strip().lower(), told["password"], access.browser())


def _on(step: Step) -> ResponseReturnValue:
    access.change_token(step.token)
    if step.stage == "full":
        return access.redirect_to(access.local(request.args.get("next"), "/console/"))
    there = access.local(request.args.get("next"), "")
    return to(f"console.{step.stage}", **({"next": there} if there else {}))


def _forget_who() -> None:
    """The session has moved on within this request: who it is has to be read again."""
    g.pop("console_who", None)
