"""One's own account: profile, password, second factor, where one is logged in, how far one's work is."""

import uuid
from typing import Any

from flask import g, request
from flask.typing import ResponseReturnValue

from app.console import access
from app.console.answering import Pages, confirm, notice, page, to
from app.console.forms import Form
from app.console.guards import account_required
from app.console.login_views import enrolling
from app.console.schemas import ChangePassword, Code, Password
from app.kernel import progress
from app.kernel.errors import NotFound
from app.staff import codes, keeping, queries, sessions, signing_in

pages = Pages("account")


@pages.get("/")
@account_required()
def index() -> ResponseReturnValue:
    account = queries.get(g.account.id)
    return page("account.html", title="我的账号", enrolled=account is not None and codes.enrolled(account),
                sessions=sessions.live(g.account.id))


@pages.route("/password", methods=["GET", "POST"])
@account_required()
def password() -> ResponseReturnValue:
    form = Form(ChangePassword())
    if request.method == "POST" and form.submit(request.form, lambda told: keeping.change_password(
            g.account.id, told["old"], told["new"], session_id=g.account.session_id)):
        access.change_token(form.result)
        notice("密码已修改，其他地方的登录已退出。")
        return to("console_account.index")
    return page("form.html", form.status, title="修改密码", form=form, submit="修改", back="/console/account/")


@pages.route("/totp", methods=["GET", "POST"])
@account_required(fresh=True)
def totp() -> ResponseReturnValue:
    """Set a second factor up, or another in its place: the old one holds until the new one is proven."""
    return enrolling(g.account)


@pages.route("/sessions/<uuid:session_id>/end", methods=["GET", "POST"])
@account_required()
def end_session(session_id: uuid.UUID) -> ResponseReturnValue:
    if request.method == "GET":
        return confirm("退出这处登录？", "那里的操作将需要重新登录。", back="/console/account/", act="退出")
    keeping.end_session(g.account.id, session_id, actor=g.account.actor)
    if session_id == g.account.session_id:
        return to("console.login")
    notice("那处登录已退出。")
    return to("console_account.index")


@pages.route("/sessions/end", methods=["GET", "POST"])
@account_required()
def end_others() -> ResponseReturnValue:
    if request.method == "GET":
        return confirm("退出其他所有登录？", "只保留当前这一处。", back="/console/account/", act="全部退出")
    ended = keeping.end_sessions(g.account.id, actor=g.account.actor, but=g.account.session_id)
    notice(f"已退出 {ended} 处登录。")
    return to("console_account.index")


@pages.route("/step-up", methods=["GET", "POST"])
@account_required()
def step_up() -> ResponseReturnValue:
    """Prove oneself again, then go on to `next`."""
    account = queries.get(g.account.id)
    by_code = account is not None and codes.enrolled(account)
    form = Form(Code() if by_code else Password())
    if request.method == "POST" and form.submit(request.form, _prove):
        access.change_token(form.result.token)
        return access.redirect_to(access.local(request.args.get("next"), "/console/"))
    return page("entry.html", form.status, title="再次验证身份", form=form, submit="继续", other=None,
                text="此操作较为敏感，请再次验证身份。")


@pages.get("/work/<uuid:work_id>")
@account_required()
def work(work_id: uuid.UUID) -> ResponseReturnValue:
    """How far a piece of one's own work is."""
    found = progress.own(g.account.actor, work_id)
    if found is None:
        raise NotFound
    return page("work.html", title=found.title, work=found)


def _prove(told: dict[str, Any]) -> Any:
    if "code" in told:
        return signing_in.prove(g.account.id, g.account.session_id, told["code"])
    return signing_in.prove_by_password(g.account.id, g.account.session_id, told["password"])
